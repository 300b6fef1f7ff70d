//! Connects to Kafka and ClickHouse for an audit. Decides nothing.

use std::sync::Arc;

use anyhow::Context;
use clickhouse::Client;
use domain::QuarantineState;
use figures::ledger::{PartitionAudit, PartitionRange, StoredOffsets};
use tables::quarantine::Known;
use tables::{Cut, Engines, audits, stored_offsets};
use topics::{Differing, GapReader, Kafka, PartitionOffsets, Topic};

/// Kafka and ClickHouse, as an audit reads them.
#[derive(Clone)]
pub(crate) struct Sources {
    kafka: Kafka,
    topics: Vec<(Topic, u8)>,
    gaps: Arc<GapReader>,
    client: Client,
}

/// What was seen in all partitions.
pub(crate) struct Audit {
    /// Every partition.
    pub(crate) partitions: Vec<PartitionAudit>,
    /// The records by which it was seen that Kafka is another one.
    pub(crate) differing: Vec<Differing>,
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

    /// The ranges of offsets of all partitions, as Kafka has them, each with its cut.
    ///
    /// # Errors
    ///
    /// If an engine does not answer.
    pub(crate) async fn ranges(&self) -> anyhow::Result<Vec<PartitionRange>> {
        let answered = audits::answered_from(&self.client).await?;
        let offsets = self.kafka.offsets().await?.into_iter();
        let of_partition = |at: PartitionOffsets| PartitionRange {
            topic: at.topic,
            partition: at.partition,
            start: at.start,
            cut: at.committed.unwrap_or(at.start),
            end: at.end,
            answered_from: answered.get(&(at.topic, at.partition)).copied(),
        };
        Ok(offsets.map(of_partition).collect())
    }

    /// Compares what is stored with the offsets that Kafka has given out, and the last stored records
    /// with what Kafka has there. `quarantine` is everything that is or was quarantined.
    ///
    /// # Errors
    ///
    /// If an engine does not answer.
    pub(crate) async fn audit(
        &self,
        ranges: &[PartitionRange],
        quarantine: &[Known],
    ) -> anyhow::Result<Audit> {
        let cut: Cut = ranges.iter().map(|at| ((at.topic, at.partition), at.cut)).collect();
        let stored = stored_offsets::stored(&self.client, &cut).await?;
        let differing = self.kafka.differing(&tables::tips(&self.client).await?).await?;
        let mut partitions = Vec::new();
        for at in ranges {
            let stored = stored.get(&(at.topic, at.partition));
            let stored = stored
                .map(|stored| StoredOffsets { lowest: stored.lowest, offsets: stored.offsets });
            let gaps =
                if at.absent(stored) == 0 { 0 } else { self.gaps(at, at.first(stored)).await? };
            let is_here = |topic, partition| (topic, partition) == (at.topic, at.partition);
            let in_state = |wanted: QuarantineState| {
                let of_state = quarantine.iter().filter(|(position, state)| {
                    *state == wanted
                        && is_here(position.topic, position.partition)
                        && position.offset < at.cut
                });
                of_state.count() as u64
            };
            partitions.push(PartitionAudit {
                differs: differing
                    .iter()
                    .any(|tip| is_here(tip.position.topic, tip.position.partition)),
                quarantined: in_state(QuarantineState::Open),
                discarded: in_state(QuarantineState::Discarded),
                ..at.audited(stored, gaps)
            });
        }
        Ok(Audit { partitions, differing })
    }

    /// How many of the offsets that are not stored have no record in Kafka either.
    async fn gaps(&self, at: &PartitionRange, first: u64) -> anyhow::Result<u64> {
        let partition = (at.topic, at.partition);
        let absent = stored_offsets::absent(&self.client, partition, first..at.cut).await?;
        let (topic, _) = self
            .topics
            .iter()
            .find(|(_, number)| *number == at.topic)
            .context("an audit of no topic")?;
        let (gaps, name) = (Arc::clone(&self.gaps), self.kafka.config().topic(*topic));
        let (partition, start) = (at.partition, at.start);
        let count = move || {
            let count = |range| gaps.count(&name, partition, range, start);
            absent.iter().map(count).sum()
        };
        tokio::task::spawn_blocking(count).await.context("an audit panicked")?
    }
}
