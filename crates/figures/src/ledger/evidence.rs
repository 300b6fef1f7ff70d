//! What was seen, before anything is concluded from it. Decides nothing.

use std::collections::BTreeMap;

use domain::ServedOn;

use super::partition::PartitionAudit;

/// What an audit saw of the whole installation. It bears on every month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installation {
    /// What it found in each partition of the topics of events; `None` if not all of them were audited
    /// lately.
    pub partitions: Option<Vec<PartitionAudit>>,
}

impl Installation {
    /// Records that were accepted and are not loaded yet; `None` without an audit.
    pub fn waiting(&self) -> Option<u64> {
        self.sum(PartitionAudit::waiting)
    }

    /// Quarantined records on which nobody has decided; `None` without an audit.
    pub fn quarantined(&self) -> Option<u64> {
        self.sum(|audit| audit.quarantined)
    }

    /// Quarantined records that were given up with a reason; `None` without an audit.
    pub fn discarded(&self) -> Option<u64> {
        self.sum(|audit| audit.discarded)
    }

    fn sum(&self, of: fn(&PartitionAudit) -> u64) -> Option<u64> {
        self.partitions.as_ref().map(|all| all.iter().map(of).sum())
    }
}

/// What was seen of one month of one province.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MonthEvidence {
    /// What the ledger and the figures say of each day.
    pub days: BTreeMap<ServedOn, DayEvidence>,
    /// How many records have a class, of how many.
    pub classed: Vec<Classed>,
    /// How many records of each topic, by our number of it, have a class. Empty if the ledger was read
    /// as of the same offsets as the audit, which it then cannot have outgrown.
    pub classed_by_topic: BTreeMap<u8, u64>,
}

/// What is said of the services of one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayEvidence {
    /// By the classes of records.
    pub ledger: Seen,
    /// By the figures that are disclosed.
    pub figures: Seen,
}

impl DayEvidence {
    /// Whether both were computed from the same records. Records are only ever added, so two counts
    /// that have seen equally many have seen the same ones.
    pub fn is_settled(&self) -> bool {
        self.ledger.records == self.figures.records
    }
}

/// What a count of a day says, and from how many records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Records that it was computed from.
    pub records: u64,
    /// Services.
    pub services: u64,
    /// Reviews that count.
    pub counted: u64,
}

/// How many records of a unit have a class, beside how many there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classed {
    /// The unit.
    pub unit: ClassedUnit,
    /// Records that there are.
    pub records: u64,
    /// Records that have a class.
    pub classed: u64,
}

/// Records that are counted together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClassedUnit {
    /// Those of one day.
    Day(ServedOn),
    /// Those of a source in a partition.
    Account {
        /// Who posted them.
        source: String,
        /// Our number of the topic.
        topic: u8,
        /// The partition.
        partition: u16,
    },
}
