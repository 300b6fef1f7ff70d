//! Finds buckets whose label is lower than the number of stored records, because a touch was lost
//! or is not yet counted. Recounting one too many does no harm.

use std::time::Duration;

use anyhow::Context;
use clickhouse::Client;
use tokio::time::timeout;

use crate::buckets::{self, BucketRow, Buckets};
use crate::counts::{LABEL, Table, held, labels};
use crate::rule::Rule;

/// The time limit for ClickHouse to compare a month.
const MONTH_TIMEOUT: Duration = Duration::from_mins(10);

/// The buckets for which a table does not show all stored records, in the months that got rows
/// within `written_within`, or in all months. It works month by month, so that the work and the
/// memory of a sweep do not grow with history.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn sweep(
    client: &Client,
    table: Table,
    rule: Rule,
    written_within: Option<Duration>,
) -> anyhow::Result<Buckets> {
    let mut buckets = Buckets::new();
    for month in months(client, written_within).await? {
        buckets.extend(sweep_month(client, table, rule, month).await?);
    }
    Ok(buckets)
}

/// The same for one month, `yyyymm`.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn sweep_month(
    client: &Client,
    table: Table,
    rule: Rule,
    month: u32,
) -> anyhow::Result<Buckets> {
    let find = client
        .query_raw(&statement(table, rule, month))
        .with_setting("optimize_aggregation_in_order", "1")
        // The other cores are left to queries for which somebody waits.
        .with_setting("max_threads", "1")
        .fetch_all();
    let found: Vec<BucketRow> = timeout(MONTH_TIMEOUT, find)
        .await
        .with_context(|| format!("ClickHouse did not end a sweep of {table} in time"))?
        .with_context(|| format!("failed to sweep {table}"))?;
    buckets::of_rows(found)
}

/// The months of the table of records, as `yyyymm`, without that of quarantined records.
async fn months(client: &Client, written_within: Option<Duration>) -> anyhow::Result<Vec<u32>> {
    let recently = written_within.map_or_else(String::new, |within| {
        format!("AND modification_time >= now() - INTERVAL {} SECOND", within.as_secs())
    });
    let statement = format!(
        "SELECT DISTINCT toUInt32(partition) AS month FROM system.parts
WHERE database = currentDatabase() AND table = 'records' AND active AND month > 197001 {recently}
ORDER BY month"
    );
    client.query_raw(&statement).fetch_all().await.context("failed to list the months")
}

/// Compares labels with the stored records of a month. Positions are counted by cell first, which
/// follows the order of the key, and then added up: no position is in two cells.
fn statement(table: Table, rule: Rule, month: u32) -> String {
    let stored = |condition: &str| {
        format!(
            "SELECT province, served_on, cell, uniqExact(position) AS n,
        countIf(subject = 'service' AND kind IN ('service', 'review')) > 0 AS has_places
    FROM records WHERE toYYYYMM(served_on) = {month} AND {condition}
    GROUP BY province, served_on, cell"
        )
    };
    let which = format!("rule = {rule} AND toYYYYMM({}) = {month}", table.day());
    let (counted, labels) = (held(table, &which), labels(table.into(), table.day(), &which));
    match table {
        Table::Counts => format!(
            "SELECT province, served_on, cell FROM
(
    {stored}
) AS stored
LEFT JOIN
(
    SELECT province, served_on, cell, {LABEL} AS label FROM ({counted})
) AS counted USING (province, served_on, cell)
WHERE n != label",
            stored = stored("kind != 'quarantined'"),
        ),
        Table::CaseCounts => format!(
            "SELECT province, first_day AS served_on, cell FROM
(
    SELECT province, toStartOfMonth(served_on) AS first_day, cell, sum(n) AS services FROM
    (
    {stored}
    )
    GROUP BY province, first_day, cell
) AS stored
LEFT JOIN
(
    SELECT province, month AS first_day, cell, {LABEL} AS label FROM ({counted})
) AS counted USING (province, first_day, cell)
WHERE services != label",
            stored = stored("kind = 'service'"),
        ),
        Table::ItemCounts => format!(
            "SELECT province, served_on, toUInt16(0) AS cell FROM
(
    SELECT province, served_on, sum(n) AS records, max(has_places) AS has_places FROM
    (
    {stored}
    )
    GROUP BY province, served_on
) AS stored
LEFT JOIN
(
    {labels}
) AS counted USING (province, served_on)
WHERE has_places AND records != label",
            stored = stored("kind != 'quarantined'"),
        ),
        Table::ClassCounts => format!(
            "SELECT province, served_on, toUInt16(0) AS cell FROM
(
    SELECT province, served_on, sum(n) AS records FROM
    (
    {stored}
    )
    GROUP BY province, served_on
) AS stored
LEFT JOIN
(
    {labels}
) AS counted USING (province, served_on)
WHERE records != label",
            stored = stored("kind != 'quarantined'"),
        ),
    }
}
