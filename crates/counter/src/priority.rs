//! Decides which table's rounds come before which.

use std::time::Duration;

use tables::counts::Table;

/// ClickHouse's `priority` of a statement: what it reads next waits while one with a lower number runs, and
/// [`Self::WAIT_MAX`] at most. So what is looked at first is counted first, and the others have the cores while
/// it rests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Priority(u8);

impl Priority {
    /// Which table's rounds come before which.
    pub(crate) fn of(table: Table) -> Self {
        Self(match table {
            Table::Counts => 1,
            Table::CaseCounts => 2,
            Table::ItemCounts => 3,
            Table::ClassCounts => 4,
        })
    }

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
