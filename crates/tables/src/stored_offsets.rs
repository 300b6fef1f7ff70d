//! Which offsets are stored. Reads, and decides nothing.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::Context;
use clickhouse::{Client, Row};
use serde::Deserialize;

use crate::cut::Cut;
use crate::day_counts::held_classes;

/// The most ranges of absent offsets that are looked up one by one.
const RANGES_MAX: usize = 10_000;

/// A number for each topic, by our number of it, and partition.
pub type ByPartition<T = u64> = BTreeMap<(u8, u16), T>;

/// What is stored of a partition below a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The lowest offset.
    pub lowest: u64,
    /// How many different offsets.
    pub offsets: u64,
}

#[derive(Row, Deserialize)]
struct StoredRow {
    topic: u8,
    partition: u16,
    lowest: u64,
    offsets: u64,
}

/// What is stored below a cut. Bitmaps keep runs of offsets small.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn stored(client: &Client, cut: &Cut) -> anyhow::Result<ByPartition<Stored>> {
    let sql = format!(
        "SELECT topic, partition, min(offset) AS lowest, groupBitmap(offset) AS offsets
FROM records WHERE {} GROUP BY topic, partition",
        cut.below()
    );
    let rows: Vec<StoredRow> =
        client.query_raw(&sql).fetch_all().await.context("failed to count the stored offsets")?;
    let stored = |row: StoredRow| {
        ((row.topic, row.partition), Stored { lowest: row.lowest, offsets: row.offsets })
    };
    Ok(rows.into_iter().map(stored).collect())
}

#[derive(Row, Deserialize)]
struct NumberRow {
    topic: u8,
    partition: u16,
    number: u64,
}

/// How many records have a class beyond the offsets that are stored: such a record is stored under two
/// keys, or is gone from the table since. Nothing is ever classed that is not stored, so the classes are
/// read first.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn classed_beyond_stored(client: &Client) -> anyhow::Result<ByPartition> {
    let classed = format!(
        "SELECT topic, partition, sum(records) AS number FROM ({}) GROUP BY topic, partition",
        held_classes()
    );
    let classed = by_partition(client, &classed).await.context("failed to read the classes")?;
    let stored = "SELECT topic, partition, groupBitmap(offset) AS number FROM records
WHERE kind != 'quarantined' GROUP BY topic, partition";
    let stored =
        by_partition(client, stored).await.context("failed to count the stored offsets")?;
    let beyond = |(at, classed): (_, u64)| {
        (at, classed.saturating_sub(stored.get(&at).copied().unwrap_or(0)))
    };
    Ok(classed.into_iter().map(beyond).filter(|(_, beyond)| *beyond > 0).collect())
}

async fn by_partition(client: &Client, sql: &str) -> anyhow::Result<ByPartition> {
    let rows: Vec<NumberRow> = client.query_raw(sql).fetch_all().await?;
    Ok(rows.into_iter().map(|row| ((row.topic, row.partition), row.number)).collect())
}

#[derive(Row, Deserialize)]
struct RangeRow {
    from: u64,
    to: u64,
}

/// The ranges within some offsets of a partition that are not stored, in order: the first few thousand
/// of them.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn absent(
    client: &Client,
    (topic, partition): (u8, u16),
    offsets: Range<u64>,
) -> anyhow::Result<Vec<Range<u64>>> {
    let Range { start, end } = offsets;
    let sql = format!(
        "SELECT previous AS from, offset AS to FROM
(
    SELECT offset, lagInFrame(offset + 1, 1, {start}::UInt64) OVER (ORDER BY offset ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS previous
    FROM
    (
        SELECT DISTINCT offset FROM records
        WHERE topic = {topic} AND partition = {partition} AND offset >= {start} AND offset < {end}
        UNION DISTINCT SELECT {end}::UInt64 AS offset
    )
)
WHERE previous < offset ORDER BY from LIMIT {RANGES_MAX}"
    );
    let rows: Vec<RangeRow> =
        client.query_raw(&sql).fetch_all().await.context("failed to find the absent offsets")?;
    Ok(rows.into_iter().map(|row| row.from..row.to).collect())
}
