//! Kafka and ClickHouse, as an audit reads them. Decides nothing.

use std::sync::Arc;

use anyhow::Context;
use clickhouse::Client;
use tables::Engines;
use topics::{Differing, GapReader, Kafka, PartitionOffsets, Topic};

use crate::partition::{Audited, Offsets};
use crate::stored;

/// Kafka and ClickHouse, as an audit reads them.
#[derive(Clone)]
pub(crate) struct Sources {
    kafka: Kafka,
    topics: Vec<(Topic, u8)>,
    gaps: Arc<GapReader>,
    client: Client,
}

impl Sources {
    /// Sources of one installation.
    ///
    /// # Errors
    ///
    /// If no Kafka client can be made.
    pub(crate) fn new(engines: &Engines) -> anyhow::Result<Self> {
        let (kafka, client) = (engines.kafka().clone(), engines.client());
        let gaps = Arc::new(GapReader::new(kafka.config())?);
        Ok(Self { topics: kafka.topics().of_events(), kafka, gaps, client })
    }

    /// ClickHouse.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The topics of events and our numbers of them.
    pub(crate) fn topics(&self) -> &[(Topic, u8)] {
        &self.topics
    }

    /// The offsets of all partitions, as Kafka tells them.
    ///
    /// # Errors
    ///
    /// If Kafka does not answer.
    pub(crate) async fn offsets(&self) -> anyhow::Result<Vec<Offsets>> {
        let answered = stored::answered_from(&self.client).await?;
        let offsets = self.kafka.offsets().await?.into_iter();
        let of_partition = |at: PartitionOffsets| Offsets {
            topic: at.topic,
            partition: at.partition,
            start: at.start,
            cut: at.committed.unwrap_or(at.start),
            end: at.end,
            answered_from: answered.get(&(at.topic, at.partition)).copied(),
        };
        Ok(offsets.map(of_partition).collect())
    }

    /// Lays what is stored beside the offsets.
    ///
    /// # Errors
    ///
    /// If an engine does not answer.
    pub(crate) async fn audit(&self, offsets: &[Offsets]) -> anyhow::Result<Vec<Audited>> {
        let stored = stored::count(&self.client, offsets).await?;
        let mut partitions = Vec::new();
        for at in offsets {
            let stored = stored.get(&(at.topic, at.partition)).copied();
            let gaps =
                if at.absent(stored) == 0 { 0 } else { self.gaps(at, at.first(stored)).await? };
            partitions.push(at.audited(stored, gaps));
        }
        Ok(partitions)
    }

    /// The partitions of which Kafka has something else than what was loaded.
    ///
    /// # Errors
    ///
    /// If an engine does not answer.
    pub(crate) async fn differing(&self) -> anyhow::Result<Vec<Differing>> {
        self.kafka.differing(&tables::tips(&self.client).await?).await
    }

    /// How many of the offsets that are not stored have no record in Kafka either.
    async fn gaps(&self, at: &Offsets, first: u64) -> anyhow::Result<u64> {
        let ranges = stored::absent(&self.client, at, first).await?;
        let (topic, _) = self
            .topics
            .iter()
            .find(|(_, number)| *number == at.topic)
            .context("an audit of no topic")?;
        let (gaps, name) = (Arc::clone(&self.gaps), self.kafka.config().topic(*topic));
        let (partition, start) = (at.partition, at.start);
        let count = move || {
            let count = |range| gaps.count(&name, partition, range, start);
            ranges.iter().map(count).sum()
        };
        tokio::task::spawn_blocking(count).await.context("an audit panicked")?
    }
}
