//! Rebuilds the table of records from Kafka, beside the live one, and swaps both.
//!
//! It is for a loader that parses differently than before (the same record would get another key, and
//! be stored twice), and for a table that is not what Kafka has. Rows whose records Kafka no longer has
//! are carried over as they are. Nothing is swapped before every difference was reported; and nothing
//! that live loaders write meanwhile is lost, since after the swap everything that Kafka has received
//! since the rebuild began is loaded once more, by this code.

mod compare;
mod kafka;
mod spans;

use anyhow::ensure;
use clickhouse::Client;
use indicatif::ProgressBar;
use tables::rebuilt_records::{self, REBUILT};
use tables::{Engines, loading_rule};
use tokio::sync::mpsc;

pub use self::compare::{Fault, RecordDifference};
use self::spans::Spans;
use crate::batch::Batch;
use crate::tips;
use crate::writer::Writer;

/// Records that were rebuilt beside the live ones.
#[derive(Debug)]
pub struct Rebuilt {
    spans: Spans,
    /// How many rows were carried over, since Kafka no longer has their records.
    pub carried_over: u64,
    /// What is not the same, of records that the loader has committed.
    pub differences: Vec<RecordDifference>,
}

/// Builds the table and compares. What an interrupted rebuild has left is dropped.
///
/// # Errors
///
/// If an engine does not answer, Kafka deletes records while they are read, or it is not the Kafka that
/// the database was loaded from.
pub async fn build(engines: &Engines, bar: &ProgressBar) -> anyhow::Result<Rebuilt> {
    let client = engines.client();
    // Rows whose offsets Kafka will give out again would be neither rebuilt nor carried over.
    tips::ensure_the_same(engines).await?;
    let spans = kafka::spans(engines).await?;
    ensure_comparable(&client, &spans).await?;
    bar.set_length(spans.len());
    rebuilt_records::create(&client).await?;

    let writer = Writer::of_command(engines)?;
    read(engines, &spans, bar, async |batch| writer.write_rows(REBUILT, batch).await).await?;

    let carried_over = rebuilt_records::carry_over(&client, &spans.firsts()).await?;
    let compared = rebuilt_records::compare(&client, &spans.comparable()).await?;
    let differences = compare::faults(&compared);
    Ok(Rebuilt { spans, carried_over, differences })
}

/// The comparison ends at what the loader has committed. Where it has committed nothing although rows
/// are stored, nothing would be compared, and a loss would pass for agreement.
async fn ensure_comparable(client: &Client, spans: &Spans) -> anyhow::Result<()> {
    for (topic, partition) in rebuilt_records::stored_partitions(client).await? {
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
/// If an engine does not answer. After the swap, rows of inserts that were under way are missing then:
/// rebuild again, with the permission to swap what differs.
pub async fn swap(engines: &Engines, rebuilt: &Rebuilt, bar: &ProgressBar) -> anyhow::Result<()> {
    let client = engines.client();
    rebuilt_records::swap(&client).await?;
    // An insert that was under way went into what is now the old table. Its records were in Kafka when
    // the tables were exchanged.
    let since = rebuilt.spans.since(&kafka::ends(engines).await?);
    bar.inc_length(since.len());
    let writer = Writer::of_command(engines)?;
    read(engines, &since, bar, async |batch| writer.write(batch).await).await?;
    loading_rule::set(&client).await
}

/// Drops the table that is left after a rebuild.
///
/// # Errors
///
/// If ClickHouse refuses.
pub async fn end(engines: &Engines) -> anyhow::Result<()> {
    rebuilt_records::drop(&engines.client()).await
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
