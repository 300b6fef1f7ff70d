//! The last stored record of each partition.

use anyhow::Context;
use clickhouse::{Client, Row};
use domain::Position;
use serde::Deserialize;
use topics::Tip;

#[derive(Row, Deserialize)]
struct TipRow {
    topic: u8,
    partition: u16,
    offset: u64,
    event: u64,
}

/// The last stored record of each partition of each topic that was ever loaded.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn tips(client: &Client) -> anyhow::Result<Vec<Tip>> {
    let rows: Vec<TipRow> = client
        .query(
            "SELECT topic, partition, offset, any(event) AS event FROM records
WHERE (topic, partition, offset) IN (SELECT topic, partition, max(offset) FROM records GROUP BY topic, partition)
GROUP BY topic, partition, offset ORDER BY topic, partition",
        )
        .fetch_all()
        .await
        .context("failed to read the last record of each partition")?;
    let tip = |TipRow { topic, partition, offset, event }| Tip {
        position: Position { topic, partition, offset },
        event,
    };
    Ok(rows.into_iter().map(tip).collect())
}
