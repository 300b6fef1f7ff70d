//! What Kafka has, read from the first record to a fixed end, without a group.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail, ensure};
use daemon::kafka::Topic;
use domain::Position;
use indicatif::ProgressBar;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};
use tokio::sync::mpsc;

use super::spans::{Part, Span, Spans};
use crate::access::Access;
use crate::batch::Batch;
use crate::names::Names;
use crate::record;
use crate::topics::{Content, Known, Topics};

/// How long Kafka may take for one answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How many records are written together.
const BATCH_RECORDS: usize = 100_000;

/// How long nothing may come.
const SILENCE_MAX: Duration = Duration::from_mins(2);

/// The partitions of the topics of events, and what of them can be read.
pub(crate) async fn spans(access: &Access) -> anyhow::Result<Spans> {
    let (config, topics) = (access.kafka.reader(), access.topics.clone());
    let group = access.kafka.consumer("loader", access.database);
    blocking(move || {
        let consumer: BaseConsumer = config.create().context("failed to make a consumer")?;
        // It asks what the loaders have committed, and joins nothing.
        let group: BaseConsumer = group.create().context("failed to make a consumer")?;
        let mut asked = TopicPartitionList::new();
        let mut spans = Spans::default();
        for (part, name, partition) in parts(&consumer, &topics)? {
            let (first, end) = watermarks(&consumer, &name, partition)?;
            spans.0.insert(part, Span { first, end, committed: 0 });
            asked.add_partition(&name, partition);
        }
        let committed =
            group.committed_offsets(asked, TIMEOUT).context("failed to ask what is committed")?;
        for element in committed.elements() {
            element.error().context("failed to ask what is committed")?;
            let known = topics.by_name(element.topic()).context("an answer of another topic")?;
            let number = u16::try_from(element.partition()).context("a partition is no number")?;
            let part = (known.number, number);
            if let (Offset::Offset(offset), Some(span)) = (element.offset(), spans.0.get_mut(&part))
            {
                span.committed = u64::try_from(offset).context("an offset is negative")?;
            }
        }
        Ok(spans)
    })
    .await
}

/// Where each partition ends by now.
pub(crate) async fn ends(access: &Access) -> anyhow::Result<BTreeMap<Part, u64>> {
    let (config, topics) = (access.kafka.reader(), access.topics.clone());
    blocking(move || {
        let consumer: BaseConsumer = config.create().context("failed to make a consumer")?;
        let ends = parts(&consumer, &topics)?
            .into_iter()
            .map(|(part, name, partition)| Ok((part, watermarks(&consumer, &name, partition)?.1)));
        ends.collect()
    })
    .await
}

/// Reads spans, and hands over what was read, batch by batch.
pub(crate) async fn read(
    access: &Access,
    spans: Spans,
    batches: mpsc::Sender<Batch>,
    bar: ProgressBar,
) -> anyhow::Result<()> {
    let (config, topics) = (access.kafka.reader(), access.topics.clone());
    blocking(move || {
        let consumer: BaseConsumer = config.create().context("failed to make a consumer")?;
        let (batch, names) = (Batch::default(), Names::default());
        let mut reading = Reading { consumer, batches, batch, names, bar };
        // Topic after topic: the end of a partition is told without the topic's name.
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
    fn read(&mut self, known: &Known, spans: &Spans) -> anyhow::Result<()> {
        let Content::Events(kind) = known.content else { bail!("{} has no events", known.name) };
        let mut at = TopicPartitionList::new();
        // The end of each partition that is not read to its end.
        let mut left: BTreeMap<u16, u64> = BTreeMap::new();
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
        self.consumer.assign(&at).context("failed to take on partitions")?;
        let mut last = Instant::now();
        while !left.is_empty() {
            match self.consumer.poll(Duration::from_millis(500)) {
                None => {
                    ensure!(last.elapsed() < SILENCE_MAX, "Kafka gave nothing for too long");
                    continue;
                }
                Some(Ok(message)) => {
                    let appended = record::appended(known.number, &message)?;
                    let Position { partition, offset, .. } = appended.position;
                    let Some(end) = left.get(&partition).copied() else { continue };
                    if offset < end {
                        let value = message.payload().unwrap_or_default();
                        let source = record::source_of(&message);
                        self.batch.push(appended, value, kind, source, &mut self.names);
                        self.bar.inc(1);
                    }
                    if offset + 1 >= end {
                        left.remove(&partition);
                    }
                }
                // The last offsets of a partition may hold no records.
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    left.retain(|number, _| i32::from(*number) != partition);
                }
                Some(Err(KafkaError::MessageConsumption(
                    RDKafkaErrorCode::OffsetOutOfRange | RDKafkaErrorCode::AutoOffsetReset,
                ))) => bail!("Kafka has deleted records while they were read; begin again"),
                Some(Err(error)) => {
                    tracing::debug!(%error, "reading is tried again");
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
        self.batches.blocking_send(batch).map_err(|_| anyhow!("nobody writes what is read"))
    }
}

/// Every partition of the topics of events, with its topic's name.
fn parts(consumer: &BaseConsumer, topics: &Topics) -> anyhow::Result<Vec<(Part, String, i32)>> {
    let mut parts = Vec::new();
    for topic in Topic::LOADED {
        let known = topics.known(topic);
        let metadata = consumer.fetch_metadata(Some(&known.name), TIMEOUT);
        let metadata = metadata.with_context(|| format!("failed to ask about {}", known.name))?;
        let described =
            metadata.topics().iter().flat_map(rdkafka::metadata::MetadataTopic::partitions);
        for partition in described.map(rdkafka::metadata::MetadataPartition::id) {
            let number = u16::try_from(partition).context("a partition is no number")?;
            parts.push(((known.number, number), known.name.clone(), partition));
        }
    }
    Ok(parts)
}

fn watermarks(consumer: &BaseConsumer, name: &str, partition: i32) -> anyhow::Result<(u64, u64)> {
    let (first, end) = consumer
        .fetch_watermarks(name, partition, TIMEOUT)
        .with_context(|| format!("failed to ask for the ends of {name}/{partition}"))?;
    let offset = |offset: i64| u64::try_from(offset).context("an offset is negative");
    Ok((offset(first)?, offset(end)?))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(work).await.context("a reader panicked")?
}
