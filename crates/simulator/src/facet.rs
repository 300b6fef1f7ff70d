//! The events about one service, and when each is posted.

use arrayvec::ArrayVec;

use crate::case::{Case, Served};
use crate::chance::Chance;
use crate::plan::Plan;
use crate::times::{DAY, HOUR, MINUTE};

/// The role of an event about a service. No two events about a service have the same role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Facet {
    /// The service.
    Service,
    /// The service as it was sent before its correction.
    ServiceBefore,
    /// The review that counts, or would count if it were not set aside.
    Review,
    /// The review as it was sent before its revision.
    ReviewBefore,
    /// A review after the one that counts.
    SecondReview,
    /// A further review after a bad one was handled (追评).
    FollowUp,
    /// The decision that the review does not count.
    SetAside,
    /// The decision that it counts after all.
    Restored,
}

/// All facets, by their numbers.
const ALL: [Facet; 8] = [
    Facet::Service,
    Facet::ServiceBefore,
    Facet::Review,
    Facet::ReviewBefore,
    Facet::SecondReview,
    Facet::FollowUp,
    Facet::SetAside,
    Facet::Restored,
];

/// The largest number of entries of a service: each facet and its repetition.
const DUE_MAX: usize = 2 * ALL.len();

/// An event to be posted. Its order is that of the time when it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Due {
    pub(crate) at: u32,
    /// 40 bits of the case's number, 8 of the round, 1 for a repetition, 7 of the facet. They are
    /// packed because the queue of a province's busy days has a million entries.
    packed: u64,
}

impl Due {
    fn new(at: u32, case: &Case, round: u8, facet: Facet, is_repeat: bool) -> Self {
        let about = case.number << 16 | u64::from(round) << 8;
        Self { at, packed: about | u64::from(is_repeat) << 7 | facet as u64 }
    }

    /// The case's number.
    pub(crate) fn case(self) -> u64 {
        self.packed >> 16
    }

    /// The round of the service in its case.
    pub(crate) fn round(self) -> u8 {
        self.packed.to_le_bytes()[1]
    }

    /// The role of the event.
    pub(crate) fn facet(self) -> Facet {
        ALL[usize::from(self.packed.to_le_bytes()[0] & 0x7f)]
    }

    /// Whether the same event was posted before.
    pub(crate) fn is_repeat(self) -> bool {
        self.packed & 0x80 != 0
    }
}

/// The number of events in a thousand that are posted a second time.
const REPEATED_PER_MILLE: u64 = 4;

impl Plan {
    /// The number of an event, from which its id is computed.
    pub(crate) fn event_number(service: u64, facet: Facet) -> u64 {
        service * ALL.len() as u64 + facet as u64
    }

    /// The events about a service, including exact repetitions.
    pub(crate) fn due(&self, case: &Case, served: &Served) -> ArrayVec<Due, DUE_MAX> {
        let mut chance = Chance::about(self.keys.repeat, served.number);
        let mut due = ArrayVec::new();
        let mut post = |facet, at: u32, chance: &mut Chance| {
            due.push(Due::new(at, case, served.round, facet, false));
            if chance.per_mille(REPEATED_PER_MILLE) {
                let later = at + chance.within(MINUTE..=10 * DAY);
                due.push(Due::new(later, case, served.round, facet, true));
            }
        };
        post(Facet::Service, served.posted_at, &mut chance);
        if served.is_corrected {
            let before = served.posted_at - chance.within(1..=30).min(served.posted_at);
            post(Facet::ServiceBefore, before, &mut chance);
        }
        let Some(reviewed) = &served.reviewed else { return due };
        let posted_at = reviewed.posted_at;
        post(Facet::Review, posted_at, &mut chance);
        if reviewed.is_revised {
            // Sometimes the revision overtakes the event that it revises.
            let at = if chance.per_mille(100) { posted_at + HOUR } else { reviewed.rated_at };
            post(Facet::ReviewBefore, at, &mut chance);
        }
        if reviewed.is_reviewed_twice {
            let at = reviewed.rated_at + chance.within(HOUR..=9 * DAY);
            post(Facet::SecondReview, at, &mut chance);
        }
        if reviewed.is_followed_up {
            let at = reviewed.rated_at + chance.within(13 * DAY..=15 * DAY);
            post(Facet::FollowUp, at, &mut chance);
        }
        if let Some(decision) = &reviewed.decision {
            post(Facet::SetAside, decision.posted_at, &mut chance);
            if decision.is_withdrawn {
                let at = decision.posted_at + chance.within(2 * DAY..=6 * DAY);
                post(Facet::Restored, at, &mut chance);
            }
        }
        due
    }
}
