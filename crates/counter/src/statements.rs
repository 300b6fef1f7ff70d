//! Decides how much one statement recounts. No IO; what a statement says is `tables::counting`.

use std::collections::BTreeMap;

use domain::identity::CELLS;
use domain::{Cell, Month, Province};
use tables::Rule;
use tables::buckets::Buckets;
use tables::counting::{Condition, insert_into, select};
use tables::counts::Table;
use tables::records::DaySizes;
use wire::CellSet;

use crate::schedule::pieces;

/// The largest number of cells in a statement of `counts`: as many as a month of one province has.
/// Its memory does not grow with them, because records are stored in the order of its groups.
const CELLS_MAX: u64 = 31 * CELLS as u64;

/// The most records of which a statement recounts whole days, unless a single day has more. It holds
/// items and labels of all its days.
const RECORDS_MAX: u64 = 2_000_000;

/// A day with fewer records is treated as if it had this many, because a statement names its days
/// and must not grow without limit.
const RECORDS_OF_A_DAY_MIN: u64 = 2_000;

/// The largest number of cells that one statement counts over a whole month: a quarter of them.
const CELLS_OF_A_MONTH_MAX: usize = CELLS as usize / 4;

/// A statement and the buckets that it recounts.
#[derive(Clone, Debug)]
pub struct Statement {
    table: Table,
    select: String,
    /// The buckets.
    pub buckets: Buckets,
}

impl Statement {
    /// Its text: it replaces what a table says of the buckets, be it the live one or one that looks the
    /// same.
    pub fn insert_into(&self, target: &str) -> String {
        insert_into(target, self.table, &self.select)
    }
}

/// The statements that recount buckets by a rule. `sizes` says how many records their days have.
///
/// A statement by itself costs as much as thousands of records, so it counts as many days as
/// possible.
pub fn statements(table: Table, rule: Rule, buckets: &Buckets, sizes: &DaySizes) -> Vec<Statement> {
    let statement = |which: &Condition, buckets| Statement {
        table,
        select: select(table, rule, which),
        buckets,
    };
    match table {
        Table::Counts => pieces(buckets, CELLS_MAX, |_, cells| cells.len().into())
            .into_iter()
            .map(|buckets| statement(&Condition::cells(&buckets), buckets))
            .collect(),
        Table::ItemCounts | Table::ClassCounts => {
            let days: Buckets = buckets.keys().map(|day| (*day, CellSet::ALL)).collect();
            let size = |day: &_, _: &_| {
                sizes.get(day).copied().unwrap_or_default().max(RECORDS_OF_A_DAY_MIN)
            };
            pieces(&days, RECORDS_MAX, size)
                .into_iter()
                .map(|buckets| statement(&Condition::days(&buckets), buckets))
                .collect()
        }
        Table::CaseCounts => {
            let mut months: BTreeMap<(Province, Month), CellSet> = BTreeMap::new();
            for ((province, served_on), cells) in buckets {
                let month = months.entry((*province, served_on.month())).or_insert(CellSet::EMPTY);
                month.insert_all(cells);
            }
            let of_month = |((province, month), cells): ((Province, Month), CellSet)| {
                let cells: Vec<_> = cells.iter().collect();
                let chunks = cells.chunks(CELLS_OF_A_MONTH_MAX);
                let of_cells = |cells: &[Cell]| {
                    // Any day of the month stands for the whole month.
                    let day = (province, month.first_served_on());
                    statement(
                        &Condition::cells_of_month(province, month, cells),
                        Buckets::from([(day, cells.iter().copied().collect())]),
                    )
                };
                chunks.map(of_cells).collect::<Vec<_>>()
            };
            months.into_iter().flat_map(of_month).collect()
        }
    }
}
