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
    /// the others are at work for a tenth of the time each; in a back-fill all wait for minutes.
    pub(crate) fn pace(self) -> Pace {
        let (times, times_max, even, rest_max) = match self {
            Self::Counts => (3, 1_000, 2_000, 120_000),
            Self::CaseCounts => (9, 180_000, 1_000, 180_000),
            Self::ItemCounts => (9, 240_000, 500, 240_000),
            Self::ClassCounts => (9, 300_000, 300, 300_000),
        };
        let [times_max, even, rest_max] = [times_max, even, rest_max].map(Duration::from_millis);
        Pace { times, times_max, even, rest_max }
    }

    /// ClickHouse's `priority` of its statements, of which 1 comes first, in the order of the variants:
    /// what a statement reads next waits for a second at most while one of a table before it runs. So
    /// what is looked at first is counted first, and the others have the cores while it rests.
    pub(crate) fn priority(self) -> u8 {
        1 + self as u8
    }
}
