//! The tables of counts and how each is kept.

use std::time::Duration;

use strum::{Display, IntoStaticStr, VariantArray};

use crate::pace::Pace;

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

/// ClickHouse's `priority` of a statement: what it reads next waits while one with a lower number runs, and
/// [`Self::WAIT_MAX`] at most. So what is looked at first is counted first, and the others have the cores while
/// it rests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Priority(u8);

impl Priority {
    /// Of what nobody waits for.
    pub(crate) const LAST: Self = Self(5);

    /// How long a statement waits before each block that it reads, of some 65,000 records. Two million
    /// records, read three times, wait for two minutes at most, of the ten that a statement has. More of
    /// them rely on it that `counts` rests for a third of the time at least.
    pub(crate) const WAIT_MAX: Duration = Duration::from_secs(1);

    pub(crate) fn number(self) -> u8 {
        self.0
    }
}

impl Table {
    /// How often it is recounted: while little comes, figures of a day's cells follow within seconds, and
    /// of the time the others are at work for a tenth, a fifteenth and a twentieth. In a back-fill all wait
    /// for minutes.
    pub(crate) fn pace(self) -> Pace {
        let [second, minute] = [Duration::from_secs(1), Duration::from_mins(1)];
        match self {
            Self::Counts => Pace::Live { even: 3 * second, rest_max: 2 * minute },
            Self::CaseCounts => Pace::Share { factor: 9, rest_max: 3 * minute },
            Self::ItemCounts => Pace::Share { factor: 14, rest_max: 4 * minute },
            Self::ClassCounts => Pace::Share { factor: 19, rest_max: 5 * minute },
        }
    }

    /// Which table's rounds come before which.
    pub(crate) fn priority(self) -> Priority {
        Priority(match self {
            Self::Counts => 1,
            Self::CaseCounts => 2,
            Self::ItemCounts => 3,
            Self::ClassCounts => 4,
        })
    }
}
