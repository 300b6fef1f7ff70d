//! Refuses to load from a Kafka that is not the one the database was loaded from.

use anyhow::bail;
use tables::Engines;

/// Compares the last stored record of each partition with what Kafka has there (D3).
///
/// # Errors
///
/// If Kafka is another one, with what can be done; or if an engine does not answer.
pub(crate) async fn ensure_the_same(engines: &Engines) -> anyhow::Result<()> {
    let tips = tables::tips(&engines.client()).await?;
    let differing = engines.kafka().differing(&tips).await?;
    let Some(first) = differing.first() else { return Ok(()) };
    bail!(
        "Kafka is not the one that the database was loaded from: {first} ({} partitions differ). It \
         was restored from an older copy, or has lost what it had acknowledged, and gives offsets \
         out a second time. Nothing is loaded. Restore Kafka to what it was; or load what it has now \
         into a new database, and post again what is only in this one",
        differing.len()
    );
}
