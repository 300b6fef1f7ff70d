//! Decides which offsets of a partition are accounted for: every offset that Kafka gave out below what
//! the loader has committed is stored, or has no record, or is missing.

use serde::Serialize;

/// The offsets of a partition, by Kafka and by the loader's consumer group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionRange {
    /// Our number of the topic.
    pub topic: u8,
    /// The partition.
    pub partition: u16,
    /// The first offset that Kafka still has.
    pub start: u64,
    /// What the loader has committed: everything below must be stored. The start, if it has
    /// committed nothing.
    pub cut: u64,
    /// The offset that the next record gets.
    pub end: u64,
    /// The lowest offset that an earlier audit has answered for.
    pub answered_from: Option<u64>,
}

/// What is stored of a partition below its cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredOffsets {
    /// The lowest offset.
    pub lowest: u64,
    /// How many different offsets.
    pub offsets: u64,
}

/// What was found in a partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PartitionAudit {
    /// Our number of the topic.
    pub topic: u8,
    /// The partition.
    pub partition: u16,
    /// The lowest offset that the database answers for.
    pub first: u64,
    /// The offset below which everything must be stored.
    pub cut: u64,
    /// The offset that the next record gets.
    pub end: u64,
    /// Different offsets from first to cut that are stored.
    pub stored: u64,
    /// Offsets from first to cut that Kafka gave to no record.
    pub gaps: u64,
    /// Offsets from first to cut that have a record in Kafka and none in the database.
    pub missing: u64,
    /// Records that have a class beyond the offsets that are stored: they are stored under two keys.
    pub doubled: u64,
    /// Stored offsets without a class, where every record below the cut was classed for the audit;
    /// zero elsewhere.
    pub unclassed: u64,
    /// Whether Kafka holds something other than the last stored record at its offset, or ends before it.
    pub differs: bool,
    /// Quarantined records below the cut on which nobody has decided.
    pub quarantined: u64,
    /// Quarantined records below the cut that were given up with a reason.
    pub discarded: u64,
}

impl PartitionRange {
    /// The lowest offset that the database answers for: the lowest that it has or ever had, or that
    /// Kafka still has. Nobody can answer for what Kafka had deleted before the database was made.
    pub fn first(&self, stored: Option<StoredOffsets>) -> u64 {
        let lowest = stored.map(|stored| stored.lowest);
        [lowest, self.answered_from].into_iter().flatten().fold(self.start, u64::min).min(self.cut)
    }

    /// How many offsets are not stored although they lie below the cut.
    pub fn absent(&self, stored: Option<StoredOffsets>) -> u64 {
        let stored_offsets = stored.map_or(0, |stored| stored.offsets);
        (self.cut - self.first(stored)).saturating_sub(stored_offsets)
    }

    /// What is found, once it is known how many of the absent offsets have no record in Kafka either.
    pub fn audited(&self, stored: Option<StoredOffsets>, gaps: u64) -> PartitionAudit {
        PartitionAudit {
            topic: self.topic,
            partition: self.partition,
            first: self.first(stored),
            cut: self.cut,
            end: self.end,
            stored: stored.map_or(0, |stored| stored.offsets),
            gaps,
            missing: self.absent(stored).saturating_sub(gaps),
            ..PartitionAudit::default()
        }
    }
}

impl PartitionAudit {
    /// Records that were accepted and wait to be loaded.
    pub fn waiting(&self) -> u64 {
        self.end.saturating_sub(self.cut)
    }

    /// Whether Kafka ends before what the loader has committed: it has lost records, or is another
    /// one.
    pub fn is_lost(&self) -> bool {
        self.cut > self.end
    }

    /// Offsets that are stored, gaps, or missing.
    pub fn accounted(&self) -> u64 {
        self.stored + self.gaps + self.missing
    }

    /// Offsets from the first to the cut that Kafka has given out. It has given out none at or after
    /// its end.
    pub fn offsets(&self) -> u64 {
        self.cut.min(self.end).saturating_sub(self.first)
    }

    /// Whether every offset that Kafka has given out is stored, a gap, or missing.
    pub fn adds_up(&self) -> bool {
        self.accounted() == self.offsets()
    }

    /// Records that the audit knows of: those that are stored, under however many keys, and those that
    /// are missing.
    pub(super) fn known(&self) -> u64 {
        self.stored + self.doubled + self.missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Installation, Verdict, conclude};

    const OFFSETS: PartitionRange =
        PartitionRange { topic: 1, partition: 0, start: 0, cut: 10, end: 12, answered_from: None };

    /// Whether nothing is wrong with a partition.
    fn is_whole(audit: PartitionAudit) -> bool {
        let installation = Installation { partitions: Some(vec![audit]) };
        !matches!(conclude(&installation, []).verdict, Verdict::Open(_))
    }

    #[test]
    fn a_partition_is_whole_when_all_below_the_cut_is_stored() {
        let audited = OFFSETS.audited(Some(StoredOffsets { lowest: 0, offsets: 10 }), 0);
        assert!(is_whole(audited));
        assert_eq!(audited.waiting(), 2);
    }

    #[test]
    fn an_offset_that_is_not_stored_is_missing_unless_kafka_has_no_record_there() {
        let stored = Some(StoredOffsets { lowest: 0, offsets: 8 });
        assert_eq!(OFFSETS.absent(stored), 2);
        let audited = OFFSETS.audited(stored, 1);
        assert_eq!((audited.missing, is_whole(audited)), (1, false));
        assert!(is_whole(OFFSETS.audited(stored, 2)));
    }

    #[test]
    fn a_hole_at_the_very_beginning_is_a_hole() {
        let stored = Some(StoredOffsets { lowest: 3, offsets: 7 });
        assert_eq!(OFFSETS.audited(stored, 0).missing, 3);
        assert_eq!(OFFSETS.audited(None, 0).missing, 10);
    }

    #[test]
    fn what_kafka_has_deleted_must_be_stored_if_it_ever_was() {
        let forgotten = PartitionRange { start: 5, ..OFFSETS };
        let stored = |lowest, offsets| Some(StoredOffsets { lowest, offsets });
        assert!(is_whole(forgotten.audited(stored(0, 10), 0)));
        assert!(!is_whole(forgotten.audited(stored(0, 9), 0)));
        // What the database once had it must still have, although both have lost it.
        let answered = PartitionRange { answered_from: Some(0), ..forgotten };
        assert!(!is_whole(answered.audited(stored(3, 7), 0)));
        // A database that was made later answers for what Kafka still had.
        assert!(is_whole(forgotten.audited(stored(5, 5), 0)));
    }

    #[test]
    fn a_broker_that_has_less_than_was_committed_has_lost_records() {
        let restored = PartitionRange { end: 9, ..OFFSETS };
        assert!(!is_whole(restored.audited(Some(StoredOffsets { lowest: 0, offsets: 10 }), 0)));
    }
}
