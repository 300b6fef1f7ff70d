//! A record of Kafka as a row of the table `records`.

use arrayvec::ArrayVec;
use clickhouse::Row;
use domain::event::TAGS_MAX;
use domain::identity::Position;
use domain::{
    Disposition, Event, EventHash, ItemCode, PlaceCode, Review, ReviewHash, ReviewReference,
    Service, SourceId, SubjectKey, SubjectKind,
};
use serde::{Serialize, Serializer};
use uuid::Uuid;

/// A row, in the order of the table's columns. Codes are kept inline: a row without words needs no
/// memory of its own.
#[derive(Clone, Debug, Row, Serialize)]
pub struct RecordRow {
    province: u8,
    served_on: u16,
    cell: u16,
    case: u64,
    service_no: u8,
    kind: i8,
    review: u64,
    topic: u8,
    partition: u16,
    offset: u64,
    revision: u16,
    event: u64,
    #[serde(serialize_with = "text_or_nothing")]
    source: Option<SourceId>,
    appended_at: u32,
    subject: i8,
    area: u64,
    #[serde(serialize_with = "text_or_nothing")]
    item: Option<ItemCode>,
    #[serde(serialize_with = "text_or_nothing")]
    hall: Option<PlaceCode>,
    #[serde(serialize_with = "text_or_nothing")]
    window: Option<PlaceCode>,
    channel: i8,
    level: i8,
    is_default: bool,
    follow_up: bool,
    rated_at: u32,
    #[serde(serialize_with = "list")]
    tags: ArrayVec<u16, TAGS_MAX>,
    text: Box<str>,
    #[serde(with = "clickhouse::serde::uuid")]
    review_id: Uuid,
    action: i8,
    reason: Box<str>,
}

const QUARANTINED: i8 = 0;
const SERVICE: i8 = 1;
const REVIEW: i8 = 2;
const DISPOSITION: i8 = 3;

/// Where and when a record was appended.
#[derive(Clone, Copy, Debug)]
pub struct Appended {
    /// Its place.
    pub position: Position,
    /// In seconds since 1970, by the broker's clock.
    pub at: u32,
}

impl RecordRow {
    /// The row of an event.
    pub fn of_event(appended: Appended, hash: EventHash, source: SourceId, event: &Event) -> Self {
        let mut row = Self::at(appended, hash, Some(source));
        match event {
            Event::Service(service) => row.set_service(service),
            Event::Review(review) => row.set_review(review, &review.reference(source)),
            Event::Disposition(disposition) => row.set_disposition(disposition),
        }
        row
    }

    /// The row of a record that is not an event, with the reason in one word. It has no month, and
    /// stands against the publication of any until somebody has decided about it.
    pub fn of_quarantined(
        appended: Appended,
        hash: EventHash,
        source: Option<SourceId>,
        reason: &'static str,
    ) -> Self {
        Self { reason: reason.into(), ..Self::at(appended, hash, source) }
    }

    /// Where the record rests.
    pub(crate) fn position(&self) -> Position {
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
            reason: Box::default(),
        }
    }

    fn set_key(&mut self, key: SubjectKey) {
        self.province = key.province.number();
        self.served_on = key.served_on.days_since_epoch();
        self.cell = key.case.cell().number();
        self.case = key.case.0;
        self.service_no = key.service_no;
    }

    fn set_service(&mut self, service: &Service) {
        self.set_key(service.key());
        self.kind = SERVICE;
        self.revision = service.revision;
        self.subject = SubjectKind::Service as i8;
        self.area = service.area_code.number();
        self.item = Some(service.item_code);
        self.channel = service.channel as i8;
    }

    fn set_reference(&mut self, review: &ReviewReference) {
        self.set_key(review.subject.key());
        self.review = ReviewHash::of(review).0;
        self.review_id = review.review_id;
        self.subject = review.subject.kind() as i8;
        self.area = review.subject.area_code().number();
        self.is_default = review.is_default;
        self.follow_up = review.follow_up;
    }

    fn set_review(&mut self, review: &Review, reference: &ReviewReference) {
        self.set_reference(reference);
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

    fn set_disposition(&mut self, disposition: &Disposition) {
        self.set_reference(&disposition.review);
        self.kind = DISPOSITION;
        self.revision = disposition.revision;
        self.action = disposition.action as i8;
        self.reason = <&str>::from(disposition.reason).into();
        self.rated_at = disposition.decided_at.get();
    }
}

#[expect(clippy::ref_option, reason = "serde calls it so")]
fn text_or_nothing<T: AsRef<str>, S: Serializer>(
    text: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text.as_ref().map_or("", AsRef::as_ref))
}

fn list<S: Serializer>(tags: &ArrayVec<u16, TAGS_MAX>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(tags)
}
