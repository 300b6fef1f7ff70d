//! Which offsets are stored. Reads, and decides nothing.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::Context;
use clickhouse::{Client, Row};
use domain::COUNTING_RULE;
use serde::Deserialize;

use crate::partition::{Offsets, Stored, cut};

/// The most ranges of absent offsets that are looked up one by one.
const RANGES_MAX: usize = 10_000;

#[derive(Row, Deserialize)]
struct StoredRow {
    topic: u8,
    partition: u16,
    lowest: u64,
    offsets: u64,
}

/// What is stored below the cuts, by topic and partition. Bitmaps keep runs of offsets small.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub(crate) async fn count(
    client: &Client,
    cuts: &[Offsets],
) -> anyhow::Result<BTreeMap<(u8, u16), Stored>> {
    let sql = format!(
        "SELECT topic, partition, min(offset) AS lowest, groupBitmap(offset) AS offsets
FROM records WHERE {} GROUP BY topic, partition",
        cut(cuts).below()
    );
    let rows: Vec<StoredRow> =
        client.query_raw(&sql).fetch_all().await.context("failed to count the stored offsets")?;
    let stored = |row: StoredRow| {
        ((row.topic, row.partition), Stored { lowest: row.lowest, offsets: row.offsets })
    };
    Ok(rows.into_iter().map(stored).collect())
}

#[derive(Row, Deserialize)]
struct PlaceRow {
    topic: u8,
    partition: u16,
    number: u64,
}

/// The lowest offset of each partition that an audit before has answered for.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub(crate) async fn answered_from(client: &Client) -> anyhow::Result<BTreeMap<(u8, u16), u64>> {
    let sql = "SELECT topic, partition, first AS number FROM audits FINAL";
    of_places(client, sql).await.context("failed to read the audits before")
}

/// How many records of each partition have a class, and how many offsets of it are stored: more of
/// the former are records that are stored under two keys. Nothing is ever classed that is not stored,
/// so the classes are read first.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub(crate) async fn doubled(client: &Client) -> anyhow::Result<BTreeMap<(u8, u16), u64>> {
    let sql = format!(
        "SELECT topic, partition, sum(records) AS number FROM
(
    SELECT *, max(generation) OVER (PARTITION BY province, served_on) AS latest
    FROM class_counts FINAL WHERE rule = {COUNTING_RULE}
)
WHERE generation = latest GROUP BY topic, partition"
    );
    let classed = of_places(client, &sql).await.context("failed to read the ledger's counts")?;
    let stored = of_places(
        client,
        "SELECT topic, partition, groupBitmap(offset) AS number FROM records
WHERE kind != 'quarantined' GROUP BY topic, partition",
    );
    let stored = stored.await.context("failed to count the stored offsets")?;
    let more = |(place, classed): (_, u64)| {
        let stored = stored.get(&place).copied().unwrap_or(0);
        (place, classed.saturating_sub(stored))
    };
    Ok(classed.into_iter().map(more).filter(|(_, doubled)| *doubled > 0).collect())
}

async fn of_places(client: &Client, sql: &str) -> anyhow::Result<BTreeMap<(u8, u16), u64>> {
    let rows: Vec<PlaceRow> = client.query_raw(sql).fetch_all().await?;
    Ok(rows.into_iter().map(|row| ((row.topic, row.partition), row.number)).collect())
}

#[derive(Row, Deserialize)]
struct RangeRow {
    from: u64,
    to: u64,
}

/// The ranges of offsets from `first` to the cut that are not stored, in order: the first few
/// thousand of them.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub(crate) async fn absent(
    client: &Client,
    at: &Offsets,
    first: u64,
) -> anyhow::Result<Vec<Range<u64>>> {
    let Offsets { topic, partition, cut, .. } = at;
    let sql = format!(
        "SELECT previous AS from, offset AS to FROM
(
    SELECT offset, lagInFrame(offset + 1, 1, {first}::UInt64) OVER (ORDER BY offset ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS previous
    FROM
    (
        SELECT DISTINCT offset FROM records
        WHERE topic = {topic} AND partition = {partition} AND offset >= {first} AND offset < {cut}
        UNION DISTINCT SELECT {cut}::UInt64 AS offset
    )
)
WHERE previous < offset ORDER BY from LIMIT {RANGES_MAX}"
    );
    let rows: Vec<RangeRow> =
        client.query_raw(&sql).fetch_all().await.context("failed to find the absent offsets")?;
    Ok(rows.into_iter().map(|row| row.from..row.to).collect())
}
