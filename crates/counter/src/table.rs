//! The tables of counts and how each is kept.

use std::time::Duration;

use strum::{Display, IntoStaticStr, VariantArray};

use crate::schedule::Pace;

/// A table of counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Table {
    /// The figures of a bucket: what is looked at first.
    Counts,
    /// Distinct cases of a cell over a month.
    CaseCounts,
    /// Items and counties of a day: they hardly shrink inside a cell, so a day is recounted whole.
    ItemCounts,
    /// The ledger: what became of the records of a day, of each source and partition.
    ClassCounts,
}

impl Table {
    /// How often it is recounted. A recount of much costs much, so the counter rests several times
    /// as long as it has worked; in a back-fill that leaves the machine to the loader.
    pub(crate) fn pace(self) -> Pace {
        match self {
            Self::Counts => Pace { rest_factor: 3, rest_max: Duration::from_secs(20) },
            Self::CaseCounts => Pace { rest_factor: 6, rest_max: Duration::from_secs(30) },
            Self::ItemCounts => Pace { rest_factor: 10, rest_max: Duration::from_mins(1) },
            Self::ClassCounts => Pace { rest_factor: 15, rest_max: Duration::from_mins(2) },
        }
    }
}
