//! The reference count: states as plainly as possible which records count.
//!
//! The counter computes the same in SQL. The two are written independently on purpose. Property
//! tests hold them equal for arbitrary sets, orders, repetitions and divisions of events.

mod classes;
mod coverage;

use std::collections::{BTreeMap, BTreeSet};

use crate::area::{CountyCode, Province};
use crate::calendar::{EpochSeconds, Month, SHANGHAI, ServedOn};
use crate::channel::{Channel, ChannelGroup};
use crate::code::{ItemCode, SourceId};
use crate::event::{
    Action, Disposition, Event, Reason, Review, ReviewReference, Revision, Service, Subject,
};
use crate::group::{Group, MONTHS_LATE_MAX};
use crate::identity::{Bucket, Case, Cell, Position, Rank, ReviewHash, SubjectKey};

pub use self::classes::Line;
pub use self::coverage::Coverage;

/// A record as it is stored in Kafka and in the table of records.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// Its position in Kafka.
    pub position: Position,
    /// When Kafka took it.
    pub appended_at: EpochSeconds,
    /// The source that posted it.
    pub source: SourceId,
    /// Whether the account that posted it simulates.
    pub simulated: bool,
    /// [`crate::EventHash::short`] of its value.
    pub event_hash: u64,
    /// Its event.
    pub event: Event<'a>,
}

/// What the tables of counts hold once everything is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The table `counts`.
    pub buckets: BTreeMap<Bucket, BucketCount>,
    /// The table `case_counts`.
    pub cases: BTreeMap<(Province, Month, Cell), CaseCount>,
    /// The table `item_counts`.
    pub items: BTreeMap<(Province, ServedOn, CountyCode, ItemCode), ItemCount>,
    /// The table `class_counts`: how many records each line of the ledger has (D4).
    pub lines: BTreeMap<Line, u64>,
    /// What the rows of a day of `item_counts` and of `class_counts` were counted from.
    pub days: BTreeMap<(Province, ServedOn), Coverage>,
}

/// The figures of one bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BucketCount {
    /// The records of the bucket.
    pub coverage: Coverage,
    /// Distinct services.
    pub services: u64,
    /// Services without a counted review.
    pub unreviewed: u64,
    /// Services by the channel through which they were given.
    pub services_by_channel: BTreeMap<Channel, u64>,
    /// Counted reviews.
    pub reviews: BTreeMap<Group, u64>,
    /// Reviews that would count if they had not been set aside: one for each service whose reviews
    /// were all set aside.
    pub set_aside: BTreeMap<Group, u64>,
}

/// The distinct cases of one cell in a month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseCount {
    /// The service records of the cell in the month.
    pub coverage: Coverage,
    /// Cases with a service in the month.
    pub cases: u64,
    /// Cases with a service through that channel in the month. A case may be under several
    /// channels.
    pub cases_by_channel: BTreeMap<Channel, u64>,
    /// Cases with a service through a channel of that group in the month. A case with services both
    /// online and offline is under both groups.
    pub cases_by_group: BTreeMap<ChannelGroup, u64>,
    /// Cases by the set of all channels of their services in the month. Every case is under one set.
    pub cases_by_channels: BTreeMap<BTreeSet<Channel>, u64>,
}

/// The figures of one item in one county on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemCount {
    /// Distinct services.
    pub services: u64,
    /// Services without a counted review.
    pub unreviewed: u64,
    /// Counted reviews.
    pub reviews: BTreeMap<Group, u64>,
}

/// Everything known about one service, or about one other subject.
#[derive(Default)]
struct Known<'r, 'a> {
    records: BTreeMap<Position, &'r Record<'a>>,
    services: Vec<(&'r Record<'a>, &'r Service<'a>)>,
    reviews: Vec<(&'r Record<'a>, &'r Review<'a>)>,
    /// For each review, the disposition that holds: the highest by revision and event hash.
    dispositions: BTreeMap<ReviewHash, (Revision, u64, Action, Reason)>,
}

/// Counts a set of records. Neither their order nor repetition matters.
pub fn count<'r, 'a: 'r>(records: impl IntoIterator<Item = &'r Record<'a>>) -> Counts {
    let mut known: BTreeMap<SubjectKey, Known> = BTreeMap::new();
    for record in records {
        known.entry(record.event.key()).or_default().add(record);
    }
    Counts {
        buckets: count_buckets(&known),
        cases: count_cases(&known),
        items: count_items(&known),
        lines: classes::count(&known),
        days: coverage::days(&known),
    }
}

impl<'r, 'a> Known<'r, 'a> {
    fn add(&mut self, record: &'r Record<'a>) {
        self.records.insert(record.position, record);
        match &record.event {
            Event::Service(service) => self.services.push((record, service)),
            Event::Review(review) => self.reviews.push((record, review)),
            Event::Disposition(disposition) => {
                let Disposition { revision, action, reason, .. } = *disposition;
                let decision = (revision, record.event_hash, action, reason);
                let review = ReviewHash::of(&disposition.review);
                let holding = self.dispositions.entry(review).or_insert(decision);
                *holding = decision.max(*holding);
            }
        }
    }

    /// The service as its highest revision describes it.
    fn service(&self) -> Option<&'r Service<'a>> {
        let latest = self
            .services
            .iter()
            .max_by_key(|(record, service)| (service.revision, record.event_hash));
        latest.map(|(_, service)| *service)
    }

    /// The one review that counts.
    fn winner(&self) -> Option<(&'r Record<'a>, &'r Review<'a>)> {
        self.first_review(|is_set_aside| !is_set_aside)
    }

    /// The review that would count if none had been set aside, for a service whose reviews all
    /// were.
    fn set_aside(&self) -> Option<&'r Review<'a>> {
        if self.winner().is_some() {
            return None;
        }
        self.first_review(|is_set_aside| is_set_aside).map(|(_, review)| review)
    }

    /// The first by rank among the reviews that were set aside, or among those that were not.
    fn first_review(
        &self,
        wanted: impl Fn(bool) -> bool,
    ) -> Option<(&'r Record<'a>, &'r Review<'a>)> {
        let ranked = self.reviews.iter().filter_map(|(record, review)| {
            let hash = ReviewHash::of(&review.reference(record.source));
            let is_set_aside =
                matches!(self.dispositions.get(&hash), Some((_, _, Action::SetAside, _)));
            let of_a_service = matches!(review.subject, Subject::Service { .. });
            let rank = Rank::new(
                review.is_default,
                review.rated_at,
                hash,
                review.revision,
                record.event_hash,
            );
            (of_a_service && !review.follow_up && wanted(is_set_aside))
                .then_some((rank, (*record, *review)))
        });
        ranked.max_by_key(|(rank, _)| *rank).map(|(_, review)| review)
    }

    /// Every county and item under which the service was ever recorded or reviewed.
    fn places(&self) -> BTreeSet<(CountyCode, ItemCode)> {
        let services = self
            .services
            .iter()
            .map(|(_, service)| (service.area_code.county(), service.item_code));
        let reviews = self.reviews.iter().filter_map(|(_, review)| review.place());
        services.chain(reviews).collect()
    }
}

impl Review<'_> {
    /// The reference that names the review in all its revisions.
    pub fn reference(&self, source: SourceId) -> ReviewReference {
        ReviewReference {
            source,
            review_id: self.review_id,
            subject: self.subject.clone(),
            rated_at: self.rated_at,
            is_default: self.is_default,
            follow_up: self.follow_up,
        }
    }

    /// The group of the review if it counts.
    pub fn group(&self) -> Group {
        let months_late = u8::try_from(self.months_late()).unwrap_or(0).min(MONTHS_LATE_MAX);
        Group { is_default: self.is_default, months_late, channel: self.channel, level: self.level }
    }

    /// Whole months from the month of the service or visit to the month in which it was rated.
    pub fn months_late(&self) -> i32 {
        let rated_in = Month::of(SHANGHAI.to_datetime(self.rated_at.timestamp()).date());
        rated_in.months_since(self.subject.day().month())
    }

    /// The county and item of the service that is rated.
    fn place(&self) -> Option<(CountyCode, ItemCode)> {
        match &self.subject {
            Subject::Service { area_code, item_code, .. } => Some((area_code.county(), *item_code)),
            Subject::Item { .. }
            | Subject::Hall { .. }
            | Subject::Window { .. }
            | Subject::Site { .. } => None,
        }
    }
}

fn count_buckets(known: &BTreeMap<SubjectKey, Known>) -> BTreeMap<Bucket, BucketCount> {
    let mut buckets: BTreeMap<Bucket, BucketCount> = BTreeMap::new();
    for (key, about) in known {
        let bucket = buckets.entry(key.bucket()).or_default();
        let winner = about.winner();
        about.records.values().for_each(|record| bucket.coverage.add(record));
        if let Some(service) = about.service() {
            bucket.services += 1;
            bucket.unreviewed += u64::from(winner.is_none());
            *bucket.services_by_channel.entry(service.channel).or_default() += 1;
        }
        if let Some((_, review)) = winner {
            *bucket.reviews.entry(review.group()).or_default() += 1;
        }
        if let Some(review) = about.set_aside() {
            *bucket.set_aside.entry(review.group()).or_default() += 1;
        }
    }
    buckets
}

fn count_cases(
    known: &BTreeMap<SubjectKey, Known>,
) -> BTreeMap<(Province, Month, Cell), CaseCount> {
    let mut channels: BTreeMap<(Province, Month, Case), BTreeSet<Channel>> = BTreeMap::new();
    let mut cells: BTreeMap<(Province, Month, Cell), CaseCount> = BTreeMap::new();
    for (key, about) in known {
        if let Some(service) = about.service() {
            let month = key.served_on.month();
            channels.entry((key.province, month, key.case)).or_default().insert(service.channel);
            let cell = cells.entry((key.province, month, key.case.cell())).or_default();
            let records = about.records.values();
            let services = records.filter(|record| matches!(record.event, Event::Service(_)));
            services.for_each(|record| cell.coverage.add(record));
        }
    }
    for ((province, month, case), channels) in channels {
        let cell = cells.entry((province, month, case.cell())).or_default();
        cell.cases += 1;
        *cell.cases_by_channels.entry(channels.clone()).or_default() += 1;
        let groups: BTreeSet<_> = channels.iter().map(|channel| channel.group()).collect();
        for group in groups {
            *cell.cases_by_group.entry(group).or_default() += 1;
        }
        for channel in channels {
            *cell.cases_by_channel.entry(channel).or_default() += 1;
        }
    }
    cells
}

fn count_items(
    known: &BTreeMap<SubjectKey, Known>,
) -> BTreeMap<(Province, ServedOn, CountyCode, ItemCode), ItemCount> {
    let mut items: BTreeMap<_, ItemCount> = BTreeMap::new();
    for (key, about) in known {
        let day = (key.province, key.served_on);
        for (county, item) in about.places() {
            items.entry((day.0, day.1, county, item)).or_default();
        }
        let winner = about.winner();
        if let Some(service) = about.service() {
            let at = (day.0, day.1, service.area_code.county(), service.item_code);
            let item = items.entry(at).or_default();
            item.services += 1;
            item.unreviewed += u64::from(winner.is_none());
        }
        if let Some((review, (county, item))) =
            winner.and_then(|(_, review)| Some((review, review.place()?)))
        {
            let item = items.entry((day.0, day.1, county, item)).or_default();
            *item.reviews.entry(review.group()).or_default() += 1;
        }
    }
    items
}
