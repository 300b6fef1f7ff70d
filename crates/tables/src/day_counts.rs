//! What the tables of counts say of each day of all history: the figures, and the classes.

use anyhow::Context;
use clickhouse::{Client, Row};
use domain::{Province, ServedOn};
use serde::Deserialize;

use crate::active_rule::is_active;
use crate::counts::{FINAL_SETTING, Table, held};

/// What a table of counts says of the services of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// The province-level unit.
    pub province: Province,
    /// The day.
    pub served_on: ServedOn,
    /// Records that it was counted from.
    pub records: u64,
    /// Records that have a class; the figures do not say it, and repeat the records.
    pub classed: u64,
    /// Services.
    pub services: u64,
    /// Reviews that count.
    pub counted: u64,
}

#[derive(Row, Deserialize)]
struct DayCountRow {
    province: u8,
    day: u16,
    records: u64,
    classed: u64,
    services: u64,
    counted: u64,
}

/// What the figures say: the table `counts`, which is what is disclosed.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn disclosed(client: &Client) -> anyhow::Result<Vec<DayCount>> {
    let sql = format!(
        "SELECT province, toUInt16(served_on) AS day, sum(generation) AS records, records AS classed,
    sum(c.services) AS services, sum(arraySum(mapValues(c.reviews))) AS counted
FROM ({}) AS c GROUP BY province, served_on",
        held(Table::Counts, &is_active())
    );
    read(client, &sql).await.context("failed to read the figures")
}

/// What the classes say that the counter keeps: the table `class_counts`.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn classed(client: &Client) -> anyhow::Result<Vec<DayCount>> {
    let sql = format!(
        "SELECT province, toUInt16(served_on) AS day, any(generation) AS records, sum(c.records) AS classed,
    sumIf(c.records, class = 'service') AS services, sumIf(c.records, class = 'counted') AS counted
FROM ({}) AS c GROUP BY province, served_on",
        held_classes()
    );
    read(client, &sql).await.context("failed to read the classes")
}

/// The rows of `class_counts` that hold.
pub(crate) fn held_classes() -> String {
    held(Table::ClassCounts, &is_active())
}

async fn read(client: &Client, sql: &str) -> anyhow::Result<Vec<DayCount>> {
    let (setting, value) = FINAL_SETTING;
    let query = client.query_raw(sql).with_setting(setting, value);
    let rows: Vec<DayCountRow> = query.fetch_all().await?;
    let count = |row: DayCountRow| {
        Ok(DayCount {
            province: Province::from_number(row.province).context("a row of no province")?,
            served_on: ServedOn::from_days_since_epoch(row.day).context("a row of no day")?,
            records: row.records,
            classed: row.classed,
            services: row.services,
            counted: row.counted,
        })
    };
    rows.into_iter().map(count).collect()
}
