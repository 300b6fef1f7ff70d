//! Which records a counting statement looks at.

use domain::{Cell, Month, Province};

use crate::buckets::Buckets;
use crate::cut::Cut;

/// A condition over rows of `records` that holds for all records of a service that are to be looked at, or
/// for none. What counts is a matter of all of them.
///
/// It may stand several times in a statement, and means the same rows each time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition(String);

impl Condition {
    /// The cells of buckets. The set selects partitions and ranges of the key.
    pub fn cells(buckets: &Buckets) -> Self {
        let days = buckets.iter().map(|((province, served_on), cells)| {
            format!(
                "({}, \\'{served_on}\\', [{}])",
                province.number(),
                list(cells.iter().map(Cell::number))
            )
        });
        let days = rows(days, "Tuple(UInt8, Date, Array(UInt16))");
        Self(format!(
            "(province, served_on, cell) IN (SELECT row.1, row.2, arrayJoin(row.3) FROM {days})"
        ))
    }

    /// The whole days of buckets.
    pub fn days(buckets: &Buckets) -> Self {
        let days = buckets
            .keys()
            .map(|(province, served_on)| format!("({}, \\'{served_on}\\')", province.number()));
        let days = rows(days, "Tuple(UInt8, Date)");
        Self(format!("(province, served_on) IN (SELECT row.1, row.2 FROM {days})"))
    }

    /// Cells of a province over a whole month.
    pub fn cells_of_month(province: Province, month: Month, cells: &[Cell]) -> Self {
        let cells = list(cells.iter().map(|cell| cell.number()));
        Self(format!("{} AND cell IN ({cells})", of_month(province, month)))
    }

    /// Everything of a province's month that lies below a cut: as if no more had ever been stored. Records
    /// that could not be read belong to no month, and are not among them.
    pub fn below(cut: &Cut, province: Province, month: Month) -> Self {
        Self(format!("{} AND {}", of_month(province, month), cut.below()))
    }

    pub(crate) fn sql(&self) -> &str {
        &self.0
    }
}

fn of_month(province: Province, month: Month) -> String {
    let (province, first_day, end) = (province.number(), month.first_day(), month.end());
    format!("province = {province} AND served_on >= '{first_day}' AND served_on < '{end}'")
}

/// A table of one column, `row`. It stands in the statement as a string, which `materialize` has read when
/// the statement runs and not while it is planned: there, or as a list of tuples, it would be taken apart as
/// an expression is, which costs ten times as much.
fn rows(values: impl Iterator<Item = String>, row_type: &str) -> String {
    let values = list(values);
    format!("(SELECT arrayJoin(CAST(materialize('[{values}]'), 'Array({row_type})')) AS row)")
}

fn list<T: ToString>(items: impl Iterator<Item = T>) -> String {
    items.map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}
