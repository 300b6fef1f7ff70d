//! Which offsets Kafka has given out, and which the loader has committed. Reads, and decides nothing.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::metadata::{MetadataPartition, MetadataTopic};
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::{Offset, TopicPartitionList};

use crate::kafka::{Kafka, LOADER_GROUP};
use crate::known::KnownTopics;
use crate::settled::settled;
use crate::topic::Topic;

/// How long a broker may take for one answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// The offsets of a partition of a topic of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionOffsets {
    /// Our number for the topic.
    pub topic: u8,
    /// The partition.
    pub partition: u16,
    /// The first offset that Kafka still has.
    pub start: u64,
    /// What the loader has committed: everything below is stored (D3). `None` if it has committed
    /// nothing.
    pub committed: Option<u64>,
    /// The offset that the next record gets.
    pub end: u64,
}

impl Kafka {
    /// The offsets of every partition of the topics of events. Commits are read before the ends, so
    /// that a commit is beyond an end only if Kafka has lost records.
    ///
    /// # Errors
    ///
    /// If a broker does not answer.
    pub async fn offsets(&self) -> anyhow::Result<Vec<PartitionOffsets>> {
        let topics = Arc::clone(&self.topics);
        // A consumer with the group's name may read its commits, and joins nothing.
        let config = self.config.consumer(LOADER_GROUP, self.database);
        let reading = tokio::task::spawn_blocking(move || {
            let consumer = config.create().context("failed to create a Kafka client")?;
            read(&consumer, &topics)
        });
        reading.await.context("the look-up of offsets panicked")?
    }
}

fn read(consumer: &BaseConsumer, topics: &KnownTopics) -> anyhow::Result<Vec<PartitionOffsets>> {
    let mut asked = TopicPartitionList::new();
    for topic in Topic::LOADED {
        let name = topics.name(topic);
        let metadata = consumer
            .fetch_metadata(Some(name), ANSWER_TIMEOUT)
            .with_context(|| format!("failed to look up the topic {name}"))?;
        let partitions = metadata.topics().iter().flat_map(MetadataTopic::partitions);
        for partition in partitions.map(MetadataPartition::id) {
            asked.add_partition(name, partition);
        }
    }
    let committed = settled(ANSWER_TIMEOUT, || {
        let committed = consumer.committed_offsets(asked.clone(), ANSWER_TIMEOUT)?;
        committed.elements().iter().try_for_each(TopicPartitionListElem::error)?;
        Ok(committed)
    });
    let committed = committed.context("failed to read what the loader has committed")?;
    let of_partition = |committed: &TopicPartitionListElem| {
        let (name, partition) = (committed.topic(), committed.partition());
        let known = topics.by_name(name).context("an answer about another topic")?;
        let ends = || consumer.fetch_watermarks(name, partition, ANSWER_TIMEOUT);
        let (start, end) = settled(ANSWER_TIMEOUT, ends)
            .with_context(|| format!("failed to read the ends of {name}/{partition}"))?;
        let committed = match committed.offset() {
            Offset::Offset(offset) => Some(offset),
            Offset::Invalid => None,
            unexpected => anyhow::bail!("the loader has committed {unexpected:?}"),
        };
        Ok(PartitionOffsets {
            topic: known.number,
            partition: u16::try_from(partition).context("a partition is out of range")?,
            start: number(start)?,
            committed: committed.map(number).transpose()?,
            end: number(end)?,
        })
    };
    committed.elements().iter().map(of_partition).collect()
}

fn number(offset: i64) -> anyhow::Result<u64> {
    u64::try_from(offset).context("an offset is negative")
}
