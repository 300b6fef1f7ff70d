//! Makes the table of records anew from Kafka, beside the live one, and swaps.
//!
//! It is for a loader that parses otherwise than before (the same record would get another key, and
//! lie there twice), and for a table that is not what Kafka has. Rows whose records Kafka no longer has
//! are carried over as they are. Nothing is swapped before every difference was told; and nothing that
//! live loaders write meanwhile is lost, since after the swap what Kafka has got since is loaded once
//! more, by this code.

mod compare;
mod kafka;
mod spans;

use anyhow::{Context, ensure};
use clickhouse::{Client, Row};
use indicatif::ProgressBar;
use serde::Deserialize;
use tables::{Engines, loading_rule};
use tokio::sync::mpsc;

pub use self::compare::{Fault, RecordDifference};
use self::spans::Spans;
use crate::batch::Batch;
use crate::tips;
use crate::writer::Writer;

/// The side table. From the swap on it holds the old rows.
const REBUILT: &str = "records_rebuilt";

/// Records that were rebuilt beside the live ones.
#[derive(Debug)]
pub struct Rebuilt {
    spans: Spans,
    /// How many rows were carried over, since Kafka no longer has their records.
    pub carried_over: u64,
    /// What is not the same, of records that the loader has loaded for good.
    pub differences: Vec<RecordDifference>,
}

/// Builds the side table and compares. What a rebuild has left that died is thrown away.
///
/// # Errors
///
/// If an engine does not answer, Kafka deletes records while they are read, or it is not the Kafka that
/// the database was loaded from.
pub async fn build(engines: &Engines, bar: &ProgressBar) -> anyhow::Result<Rebuilt> {
    let client = engines.client();
    // Rows whose offsets Kafka will give out again would be neither made again nor carried over.
    tips::ensure_the_same(engines).await?;
    let spans = kafka::spans(engines).await?;
    ensure_comparable(&client, &spans).await?;
    bar.set_length(spans.len());
    drop_rebuilt(&client).await?;
    execute(&client, &format!("CREATE TABLE {REBUILT} AS records")).await?;

    let writer = Writer::of_command(engines)?;
    read(engines, &spans, bar, async |batch| writer.write_rows(REBUILT, batch).await).await?;

    let gone = spans.gone();
    let carried_over = client
        .query_raw(&format!("SELECT count() FROM records FINAL WHERE {gone}"))
        .fetch_one()
        .await
        .context("failed to count what Kafka no longer has")?;
    // One insert may touch few partitions by default; these rows may be of many months.
    client
        .query_raw(&format!("INSERT INTO {REBUILT} SELECT * FROM records FINAL WHERE {gone}"))
        .with_setting("wait_end_of_query", "1")
        .with_setting("max_partitions_per_insert_block", "0")
        .execute()
        .await
        .context("failed to carry over what Kafka no longer has")?;
    let differences = compare::compare(&client, REBUILT, &spans).await?;
    Ok(Rebuilt { spans, carried_over, differences })
}

#[derive(Row, Deserialize)]
struct PartRow {
    topic: u8,
    partition: u16,
}

/// What the loader has committed is where the comparison ends. Where it has committed nothing and
/// rows are there all the same, nothing would be compared, and a loss would pass for agreement.
async fn ensure_comparable(client: &Client, spans: &Spans) -> anyhow::Result<()> {
    let rows: Vec<PartRow> = client
        .query("SELECT DISTINCT topic, partition FROM records")
        .fetch_all()
        .await
        .context("failed to list the stored partitions")?;
    for PartRow { topic, partition } in rows {
        let is_committed = spans.0.get(&(topic, partition)).is_none_or(|span| span.committed > 0);
        ensure!(
            is_committed,
            "the loader has committed nothing of partition {partition} of topic {topic}, of which \
             rows are stored: its group is gone or expired, so nothing can be compared. Run a loader \
             until it has read everything, then rebuild"
        );
    }
    Ok(())
}

/// Puts the rebuilt records in the place of the live ones, and loads what came meanwhile.
///
/// # Errors
///
/// If an engine does not answer. After the swap that means: rebuild again, with the permission to swap
/// what differs, since the rows that were on their way are missing.
pub async fn swap(engines: &Engines, rebuilt: &Rebuilt, bar: &ProgressBar) -> anyhow::Result<()> {
    let client = engines.client();
    execute(&client, &format!("EXCHANGE TABLES records AND {REBUILT}")).await?;
    // An insert that was under way went into what is the old table now. Its records are in Kafka, and
    // were when the tables were exchanged.
    let since = rebuilt.spans.since(&kafka::ends(engines).await?);
    bar.inc_length(since.len());
    let writer = Writer::of_command(engines)?;
    read(engines, &since, bar, async |batch| writer.write(batch).await).await?;
    loading_rule::set(&client).await
}

/// Drops the side table.
///
/// # Errors
///
/// If ClickHouse refuses.
pub async fn end(engines: &Engines) -> anyhow::Result<()> {
    drop_rebuilt(&engines.client()).await
}

/// Reads spans and writes batch by batch.
async fn read(
    engines: &Engines,
    spans: &Spans,
    bar: &ProgressBar,
    write: impl AsyncFn(&Batch),
) -> anyhow::Result<()> {
    let (batches, mut to_write) = mpsc::channel(1);
    let reading = kafka::read(engines, spans.clone(), batches, bar.clone());
    let writing = async {
        while let Some(batch) = to_write.recv().await {
            write(&batch).await;
        }
    };
    let (read, ()) = tokio::join!(reading, writing);
    read
}

async fn drop_rebuilt(client: &Client) -> anyhow::Result<()> {
    execute(client, &format!("DROP TABLE IF EXISTS {REBUILT} SYNC")).await
}

async fn execute(client: &Client, statement: &str) -> anyhow::Result<()> {
    let what = statement.lines().next().unwrap_or_default();
    let run = client.query_raw(statement).with_setting("wait_end_of_query", "1").execute();
    run.await.with_context(|| format!("failed: {what}"))
}
