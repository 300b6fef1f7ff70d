//! Identities: they decide whether two events are the same event, whether two events are about one
//! review, and whether two services belong to one case. They are short hashes, which the loader
//! computes once.
//!
//! Counting relies on identities, not on bookkeeping. A record that is stored twice has one
//! position, an event that is sent twice has one hash, and a review that is corrected keeps its
//! review hash.

use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;

use arrayvec::ArrayVec;

use crate::area::Province;
use crate::calendar::{EpochSeconds, ServedOn};
use crate::code::{ParseError, ProjectNo};
use crate::event::{Event, ReviewReference, Revision, Service, Subject, SubjectKind};

/// The bytes that an identity hashes. They are few enough to be hashed in one call, which costs
/// less than hashing piece by piece.
#[derive(Default)]
struct Parts(ArrayVec<u8, 128>);

impl Parts {
    fn and(mut self, part: &[u8]) -> Self {
        self.0.try_extend_from_slice(part).expect("codes have a greatest length");
        self
    }

    fn hash(&self) -> u64 {
        short(blake3::hash(&self.0))
    }
}

/// The first eight bytes of a BLAKE3 hash.
fn short(hash: blake3::Hash) -> u64 {
    let (first, _) = hash.as_bytes().split_first_chunk().expect("a hash has 32 bytes");
    u64::from_be_bytes(*first)
}

/// A case (or another subject, which is keyed in the same way) within its province: the hash of its
/// number.
///
/// The largest province has half a million cases a day; two of them share a hash once in a hundred
/// million days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Case(pub u64);

/// The number of cells among which the cases of one province and day are divided.
pub const CELLS: u16 = 1024;

impl Case {
    /// The case of a project number.
    pub fn of_project(province: Province, project_no: &ProjectNo) -> Self {
        Self::of(b"case", u64::from(province.number()), &[project_no.as_str()])
    }

    fn of(kind: &[u8], area: u64, codes: &[&str]) -> Self {
        let whole = Parts::default().and(kind).and(&[0]).and(&area.to_be_bytes());
        let whole = codes.iter().fold(whole, |parts, code| parts.and(code.as_bytes()).and(&[0]));
        Self(whole.hash())
    }

    /// The cell that holds everything about the case.
    pub fn cell(self) -> Cell {
        Cell(u16::try_from(self.0 % u64::from(CELLS)).expect("less than CELLS"))
    }
}

/// One of the [`CELLS`] parts of a province and day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell(u16);

impl Cell {
    /// Its number, below [`CELLS`].
    pub fn number(self) -> u16 {
        self.0
    }

    /// The cell with this number, or `None` if there is no such cell.
    pub fn from_number(number: u16) -> Option<Self> {
        (number < CELLS).then_some(Self(number))
    }
}

/// The unit of counting: everything in a bucket is counted together and recounted as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket {
    /// The province-level unit.
    pub province: Province,
    /// The day of the services.
    pub served_on: ServedOn,
    /// The part of the day.
    pub cell: Cell,
}

/// What an event is about, as the sorting key of the tables. All events about one service have the
/// same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectKey {
    /// The province-level unit.
    pub province: Province,
    /// The day of the service or of the visit.
    pub served_on: ServedOn,
    /// The case. For subjects other than services, the hash of their own codes.
    pub case: Case,
    /// The number of the service, 1 to 99; 0 for subjects other than services.
    pub service_no: u8,
}

impl SubjectKey {
    /// The bucket in which it is counted.
    pub fn bucket(&self) -> Bucket {
        Bucket { province: self.province, served_on: self.served_on, cell: self.case.cell() }
    }
}

impl Service<'_> {
    /// The identity of the service.
    pub fn key(&self) -> SubjectKey {
        let province = self.area_code.province();
        SubjectKey {
            province,
            served_on: self.served_on,
            case: Case::of_project(province, &self.project_no),
            service_no: self.service_no.get(),
        }
    }
}

impl Subject {
    /// The identity of what is rated.
    pub fn key(&self) -> SubjectKey {
        let province = self.area_code().province();
        let area = self.area_code().number();
        let (case, service_no) = match self {
            Self::Service { project_no, service_no, .. } => {
                (Case::of_project(province, project_no), service_no.get())
            }
            Self::Item { item_code, .. } => (Case::of(b"item", area, &[item_code.as_str()]), 0),
            Self::Hall { hall_code, .. } => (Case::of(b"hall", area, &[hall_code.as_str()]), 0),
            Self::Window { hall_code, window_code, .. } => {
                (Case::of(b"window", area, &[hall_code.as_str(), window_code.as_str()]), 0)
            }
            Self::Site { site_code, .. } => (Case::of(b"site", area, &[site_code.as_str()]), 0),
        };
        SubjectKey { province, served_on: self.day(), case, service_no }
    }
}

impl Event<'_> {
    /// What the event is about.
    pub fn key(&self) -> SubjectKey {
        match self {
            Self::Service(service) => service.key(),
            Self::Review(review) => review.subject.key(),
            Self::Disposition(disposition) => disposition.review.subject.key(),
        }
    }
}

/// The identity of a review: the hash of the fields that none of its revisions may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReviewHash(pub u64);

impl ReviewHash {
    /// The hash of a review's source, id, subject, time and kind.
    pub fn of(review: &ReviewReference) -> Self {
        Self::within(review, review.subject.key())
    }

    /// The same, for callers that already have the key of the subject.
    pub fn within(review: &ReviewReference, key: SubjectKey) -> Self {
        let whole = Parts::default()
            .and(b"review\0")
            .and(review.source.as_str().as_bytes())
            .and(&[0])
            .and(review.review_id.as_bytes())
            .and(&[subject_number(review.subject.kind()), key.province.number()])
            // An account is bound to an area. An account that may decide on reviews of one district
            // must not reach a review of another district by claiming that it lies in its own.
            .and(&review.subject.area_code().number().to_be_bytes())
            .and(&key.served_on.days_since_epoch().to_be_bytes())
            .and(&key.case.0.to_be_bytes())
            .and(&[key.service_no])
            .and(&review.rated_at.get().to_be_bytes())
            .and(&[u8::from(review.is_default), u8::from(review.follow_up)]);
        Self(whole.hash())
    }
}

fn subject_number(kind: SubjectKind) -> u8 {
    kind as u8
}

/// The hash of an event: BLAKE3 of the bytes that are stored in Kafka. The receipt carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventHash(blake3::Hash);

impl EventHash {
    /// The hash of a record's value.
    pub fn of(value: &[u8]) -> Self {
        Self(blake3::hash(value))
    }

    /// The first eight bytes, which the tables hold.
    pub fn short(self) -> u64 {
        short(self.0)
    }
}

impl fmt::Display for EventHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for EventHash {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let hash = blake3::Hash::from_hex(text);
        hash.map(Self).map_err(|_| ParseError::new("a hash of 64 hexadecimal digits"))
    }
}

/// Where a record is stored in Kafka. No two records share a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// This project's number for the topic's id. A topic that is deleted and created again gets
    /// another number.
    pub topic: u8,
    /// The partition, below 4,096.
    pub partition: u16,
    /// The offset, below 2^44.
    pub offset: u64,
}

/// The order of the valid reviews of a service: the greatest is the one that counts (一次一评). The
/// order is total, so the maximum is the same however the events are ordered, repeated or divided
/// into batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    by_a_person: bool,
    earliest: Reverse<EpochSeconds>,
    review: Reverse<u64>,
    revision: Revision,
    event: u64,
}

impl Rank {
    /// A person's review ranks above a default one, then the earliest, then the lowest review hash
    /// (an arbitrary but fixed choice between simultaneous reviews), then the highest revision,
    /// then the highest event hash.
    pub fn new(
        is_default: bool,
        rated_at: EpochSeconds,
        review: ReviewHash,
        revision: Revision,
        event: u64,
    ) -> Self {
        Self {
            by_a_person: !is_default,
            earliest: Reverse(rated_at),
            review: Reverse(review.0),
            revision,
            event,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_codes_fit_into_what_is_hashed() {
        let source: crate::code::SourceId = "s".repeat(64).parse().expect("the longest");
        let place = |letter: &str| letter.repeat(32).parse().expect("the longest");
        let subject = Subject::Window {
            area_code: "440106000000".parse().expect("an area"),
            hall_code: place("h"),
            window_code: place("w"),
            visited_on: "2023-07-05".parse().expect("a day"),
        };
        let (review_id, rated_at) = (uuid::Uuid::nil(), EpochSeconds::new(0));
        let (is_default, follow_up) = (false, false);
        let review =
            ReviewReference { source, review_id, subject, rated_at, is_default, follow_up };
        assert_ne!(ReviewHash::of(&review), ReviewHash(0));
        let project_no = "p".repeat(64).parse().expect("the longest");
        assert_ne!(Case::of_project(review.subject.key().province, &project_no), Case(0));
    }

    #[test]
    fn a_person_comes_before_a_system_the_earlier_before_the_later_and_a_correction_first() {
        let rank = |is_default, rated_at, review, revision, event| {
            Rank::new(is_default, EpochSeconds::new(rated_at), ReviewHash(review), revision, event)
        };
        let ascending = [
            rank(true, 5, 1, 9, 9),
            rank(true, 4, 1, 9, 9),
            rank(false, 9, 1, 9, 9),
            rank(false, 8, 7, 9, 9),
            rank(false, 8, 6, 0, 9),
            rank(false, 8, 6, 1, 3),
            rank(false, 8, 6, 1, 4),
        ];
        assert!(ascending.is_sorted_by(|lower, higher| lower < higher));
    }

    #[test]
    fn moving_characters_from_one_field_to_the_next_changes_the_hash() {
        let area = 440_106_000_000;
        assert_ne!(
            Case::of(b"window", area, &["a", "bc"]),
            Case::of(b"window", area, &["ab", "c"])
        );
        assert_ne!(Case::of(b"hall", area, &["a"]), Case::of(b"site", area, &["a"]));
    }

    #[test]
    fn cells_are_filled_evenly() {
        let province = Province::from_number(44).expect("Guangdong");
        let mut filled = vec![0_u32; usize::from(CELLS)];
        for number in 0..102_400 {
            let project_no = format!("4401-{number:08}").parse().expect("a project number");
            filled[usize::from(Case::of_project(province, &project_no).cell().number())] += 1;
        }
        assert!(filled.iter().all(|cases| (50..=160).contains(cases)), "{filled:?}");
    }
}
