//! A record of Kafka as a row of the table `records`.
//!
//! `schemas/clickhouse/` describes the columns.

use arrayvec::ArrayVec;
use domain::event::TAGS_MAX;
use domain::{
    Disposition, Event, EventHash, ItemCode, PlaceCode, Position, Review, ReviewHash,
    ReviewReference, Service, SourceId, SubjectKey, SubjectKind,
};
use topics::Appended;
use uuid::Uuid;

/// A row, in the order of the table's columns and as ClickHouse stores them: a day as days and an
/// instant as seconds since 1970, a word of an enumeration as its number. Codes are kept inline: a row
/// without text needs no memory of its own.
#[derive(Clone, Debug)]
pub struct RecordRow {
    pub(crate) province: u8,
    pub(crate) served_on: u16,
    pub(crate) cell: u16,
    pub(crate) case: u64,
    pub(crate) service_no: u8,
    pub(crate) kind: i8,
    pub(crate) review: u64,
    pub(crate) topic: u8,
    pub(crate) partition: u16,
    pub(crate) offset: u64,
    pub(crate) revision: u16,
    pub(crate) event: u64,
    pub(crate) source: Option<SourceId>,
    pub(crate) appended_at: u32,
    pub(crate) subject: i8,
    pub(crate) area: u64,
    pub(crate) item: Option<ItemCode>,
    pub(crate) hall: Option<PlaceCode>,
    pub(crate) window: Option<PlaceCode>,
    pub(crate) channel: i8,
    pub(crate) level: i8,
    pub(crate) is_default: bool,
    pub(crate) follow_up: bool,
    pub(crate) rated_at: u32,
    pub(crate) tags: ArrayVec<u16, TAGS_MAX>,
    pub(crate) text: Box<str>,
    pub(crate) review_id: Uuid,
    pub(crate) action: i8,
    pub(crate) reason: &'static str,
    pub(crate) simulated: bool,
}

const QUARANTINED: i8 = 0;
const SERVICE: i8 = 1;
const REVIEW: i8 = 2;
const DISPOSITION: i8 = 3;

impl RecordRow {
    /// The row of an event about the subject with this key.
    pub fn of_event(
        appended: Appended,
        hash: EventHash,
        source: SourceId,
        event: &Event,
        key: SubjectKey,
    ) -> Self {
        let mut row = Self::at(appended, hash, Some(source));
        row.province = key.province.number();
        row.served_on = key.served_on.days_since_epoch();
        row.cell = key.case.cell().number();
        row.case = key.case.0;
        row.service_no = key.service_no;
        match event {
            Event::Service(service) => row.set_service(service),
            Event::Review(review) => row.set_review(review, &review.reference(source), key),
            Event::Disposition(disposition) => row.set_disposition(disposition, key),
        }
        row
    }

    /// The row of a record that is not an event, with the reason in one word. It has no month, and
    /// blocks the publication of every month until somebody has decided about it.
    pub fn of_quarantined(
        appended: Appended,
        hash: EventHash,
        source: Option<SourceId>,
        reason: &'static str,
    ) -> Self {
        Self { reason, ..Self::at(appended, hash, source) }
    }

    /// Where the record rests.
    pub fn position(&self) -> Position {
        Position { topic: self.topic, partition: self.partition, offset: self.offset }
    }

    fn at(appended: Appended, hash: EventHash, source: Option<SourceId>) -> Self {
        Self {
            province: 0,
            served_on: 0,
            cell: 0,
            case: 0,
            service_no: 0,
            kind: QUARANTINED,
            review: 0,
            topic: appended.position.topic,
            partition: appended.position.partition,
            offset: appended.position.offset,
            revision: 0,
            event: hash.short(),
            source,
            appended_at: appended.at,
            subject: 0,
            area: 0,
            item: None,
            hall: None,
            window: None,
            channel: 0,
            level: 0,
            is_default: false,
            follow_up: false,
            rated_at: 0,
            tags: ArrayVec::new(),
            text: Box::default(),
            review_id: Uuid::nil(),
            action: 0,
            reason: "",
            simulated: appended.simulated,
        }
    }

    fn set_service(&mut self, service: &Service) {
        self.kind = SERVICE;
        self.revision = service.revision;
        self.subject = SubjectKind::Service as i8;
        self.area = service.area_code.number();
        self.item = Some(service.item_code);
        self.channel = service.channel as i8;
    }

    fn set_reference(&mut self, review: &ReviewReference, key: SubjectKey) {
        self.review = ReviewHash::within(review, key).0;
        self.review_id = review.review_id;
        self.subject = review.subject.kind() as i8;
        self.area = review.subject.area_code().number();
        self.is_default = review.is_default;
        self.follow_up = review.follow_up;
    }

    fn set_review(&mut self, review: &Review, reference: &ReviewReference, key: SubjectKey) {
        self.set_reference(reference, key);
        self.kind = REVIEW;
        self.revision = review.revision;
        self.item = review.subject.item_code();
        (self.hall, self.window) = review.subject.places();
        self.channel = review.channel as i8;
        self.level = review.level as i8;
        self.rated_at = review.rated_at.get();
        self.tags = review.tags.iter().map(|tag| tag.number()).collect();
        self.text = review.text.as_deref().unwrap_or_default().into();
    }

    fn set_disposition(&mut self, disposition: &Disposition, key: SubjectKey) {
        self.set_reference(&disposition.review, key);
        self.kind = DISPOSITION;
        self.revision = disposition.revision;
        self.action = disposition.action as i8;
        self.reason = disposition.reason.into();
        self.rated_at = disposition.decided_at.get();
    }
}
