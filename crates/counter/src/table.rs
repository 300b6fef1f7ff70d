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
    /// How often it is recounted: while little comes, figures of a day's cells follow within seconds and
    /// the others more slowly; in a back-fill all wait for minutes.
    pub(crate) fn pace(self) -> Pace {
        let (even, rest_max) = match self {
            Self::Counts => (2000, 120),
            Self::CaseCounts => (1000, 180),
            Self::ItemCounts => (500, 240),
            Self::ClassCounts => (300, 300),
        };
        Pace { even: Duration::from_millis(even), rest_max: Duration::from_secs(rest_max) }
    }
}
