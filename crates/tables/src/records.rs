//! What the table of records says of itself to those who count it.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, anyhow};
use clickhouse::{Client, Row};
use domain::{Month, Province, ServedOn};
use serde::Deserialize;
use tokio::time::timeout;

use crate::QUERY_SIZE_MAX;
use crate::buckets::{self, BucketRow, Buckets, day_of_row};
use crate::counting::Condition;

/// The number of records on each day. A missing day is unknown, and few records are expected on it.
pub type DaySizes = BTreeMap<(Province, ServedOn), u64>;

#[derive(Row, Deserialize)]
struct SizeRow {
    province: u8,
    served_on: u16,
    records: u64,
}

/// The numbers of records on the days of buckets. The query reads two columns of the key.
/// ClickHouse is given `time_max` for it, and a little more to say so.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn day_sizes(
    client: &Client,
    buckets: &Buckets,
    [time_max, answer_grace]: [Duration; 2],
) -> anyhow::Result<DaySizes> {
    if buckets.is_empty() {
        return Ok(DaySizes::new());
    }
    let statement = format!(
        "SELECT province, served_on, count() AS records FROM records WHERE {} GROUP BY province, served_on",
        Condition::days(buckets).sql()
    );
    let query = client
        .query_raw(&statement)
        .with_setting("max_query_size", QUERY_SIZE_MAX)
        .with_setting("max_execution_time", time_max.as_secs().to_string())
        .fetch_all();
    let rows: Vec<SizeRow> = timeout(time_max + answer_grace, query)
        .await
        .map_err(|_| anyhow!("ClickHouse did not say in time how many records days have"))?
        .context("failed to ask how many records days have")?;
    rows.into_iter()
        .map(|row| Ok((day_of_row(row.province, row.served_on)?, row.records)))
        .collect()
}

/// The buckets of a month that have records.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn buckets_of_month(client: &Client, month: Month) -> anyhow::Result<Buckets> {
    let statement = format!(
        "SELECT DISTINCT province, served_on, cell FROM records
WHERE toYYYYMM(served_on) = {} AND kind != 'quarantined'",
        month.number()
    );
    let rows: Vec<BucketRow> =
        client.query_raw(&statement).fetch_all().await.context("failed to list the buckets")?;
    buckets::of_rows(rows)
}
