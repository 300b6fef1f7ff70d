//! The tables of counts, and which of their rows hold.
//!
//! A recount writes rows and never takes one away: of two rows under one key the one with the greater
//! label holds, since its recount saw more. Whoever reads counts reads them through [`held`].

use strum::{Display, IntoStaticStr, VariantArray};

/// A table of counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Table {
    /// The figures of a bucket, which people look at first.
    Counts,
    /// Distinct cases of a cell over a month.
    CaseCounts,
    /// Items and counties of a day. They hardly shrink inside a cell, so a day is recounted as a
    /// whole.
    ItemCounts,
    /// The ledger: what became of the records of a day, by source and partition.
    ClassCounts,
}

/// What every statement should be run with that reads counts. Their keys hold the date by which they are
/// partitioned, so no two versions of a row lie in different partitions.
pub const FINAL_SETTING: (&str, &str) = ("do_not_merge_across_partitions_select_final", "1");

/// The label of a row, which is 0 if the row lacks a figure: a version of the counter that did not know
/// the figure has written it, so it says less than it could. The sweep has it recounted.
///
/// Kafka took every record at a time, so only such a row has none.
pub(crate) const LABEL: &str = "if(toUInt32(records_through) = 0, 0, generation)";

impl Table {
    /// The column of the day, or of the first day of the month.
    pub(crate) fn day(self) -> &'static str {
        match self {
            Self::CaseCounts => "month",
            Self::Counts | Self::ItemCounts | Self::ClassCounts => "served_on",
        }
    }

    /// Whether only rows with the greatest label of their day hold, and not the greatest label of each
    /// key. A recount of such a table writes all rows of a day, and a row that it does not write again
    /// is void.
    pub(crate) fn is_held_by_day(self) -> bool {
        match self {
            Self::ClassCounts => true,
            Self::Counts | Self::CaseCounts | Self::ItemCounts => false,
        }
    }
}

/// A query of the rows of a table that hold, with all their columns. `which` is a condition that selects
/// whole days, or whole months of [`Table::CaseCounts`].
pub fn held(table: Table, which: &str) -> String {
    let rows = format!("SELECT * FROM {table} FINAL WHERE {which}");
    if !table.is_held_by_day() {
        return rows;
    }
    // One read, not two: between two a recount might write.
    format!(
        "SELECT * FROM
(
    SELECT *, max(generation) OVER (PARTITION BY rule, province, {day}) AS greatest
    FROM ({rows})
)
WHERE generation = greatest",
        day = table.day(),
    )
}

/// A query of the greatest [`LABEL`] of each day of a table that looks like one of these. Which versions of
/// a row lie beside it does not change a maximum, so nothing is merged for it.
pub(crate) fn labels(from: &str, day: &str, which: &str) -> String {
    format!(
        "SELECT province, {day}, max({LABEL}) AS label FROM {from} WHERE {which} GROUP BY province, {day}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_ledger_only_rows_with_the_greatest_label_of_their_day_hold() {
        let held = |table| held(table, "province = 44");
        assert_eq!(held(Table::Counts), "SELECT * FROM counts FINAL WHERE province = 44");
        let of_ledger = held(Table::ClassCounts);
        assert!(of_ledger.contains("FROM class_counts FINAL WHERE province = 44"), "{of_ledger}");
        assert!(of_ledger.ends_with("WHERE generation = greatest"), "{of_ledger}");
    }
}
