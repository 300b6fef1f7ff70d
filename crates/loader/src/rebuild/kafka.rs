//! Reads what Kafka has, from the first record to a fixed end, without a group.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail, ensure};
use domain::Position;
use indicatif::ProgressBar;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};
use tables::{Engines, Part};
use tokio::sync::mpsc;
use topics::{Content, KnownTopic, PartitionOffsets, Topic};

use super::spans::{Span, Spans};
use crate::batch::Batch;
use crate::names::Names;

/// How many records are written together.
const BATCH_RECORDS: usize = 100_000;

/// How long Kafka may return nothing.
const SILENCE_MAX: Duration = Duration::from_mins(2);

/// The partitions of the topics of events, and which offsets of them can be read.
pub(crate) async fn spans(engines: &Engines) -> anyhow::Result<Spans> {
    let offsets = engines.kafka().offsets().await?.into_iter();
    let span = |at: PartitionOffsets| {
        let committed = at.committed.unwrap_or(0);
        ((at.topic, at.partition), Span { first: at.start, end: at.end, committed })
    };
    Ok(Spans(offsets.map(span).collect()))
}

/// Where each partition ends now.
pub(crate) async fn ends(engines: &Engines) -> anyhow::Result<BTreeMap<Part, u64>> {
    let offsets = engines.kafka().offsets().await?.into_iter();
    Ok(offsets.map(|at| ((at.topic, at.partition), at.end)).collect())
}

/// Reads spans, and hands over what it has read, batch by batch.
pub(crate) async fn read(
    engines: &Engines,
    spans: Spans,
    batches: mpsc::Sender<Batch>,
    bar: ProgressBar,
) -> anyhow::Result<()> {
    let kafka = engines.kafka();
    let (config, topics) = (kafka.config().reader(), Arc::clone(kafka.topics()));
    blocking(move || {
        let consumer: BaseConsumer = config.create().context("failed to create a consumer")?;
        let (batch, names) = (Batch::default(), Names::default());
        let mut reading = Reading { consumer, batches, batch, names, bar };
        // Topic after topic: the client reports the end of a partition without the topic's name.
        for topic in Topic::LOADED {
            reading.read(topics.known(topic), &spans)?;
        }
        reading.hand_over()
    })
    .await
}

struct Reading {
    consumer: BaseConsumer,
    batches: mpsc::Sender<Batch>,
    batch: Batch,
    names: Names,
    bar: ProgressBar,
}

impl Reading {
    fn read(&mut self, known: &KnownTopic, spans: &Spans) -> anyhow::Result<()> {
        let Content::Events(kind) = known.content else { bail!("{} has no events", known.name) };
        let mut at = TopicPartitionList::new();
        // The end of each partition that is not read to its end.
        let mut left: BTreeMap<u16, u64> = BTreeMap::new();
        // The lowest offset of each partition that no record has had so far.
        let mut free: BTreeMap<u16, u64> = BTreeMap::new();
        for ((_, partition), span) in
            spans.0.iter().filter(|((topic, _), _)| *topic == known.number)
        {
            if span.first < span.end {
                let first = i64::try_from(span.first).context("an offset is too large")?;
                let first = Offset::Offset(first);
                at.add_partition_offset(&known.name, i32::from(*partition), first)?;
                left.insert(*partition, span.end);
            }
        }
        self.consumer.assign(&at).context("failed to assign partitions")?;
        let mut last = Instant::now();
        while !left.is_empty() {
            match self.consumer.poll(Duration::from_millis(500)) {
                None => {
                    ensure!(last.elapsed() < SILENCE_MAX, "Kafka returned nothing for too long");
                    continue;
                }
                Some(Ok(message)) => {
                    let appended = topics::appended(known.number, &message)?;
                    let Position { partition, offset, .. } = appended.position;
                    let Some(end) = left.get(&partition).copied() else { continue };
                    let free = free.entry(partition).or_default();
                    // A second record at an offset is loaded where the loader has appended it again.
                    if (*free..end).contains(&offset) {
                        *free = offset + 1;
                        let value = message.payload().unwrap_or_default();
                        let source = || topics::source_of(&message);
                        self.batch.push(appended, value, kind, source, &mut self.names);
                        self.bar.inc(1);
                    }
                    if offset + 1 >= end {
                        left.remove(&partition);
                    }
                }
                // The last offsets of a partition may have no records.
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    left.retain(|number, _| i32::from(*number) != partition);
                }
                Some(Err(KafkaError::MessageConsumption(
                    RDKafkaErrorCode::OffsetOutOfRange | RDKafkaErrorCode::AutoOffsetReset,
                ))) => {
                    bail!("Kafka has deleted records while they were read; run the rebuild again")
                }
                Some(Err(error)) => {
                    tracing::debug!(%error, "failed to read; it is retried");
                    continue;
                }
            }
            last = Instant::now();
            if self.batch.len() >= BATCH_RECORDS {
                self.hand_over()?;
            }
        }
        Ok(())
    }

    fn hand_over(&mut self) -> anyhow::Result<()> {
        let batch = std::mem::take(&mut self.batch);
        self.batches.blocking_send(batch).map_err(|_| anyhow!("the task that writes has ended"))
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(work).await.context("a reader panicked")?
}
