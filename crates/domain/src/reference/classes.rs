//! The reference for the ledger: the class of each record.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::{Known, Record};
use crate::area::Province;
use crate::calendar::ServedOn;
use crate::class::{Class, Superseded};
use crate::code::SourceId;
use crate::event::{Action, Event, Kind, Review, Subject};
use crate::identity::{Position, ReviewHash, SubjectKey};

/// The key of one line of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// The province-level unit.
    pub province: Province,
    /// The day of the services.
    pub served_on: ServedOn,
    /// The source that posted the records.
    pub source: SourceId,
    /// Our number of the topic.
    pub topic: u8,
    /// The partition.
    pub partition: u16,
    /// What became of them.
    pub class: Class,
}

/// The number of records in each line, over everything known.
pub(super) fn count(known: &BTreeMap<SubjectKey, Known>) -> BTreeMap<Line, u64> {
    let mut lines = BTreeMap::new();
    for (key, about) in known {
        for record in about.records.values() {
            let Position { topic, partition, .. } = record.position;
            let class = about.class(record);
            let SubjectKey { province, served_on, .. } = *key;
            let line = Line { province, served_on, source: record.source, topic, partition, class };
            *lines.entry(line).or_default() += 1;
        }
    }
    lines
}

/// The thing that a record is about (a service, a review, or the decision on a review) and the
/// record's revision. Revisions tell the records of one thing apart.
fn thing(record: &Record) -> (Kind, Option<ReviewHash>, u16) {
    let kind = record.event.kind();
    match &record.event {
        Event::Service(service) => (kind, None, service.revision),
        Event::Review(review) => (kind, Some(hash(record, review)), review.revision),
        Event::Disposition(disposition) => {
            (kind, Some(ReviewHash::of(&disposition.review)), disposition.revision)
        }
    }
}

fn hash(record: &Record, review: &Review) -> ReviewHash {
    ReviewHash::of(&review.reference(record.source))
}

impl Known<'_, '_> {
    fn class(&self, record: &Record) -> Class {
        let (kind, review, revision) = thing(record);
        let mut superseded = None;
        for other in self.records.values() {
            if other.event_hash == record.event_hash && other.position < record.position {
                return Class::Repeat;
            }
            let (other_kind, other_review, other_revision) = thing(other);
            if (other_kind, other_review) != (kind, review) {
                continue;
            }
            match other_revision.cmp(&revision) {
                Ordering::Greater => superseded = Some(Superseded::LowerRevision),
                Ordering::Equal if other.event_hash > record.event_hash => {
                    superseded = superseded.or(Some(Superseded::SameRevision));
                }
                Ordering::Equal | Ordering::Less => {}
            }
        }
        match (superseded, &record.event) {
            (Some(why), _) => Class::Superseded(why),
            (None, Event::Service(_)) => Class::Service,
            (None, Event::Disposition(_)) => Class::Disposition,
            (None, Event::Review(review)) => self.class_of_review(record, review),
        }
    }

    fn class_of_review(&self, record: &Record, review: &Review) -> Class {
        match self.dispositions.get(&hash(record, review)) {
            _ if !matches!(review.subject, Subject::Service { .. }) => Class::OtherSubject,
            _ if review.follow_up => Class::FollowUp,
            Some((_, _, Action::SetAside, reason)) => Class::SetAside(*reason),
            _ => {
                let winner = self.winner().map(|(winner, _)| winner.event_hash);
                if winner == Some(record.event_hash) { Class::Counted } else { Class::Duplicate }
            }
        }
    }
}
