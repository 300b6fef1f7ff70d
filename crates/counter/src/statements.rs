//! The statements that recount: the rule of counting in SQL.
//!
//! They compute what `domain::reference` computes, and property tests hold the two equal. A
//! statement reads `records` without `FINAL`: a row that is there twice changes neither a maximum
//! nor a set.

use std::collections::BTreeMap;

use domain::identity::CELLS;
use domain::{COUNTING_RULE, Cell, Month, Province, ServedOn};
use wire::CellSet;

use crate::classes::classes;
use crate::schedule::{Buckets, pieces};
use crate::table::Table;

/// The most cells that a statement of `counts` recounts: as many as a month of one province has. What
/// it holds in memory does not grow with them, since records lie in the order of its groups.
const CELLS_MAX: u64 = 31 * CELLS as u64;

/// The most records of which a statement recounts whole days, unless a single day has more. It holds
/// places and labels of all its days.
const RECORDS_MAX: u64 = 2_000_000;

/// A day of fewer records is cut as if it had so many: a statement names its days, and must end.
const RECORDS_OF_A_DAY_MIN: u64 = 2_000;

/// The most cells that one statement counts over a whole month: a quarter of them.
const CELLS_OF_A_MONTH_MAX: usize = CELLS as usize / 4;

/// How many records a day has; of what is not in it nothing is known, and little expected.
pub type DaySizes = BTreeMap<(Province, ServedOn), u64>;

/// What the figures rest on, as a part of each statement:
/// - a statement reads records in several places, and all must see the same rows, or the label would
///   not say what was seen. This is said of one server: on replicas a
///   recount must read where the loader has written, or with `select_sequential_consistency`;
/// - the key of every service is a prefix of the sorting key, so memory does not grow with a day.
const SETTINGS: &str =
    "SETTINGS enable_shared_storage_snapshot_in_query = 1, optimize_aggregation_in_order = 1";

/// A statement, and the buckets that it recounts.
#[derive(Clone, Debug)]
pub struct Statement {
    /// It replaces what the table says of the buckets.
    pub sql: String,
    /// The buckets.
    pub buckets: Buckets,
}

/// The statements that recount buckets, of whose days records are so many.
///
/// A statement costs by itself what thousands of records cost, so it counts as many days as it can.
pub fn statements(table: Table, buckets: &Buckets, sizes: &DaySizes) -> Vec<Statement> {
    match table {
        Table::Counts => pieces(buckets, CELLS_MAX, |_, cells| cells.len().into())
            .into_iter()
            .map(|buckets| Statement { sql: counts(&which_cells(&buckets)), buckets })
            .collect(),
        Table::ItemCounts | Table::ClassCounts => {
            let days: Buckets = buckets.keys().map(|day| (*day, CellSet::ALL)).collect();
            let sql = if table == Table::ItemCounts { item_counts } else { class_counts };
            let size = |day: &_, _: &_| {
                sizes.get(day).copied().unwrap_or_default().max(RECORDS_OF_A_DAY_MIN)
            };
            pieces(&days, RECORDS_MAX, size)
                .into_iter()
                .map(|buckets| Statement { sql: sql(&which_days(&buckets)), buckets })
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
                let statement = |cells: &[Cell]| {
                    // Any day of the month stands for all of it.
                    let day = (province, month.first_served_on());
                    Statement {
                        sql: case_counts(province, month, cells),
                        buckets: Buckets::from([(day, cells.iter().copied().collect())]),
                    }
                };
                chunks.map(statement).collect::<Vec<_>>()
            };
            months.into_iter().flat_map(of_month).collect()
        }
    }
}

/// One row for each service (or other thing that is rated), with what `columns` say of it. `which`
/// selects whole services.
///
/// A statement asks for what it needs and no more: the greatest of something is what counting costs.
fn services(which: &str, columns: &str) -> String {
    format!(
        "SELECT province, served_on, cell, case, service_no,
    {columns}
FROM
(
    SELECT province, served_on, cell, case, service_no, kind, channel, place, review_group, rank, version, position,
        kind = 'review' AND subject = 'service' AND NOT follow_up AS is_candidate,
        review IN
        (
            SELECT review FROM records WHERE {which} AND kind = 'disposition'
            GROUP BY review HAVING argMax(action, version) = 'set_aside'
        ) AS is_set_aside
    FROM records WHERE {which}
)
GROUP BY province, served_on, cell, case, service_no"
    )
}

fn counts(which: &str) -> String {
    let services = services(
        which,
        "uniqExact(position) AS n,
    max(kind = 'service') AS is_service,
    argMaxIf(CAST(channel, 'Int8'), version, kind = 'service') AS service_channel,
    countIf(is_candidate AND NOT is_set_aside) > 0 AS is_reviewed,
    argMaxIf(review_group, rank, is_candidate AND NOT is_set_aside) AS winner,
    countIf(is_candidate AND is_set_aside) > 0 AND NOT is_reviewed AS is_only_set_aside,
    argMaxIf(review_group, rank, is_candidate AND is_set_aside) AS set_aside_group",
    );
    format!(
        "INSERT INTO counts (rule, province, served_on, cell, generation, services, unreviewed, services_by_channel, reviews, set_aside)
SELECT {COUNTING_RULE}, province, served_on, cell,
    sum(n),
    countIf(is_service),
    countIf(is_service AND NOT is_reviewed),
    CAST(sumMapIf([toUInt8(service_channel)], [toUInt64(1)], is_service), 'Map(UInt8, UInt64)'),
    CAST(sumMapIf([winner], [toUInt64(1)], is_reviewed), 'Map(UInt16, UInt64)'),
    CAST(sumMapIf([set_aside_group], [toUInt64(1)], is_only_set_aside), 'Map(UInt16, UInt64)')
FROM ({services})
GROUP BY province, served_on, cell
{SETTINGS}"
    )
}

/// Places are counted by their hash, and named in the end: every place that a record has ever named,
/// be it with nought.
fn item_counts(which: &str) -> String {
    let services = services(
        which,
        "max(kind = 'service') AS is_service,
    argMaxIf(place, version, kind = 'service') AS service_place,
    countIf(is_candidate AND NOT is_set_aside) > 0 AS is_reviewed,
    argMaxIf(place, rank, is_candidate AND NOT is_set_aside) AS winner_place,
    argMaxIf(review_group, rank, is_candidate AND NOT is_set_aside) AS winner",
    );
    format!(
        "INSERT INTO item_counts (rule, province, served_on, area, item, generation, services, unreviewed, reviews)
SELECT {COUNTING_RULE}, province, served_on, named.county, named.item_code,
    day.generation, counted.services, counted.unreviewed, counted.reviews
FROM
(
    SELECT province, served_on, place, any(toUInt32(intDiv(area, 1000000))) AS county, any(item) AS item_code
    FROM records WHERE {which} AND subject = 'service' AND kind IN ('service', 'review')
    GROUP BY province, served_on, place
) AS named
LEFT JOIN
(
    SELECT province, served_on, at.1 AS place,
        sum(at.2) AS services,
        sum(at.3) AS unreviewed,
        CAST(sumMapIf([at.4], [toUInt64(1)], at.5), 'Map(UInt16, UInt64)') AS reviews
    FROM ({services})
    ARRAY JOIN
    [
        (service_place, is_service, is_service AND NOT is_reviewed, toUInt16(0), toUInt8(0)),
        (winner_place, toUInt8(0), toUInt8(0), winner, is_reviewed)
    ] AS at
    GROUP BY province, served_on, place
) AS counted USING (province, served_on, place)
INNER JOIN
(
    SELECT province, served_on, uniqExact(position) AS generation
    FROM records WHERE {which}
    GROUP BY province, served_on
) AS day USING (province, served_on)
{SETTINGS}"
    )
}

fn class_counts(which: &str) -> String {
    let classes = classes(which);
    format!(
        "INSERT INTO class_counts (rule, province, served_on, source, topic, partition, class, reason, generation, records)
SELECT {COUNTING_RULE}, province, served_on, source, topic, partition, class, reason,
    sum(count()) OVER (PARTITION BY province, served_on) AS generation,
    count()
FROM ({classes})
GROUP BY province, served_on, source, topic, partition, class, reason
{SETTINGS}"
    )
}

fn case_counts(province: Province, month: Month, cells: &[Cell]) -> String {
    let cells = list(cells.iter().map(|cell| cell.number()));
    let (province, first_day, end) = (province.number(), month.first_day(), month.end());
    format!(
        "INSERT INTO case_counts (rule, province, month, cell, generation, cases, cases_by_channel)
SELECT {COUNTING_RULE}, province, '{first_day}', cell,
    sum(n),
    count(),
    CAST(sumMap(channels, arrayMap(channel -> toUInt64(1), channels)), 'Map(UInt8, UInt64)')
FROM
(
    SELECT province, cell, case, sum(n) AS n, groupUniqArray(channel) AS channels
    FROM
    (
        SELECT province, served_on, cell, case, service_no,
            uniqExact(position) AS n,
            toUInt8(argMax(CAST(channel, 'Int8'), version)) AS channel
        FROM records
        WHERE province = {province} AND served_on >= '{first_day}' AND served_on < '{end}'
            AND cell IN ({cells}) AND kind = 'service'
        GROUP BY province, served_on, cell, case, service_no
    )
    GROUP BY province, cell, case
)
GROUP BY province, cell
{SETTINGS}"
    )
}

/// A condition for the cells of buckets. The set selects partitions and ranges of the key.
fn which_cells(buckets: &Buckets) -> String {
    let days = buckets.iter().map(|((province, served_on), cells)| {
        format!(
            "({}, \\'{served_on}\\', [{}])",
            province.number(),
            list(cells.iter().map(Cell::number))
        )
    });
    let days = rows(days, "Tuple(UInt8, Date, Array(UInt16))");
    format!("(province, served_on, cell) IN (SELECT row.1, row.2, arrayJoin(row.3) FROM {days})")
}

/// A condition for whole days.
pub(crate) fn which_days(buckets: &Buckets) -> String {
    let days = buckets
        .keys()
        .map(|(province, served_on)| format!("({}, \\'{served_on}\\')", province.number()));
    let days = rows(days, "Tuple(UInt8, Date)");
    format!("(province, served_on) IN (SELECT row.1, row.2 FROM {days})")
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
