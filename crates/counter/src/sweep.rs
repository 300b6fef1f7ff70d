//! Finds buckets whose label falls short of what is stored: a touch was lost, or not yet counted.
//! To recount one too many does no harm.

use anyhow::Context;
use clickhouse::{Client, Row};
use domain::{COUNTING_RULE, Cell, Province, ServedOn};
use serde::Deserialize;
use wire::CellSet;

use crate::schedule::Buckets;
use crate::table::Table;

#[derive(Row, Deserialize)]
struct Found {
    province: u8,
    served_on: u16,
    cell: u16,
}

/// The buckets of which a table does not show everything that is stored.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn sweep(client: &Client, table: Table) -> anyhow::Result<Buckets> {
    let statement = statement(table);
    let found: Vec<Found> = client
        .query_raw(&statement)
        .with_setting("optimize_aggregation_in_order", "1")
        .fetch_all()
        .await
        .with_context(|| format!("failed to sweep {table}"))?;
    let mut buckets = Buckets::new();
    for Found { province, served_on, cell } in found {
        let province = Province::from_number(province).context("a row of no province")?;
        let served_on = ServedOn::from_days_since_epoch(served_on).context("a row of no day")?;
        let cell = Cell::from_number(cell).context("a row of no cell")?;
        buckets.entry((province, served_on)).or_insert(CellSet::EMPTY).insert(cell);
    }
    Ok(buckets)
}

/// Compares labels with what is stored. The stored positions are counted per service first, where
/// they are few, and in the order of the key.
fn statement(table: Table) -> String {
    match table {
        Table::Counts => format!(
            "SELECT province, served_on, cell FROM
(
    SELECT province, served_on, cell, uniqExact(position) AS n FROM records
    WHERE kind != 'quarantined' GROUP BY province, served_on, cell
) AS stored
LEFT JOIN (SELECT * FROM counts FINAL WHERE rule = {COUNTING_RULE}) AS counted USING (province, served_on, cell)
WHERE n != generation"
        ),
        Table::CaseCounts => format!(
            "SELECT province, month AS served_on, cell FROM
(
    SELECT province, toStartOfMonth(served_on) AS month, cell, uniqExact(position) AS n FROM records
    WHERE kind = 'service' GROUP BY province, month, cell
) AS stored
LEFT JOIN (SELECT * FROM case_counts FINAL WHERE rule = {COUNTING_RULE}) AS counted USING (province, month, cell)
WHERE n != generation"
        ),
        Table::ItemCounts => format!(
            "SELECT province, served_on, toUInt16(0) AS cell FROM
(
    SELECT province, served_on, uniqExact(position) AS n,
        countIf(subject = 'service' AND kind IN ('service', 'review')) > 0 AS has_places
    FROM records WHERE kind != 'quarantined' GROUP BY province, served_on
) AS stored
LEFT JOIN
(
    SELECT province, served_on, max(generation) AS generation FROM item_counts
    WHERE rule = {COUNTING_RULE} GROUP BY province, served_on
) AS counted USING (province, served_on)
WHERE has_places AND n != generation"
        ),
    }
}
