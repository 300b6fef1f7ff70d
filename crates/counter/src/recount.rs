//! The statements that recount: the rule of counting in SQL.
//!
//! They compute what `domain::reference` computes, and property tests hold the two equal. A
//! statement reads `records` without `FINAL`: a row that is there twice changes neither a maximum
//! nor a set.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write;

use std::time::Duration;

use anyhow::{Context, anyhow};
use clickhouse::Client;
use domain::identity::CELLS;
use domain::{COUNTING_RULE, Cell, Month, Province};
use tokio::time::timeout;
use wire::CellSet;

use crate::classes::classes;
use crate::schedule::{Buckets, pieces};
use crate::table::Table;

/// The most cells that one statement counts: as many as a month of one province has. A statement
/// costs by itself what a thousand records cost, and most days of most provinces have fewer that are
/// touched in a round.
const CELLS_MAX: u32 = 31 * CELLS as u32;

/// The most cells that one statement counts over a whole month: a quarter of them.
const CELLS_OF_A_MONTH_MAX: usize = CELLS as usize / 4;

/// How long one statement may take in ClickHouse.
const STATEMENT_TIMEOUT: Duration = Duration::from_mins(10);

/// How much longer its answer is waited for: a server that is gone gives none.
const ANSWER_GRACE: Duration = Duration::from_secs(10);

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

/// Recounts buckets whole, as far as it can: what one statement cannot count does not keep others
/// from being counted. What ClickHouse refuses is tried again in halves, as far as to single days: so
/// much for too little memory, and for a day that cannot be counted at all. A failure leaves the
/// table as a recount at another time would have.
///
/// # Errors
///
/// The first fault of ClickHouse, and the buckets that are still to be recounted.
pub async fn recount(
    client: &Client,
    table: Table,
    buckets: &Buckets,
) -> Result<(), (Buckets, anyhow::Error)> {
    recount_into(client, table, table.into(), buckets).await
}

/// Recounts buckets of a table into another one that looks the same.
///
/// # Errors
///
/// As [`recount`].
pub(crate) async fn recount_into(
    client: &Client,
    table: Table,
    target: &str,
    buckets: &Buckets,
) -> Result<(), (Buckets, anyhow::Error)> {
    let mut failed: Option<(Buckets, anyhow::Error)> = None;
    let mut waiting = VecDeque::from(statements(table, buckets));
    while let Some(statement) = waiting.pop_front() {
        let Err(error) = run(client, table, target, &statement.sql).await else { continue };
        if let Some(halves) = halves(&statement.buckets).filter(|_| is_refusal(&error)) {
            tracing::warn!(%table, error = format!("{error:#}"), "a recount is tried in halves");
            waiting.extend(halves.iter().flat_map(|half| statements(table, half)));
        } else {
            let (left, _) = failed.get_or_insert_with(|| (Buckets::new(), error));
            left.extend(statement.buckets);
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Whether ClickHouse has answered that it cannot. Where it gives no answer, less would find none.
fn is_refusal(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(clickhouse::error::Error::BadResponse(_)))
}

async fn run(client: &Client, table: Table, target: &str, sql: &str) -> anyhow::Result<()> {
    let rest = sql.strip_prefix(&format!("INSERT INTO {table} "));
    let rest = rest.expect("a statement begins with its table");
    let run = client
        .query_raw(&format!("INSERT INTO {target} {rest}"))
        .with_setting("max_execution_time", STATEMENT_TIMEOUT.as_secs().to_string())
        // The status of an answer is final only when the statement has ended.
        .with_setting("wait_end_of_query", "1")
        .execute();
    match timeout(STATEMENT_TIMEOUT + ANSWER_GRACE, run).await {
        Ok(ended) => ended.with_context(|| format!("failed to recount {table}")),
        Err(_) => Err(anyhow!("ClickHouse did not end a recount of {table} in time")),
    }
}

/// Buckets in two halves, if there is more than one.
fn halves(buckets: &Buckets) -> Option<[Buckets; 2]> {
    let middle = buckets.keys().nth(buckets.len() / 2).filter(|_| buckets.len() > 1)?;
    let mut first = buckets.clone();
    let second = first.split_off(middle);
    Some([first, second])
}

/// The statements that recount buckets.
pub fn statements(table: Table, buckets: &Buckets) -> Vec<Statement> {
    let cut = |buckets: &Buckets| pieces(buckets, CELLS_MAX).into_iter();
    match table {
        Table::Counts => cut(buckets)
            .map(|buckets| Statement { sql: counts(&which_cells(&buckets)), buckets })
            .collect(),
        Table::ItemCounts | Table::ClassCounts => {
            let days: Buckets = buckets.keys().map(|day| (*day, CellSet::ALL)).collect();
            let sql = if table == Table::ItemCounts { item_counts } else { class_counts };
            cut(&days)
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
                let numbers: Vec<_> = cells.iter().map(Cell::number).collect();
                let chunks = numbers.chunks(CELLS_OF_A_MONTH_MAX);
                let statement = |numbers: &[u16]| {
                    let mut cells = CellSet::EMPTY;
                    for cell in numbers.iter().copied().filter_map(Cell::from_number) {
                        cells.insert(cell);
                    }
                    Statement {
                        sql: case_counts(province, month, numbers),
                        // Any day of the month stands for all of it.
                        buckets: Buckets::from([((province, month.first_served_on()), cells)]),
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

fn case_counts(province: Province, month: Month, cells: &[u16]) -> String {
    let cells = list(cells.iter());
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

/// A condition for the cells of buckets of one month. The days select partitions; the set selects
/// ranges of the key.
fn which_cells(buckets: &Buckets) -> String {
    let mut days = String::new();
    for ((province, served_on), cells) in buckets {
        let separator = if days.is_empty() { "" } else { ", " };
        let (province, cells) = (province.number(), list(cells.iter().map(Cell::number)));
        write!(days, "{separator}({province}, '{served_on}', [{cells}])")
            .expect("a String takes everything");
    }
    format!(
        "{} AND (province, served_on, cell) IN (SELECT toUInt8(day.1), toDate(day.2), arrayJoin(day.3)::UInt16 FROM (SELECT arrayJoin([{days}]) AS day))",
        which_days(buckets)
    )
}

/// A condition for whole days of one month.
fn which_days(buckets: &Buckets) -> String {
    let days: BTreeSet<_> = buckets.keys().map(|(_, served_on)| format!("'{served_on}'")).collect();
    let pairs = buckets
        .keys()
        .map(|(province, served_on)| format!("({}, '{served_on}')", province.number()));
    format!(
        "served_on IN ({}) AND (province, served_on) IN ({})",
        list(days.into_iter()),
        list(pairs)
    )
}

fn list<T: ToString>(items: impl Iterator<Item = T>) -> String {
    items.map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use domain::ServedOn;

    use super::*;

    fn days(count: u16) -> Buckets {
        let province = Province::from_number(44).expect("a province");
        let day = |day| ServedOn::from_days_since_epoch(19_000 + day).expect("a day");
        (0..count).map(|number| ((province, day(number)), CellSet::ALL)).collect()
    }

    #[test]
    fn halves_are_all_of_it_down_to_single_days() {
        for count in 2..9 {
            let [first, second] = halves(&days(count)).expect("more than one");
            assert!(first.len().abs_diff(second.len()) <= 1, "{count}");
            let together: Buckets = first.into_iter().chain(second).collect();
            assert_eq!(together, days(count));
        }
        assert_eq!(halves(&days(1)), None);
        assert_eq!(halves(&Buckets::new()), None);
    }

    #[test]
    fn only_what_clickhouse_has_refused_is_tried_again_at_once() {
        use clickhouse::error::Error;
        let failed = |error: Error| anyhow::Error::new(error).context("failed to recount counts");
        assert!(is_refusal(&failed(Error::BadResponse("Code: 241. MEMORY_LIMIT_EXCEEDED".into()))));
        assert!(!is_refusal(&failed(Error::Network("connection refused".into()))));
        assert!(!is_refusal(&anyhow!("ClickHouse did not end a recount of counts in time")));
    }
}
