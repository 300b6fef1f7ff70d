//! The reference for what rows of counts rest on.

use std::collections::BTreeMap;

use super::{Known, Record};
use crate::area::Province;
use crate::calendar::{EpochSeconds, ServedOn};
use crate::identity::SubjectKey;

/// What a row of a table of counts was counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// How many records, which labels the recount.
    pub records: u64,
    /// How many of them are simulated.
    pub simulated: u64,
    /// When Kafka took the latest of them.
    pub through: EpochSeconds,
}

impl Default for Coverage {
    fn default() -> Self {
        Self { records: 0, simulated: 0, through: EpochSeconds::new(0) }
    }
}

impl Coverage {
    pub(super) fn add(&mut self, record: &Record) {
        self.records += 1;
        self.simulated += u64::from(record.simulated);
        self.through = record.appended_at.max(self.through);
    }
}

/// The records of each day, over everything known.
pub(super) fn days(
    known: &BTreeMap<SubjectKey, Known>,
) -> BTreeMap<(Province, ServedOn), Coverage> {
    let mut days: BTreeMap<_, Coverage> = BTreeMap::new();
    for (key, about) in known {
        let day = days.entry((key.province, key.served_on)).or_default();
        about.records.values().for_each(|record| day.add(record));
    }
    days
}
