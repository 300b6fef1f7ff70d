//! What the tables of counts say of a month, to be laid beside the ledger. Reads, and decides
//! nothing.

use std::collections::BTreeMap;

use anyhow::Context;
use clickhouse::{Client, Row};
use domain::{COUNTING_RULE, Month, Province, ServedOn};
use serde::{Deserialize, Serialize};

/// A province-level unit and a month of services.
pub(crate) type Place = (Province, Month);

/// What is said of a month, by the ledger or by the figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Said {
    /// Records of which it was said.
    pub(crate) records: u64,
    /// Services.
    pub(crate) services: u64,
    /// Reviews that count.
    pub(crate) counted: u64,
}

#[derive(Row, Deserialize)]
struct SaidRow {
    province: u8,
    month: u16,
    records: u64,
    services: u64,
    counted: u64,
}

/// What the figures say: the table `counts`, which is what is disclosed.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub(crate) async fn disclosed(client: &Client) -> anyhow::Result<BTreeMap<Place, Said>> {
    let sql = format!(
        "SELECT province, toStartOfMonth(served_on) AS month,
    sum(generation) AS records, sum(c.services) AS services, sum(arraySum(mapValues(c.reviews))) AS counted
FROM counts AS c FINAL WHERE rule = {COUNTING_RULE} GROUP BY province, month
SETTINGS do_not_merge_across_partitions_select_final = 1"
    );
    read(client, &sql).await.context("failed to read the figures")
}

/// What the ledger says that the counter keeps: the table `class_counts`.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub(crate) async fn classed(client: &Client) -> anyhow::Result<BTreeMap<Place, Said>> {
    let sql = format!(
        "SELECT province, toStartOfMonth(served_on) AS month,
    sum(c.records) AS records, sumIf(c.records, class = 'service') AS services, sumIf(c.records, class = 'counted') AS counted
FROM
(
    SELECT *, max(generation) OVER (PARTITION BY province, served_on) AS latest
    FROM class_counts FINAL WHERE rule = {COUNTING_RULE}
) AS c
WHERE generation = latest GROUP BY province, month
SETTINGS do_not_merge_across_partitions_select_final = 1"
    );
    read(client, &sql).await.context("failed to read the ledger's counts")
}

async fn read(client: &Client, sql: &str) -> anyhow::Result<BTreeMap<Place, Said>> {
    let rows: Vec<SaidRow> = client.query_raw(sql).fetch_all().await?;
    rows.into_iter()
        .map(|SaidRow { province, month, records, services, counted }| {
            Ok((place(province, month)?, Said { records, services, counted }))
        })
        .collect()
}

/// A place as the tables name it.
///
/// # Errors
///
/// If there is no such province or day.
pub(crate) fn place(province: u8, first_day: u16) -> anyhow::Result<Place> {
    let province = Province::from_number(province).context("a row of no province")?;
    let day = ServedOn::from_days_since_epoch(first_day).context("a row of no day")?;
    Ok((province, day.month()))
}
