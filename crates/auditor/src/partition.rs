//! Decides whether a partition is complete: every offset that Kafka gave out is accounted for.

use serde::Serialize;
use tables::Cut;

/// The offsets of a partition as Kafka and the loader's group tell them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offsets {
    /// Our number of the topic.
    pub(crate) topic: u8,
    /// The partition.
    pub(crate) partition: u16,
    /// The first offset that Kafka still has.
    pub(crate) start: u64,
    /// What the loader has committed: everything below must be stored. The start, if it has
    /// committed nothing.
    pub(crate) cut: u64,
    /// The offset that the next record gets.
    pub(crate) end: u64,
    /// The lowest offset that an audit before has answered for.
    pub(crate) answered_from: Option<u64>,
}

/// Where all partitions are cut.
pub(crate) fn cut(offsets: &[Offsets]) -> Cut {
    offsets.iter().map(|at| ((at.topic, at.partition), at.cut)).collect()
}

/// What is stored of a partition below its cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    /// The lowest offset.
    pub(crate) lowest: u64,
    /// How many different offsets.
    pub(crate) offsets: u64,
}

/// What an audit says about a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Audited {
    /// Our number of the topic.
    pub(crate) topic: u8,
    /// The partition.
    pub(crate) partition: u16,
    /// The lowest offset that the database answers for.
    pub(crate) first: u64,
    /// The offset below which everything must be stored.
    pub(crate) cut: u64,
    /// The offset that the next record gets.
    pub(crate) end: u64,
    /// Offsets from first to cut that are stored.
    pub(crate) stored: u64,
    /// Offsets from first to cut that Kafka gave to no record.
    pub(crate) gaps: u64,
    /// Offsets from first to cut that have a record in Kafka and none in the database.
    pub(crate) missing: u64,
}

impl Offsets {
    /// The lowest offset that the database answers for: what it has or ever had, or what Kafka still
    /// has. What Kafka had forgotten before the database was made, nobody can answer for.
    pub(crate) fn first(&self, stored: Option<Stored>) -> u64 {
        let lowest = stored.map(|stored| stored.lowest);
        [lowest, self.answered_from].into_iter().flatten().fold(self.start, u64::min).min(self.cut)
    }

    /// How many offsets are not stored although they lie below the cut.
    pub(crate) fn absent(&self, stored: Option<Stored>) -> u64 {
        let stored_offsets = stored.map_or(0, |stored| stored.offsets);
        (self.cut - self.first(stored)).saturating_sub(stored_offsets)
    }

    /// The finding, when it is known how many of the absent offsets have no record in Kafka either.
    pub(crate) fn audited(&self, stored: Option<Stored>, gaps: u64) -> Audited {
        Audited {
            topic: self.topic,
            partition: self.partition,
            first: self.first(stored),
            cut: self.cut,
            end: self.end,
            stored: stored.map_or(0, |stored| stored.offsets),
            gaps,
            missing: self.absent(stored).saturating_sub(gaps),
        }
    }
}

impl Audited {
    /// Whether every offset below the cut is accounted for, and none is stored that Kafka never gave
    /// out.
    pub(crate) fn closes(&self) -> bool {
        self.missing == 0
            && self.cut <= self.end
            && self.stored + self.gaps == self.cut - self.first
    }

    /// Records that were accepted and wait to be loaded.
    pub(crate) fn waiting(&self) -> u64 {
        self.end.saturating_sub(self.cut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFSETS: Offsets =
        Offsets { topic: 1, partition: 0, start: 0, cut: 10, end: 12, answered_from: None };

    #[test]
    fn a_partition_closes_when_all_below_the_cut_is_stored() {
        let audited = OFFSETS.audited(Some(Stored { lowest: 0, offsets: 10 }), 0);
        assert!(audited.closes());
        assert_eq!(audited.waiting(), 2);
    }

    #[test]
    fn an_offset_that_is_not_stored_is_missing_unless_kafka_has_no_record_there() {
        let stored = Some(Stored { lowest: 0, offsets: 8 });
        assert_eq!(OFFSETS.absent(stored), 2);
        let audited = OFFSETS.audited(stored, 1);
        assert_eq!((audited.missing, audited.closes()), (1, false));
        assert!(OFFSETS.audited(stored, 2).closes());
    }

    #[test]
    fn a_hole_at_the_very_beginning_is_a_hole() {
        let stored = Some(Stored { lowest: 3, offsets: 7 });
        assert_eq!(OFFSETS.audited(stored, 0).missing, 3);
        assert_eq!(OFFSETS.audited(None, 0).missing, 10);
    }

    #[test]
    fn what_kafka_has_let_go_of_must_be_stored_if_it_ever_was() {
        let forgotten = Offsets { start: 5, ..OFFSETS };
        assert!(forgotten.audited(Some(Stored { lowest: 0, offsets: 10 }), 0).closes());
        assert!(!forgotten.audited(Some(Stored { lowest: 0, offsets: 9 }), 0).closes());
        // What it had once it must have, though it be gone from both.
        let answered = Offsets { answered_from: Some(0), ..forgotten };
        assert!(!answered.audited(Some(Stored { lowest: 3, offsets: 7 }), 0).closes());
        // A database that was made later answers for what Kafka still had.
        assert!(forgotten.audited(Some(Stored { lowest: 5, offsets: 5 }), 0).closes());
    }

    #[test]
    fn a_broker_that_has_less_than_was_committed_has_lost_records() {
        let restored = Offsets { end: 9, ..OFFSETS };
        assert!(!restored.audited(Some(Stored { lowest: 0, offsets: 10 }), 0).closes());
    }
}
