//! Decides which table's rounds come before which.

use std::time::Duration;

use tables::counts::Table;

/// ClickHouse's `priority` of a statement. Its next read waits while a statement with a lower
/// number runs, for at most [`Self::WAIT_MAX`]. So the table that people look at first is counted
/// first, and the others have the cores while it rests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Priority(u8);

impl Priority {
    /// The precedence of the tables' rounds.
    pub(crate) fn of(table: Table) -> Self {
        Self(match table {
            Table::Counts => 1,
            Table::CaseCounts => 2,
            Table::ItemCounts => 3,
            Table::ClassCounts => 4,
        })
    }

    /// The priority of work that nobody waits for.
    pub(crate) const LAST: Self = Self(5);

    /// The longest wait of a statement before each block of some 65,000 records. Two million
    /// records, read three times, wait for at most two of the ten minutes that a statement has.
    /// Larger statements rely on `counts` resting for at least a third of the time.
    pub(crate) const WAIT_MAX: Duration = Duration::from_secs(1);

    pub(crate) fn number(self) -> u8 {
        self.0
    }
}
