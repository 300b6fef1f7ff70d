//! Which offsets Kafka gave out, and which the loader has committed. Reads, and decides nothing.

use std::time::Duration;

use anyhow::{Context, ensure};
use daemon::kafka::{KafkaConfig, Topic};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::metadata::MetadataTopic;
use rdkafka::{Offset, TopicPartitionList};
use uuid::Uuid;

use crate::partition::Offsets;

/// How long a broker may take for one answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// A consumer that joins no group: it only asks, and reads where it is told to.
///
/// # Errors
///
/// If no client can be made.
pub(crate) fn reader(kafka: &KafkaConfig, database: Uuid) -> anyhow::Result<BaseConsumer> {
    kafka
        .consumer("loader", database)
        // Where there is no record any more a reader must be told.
        .set("enable.partition.eof", "true")
        .create()
        .context("failed to make a Kafka client")
}

/// The offsets of every partition of the topics of events. What is committed is read before the
/// ends, and both before anything that is stored: so what should be there is never more than what
/// was there when it was looked for.
///
/// # Errors
///
/// If a broker does not answer.
pub(crate) fn read(
    reader: &BaseConsumer,
    kafka: &KafkaConfig,
    topics: &[(Topic, u8)],
) -> anyhow::Result<Vec<Offsets>> {
    let mut asked = TopicPartitionList::new();
    for (topic, _) in topics {
        let name = kafka.topic(*topic);
        let metadata = reader
            .fetch_metadata(Some(&name), ANSWER_TIMEOUT)
            .with_context(|| format!("failed to look up the topic {name}"))?;
        for partition in metadata.topics().iter().flat_map(MetadataTopic::partitions) {
            asked.add_partition(&name, partition.id());
        }
    }
    let committed = reader
        .committed_offsets(asked, ANSWER_TIMEOUT)
        .context("failed to read what the loader has committed")?;
    let mut offsets = Vec::new();
    for committed in committed.elements() {
        committed.error().context("failed to read what the loader has committed")?;
        let name = committed.topic();
        let number = topics
            .iter()
            .find(|(topic, _)| kafka.topic(*topic) == name)
            .map(|(_, number)| *number)
            .context("a broker tells of a topic that it was not asked for")?;
        let (start, end) = reader
            .fetch_watermarks(name, committed.partition(), ANSWER_TIMEOUT)
            .with_context(|| format!("failed to read the ends of the topic {name}"))?;
        let cut = match committed.offset() {
            Offset::Offset(offset) => offset,
            Offset::Invalid => start,
            odd => anyhow::bail!("the loader has committed {odd:?}"),
        };
        ensure!(cut >= 0 && start >= 0 && end >= 0, "an offset is negative");
        offsets.push(Offsets {
            topic: number,
            partition: u16::try_from(committed.partition()).context("an odd partition")?,
            start: start.unsigned_abs(),
            cut: cut.unsigned_abs(),
            end: end.unsigned_abs(),
            answered_from: None,
        });
    }
    Ok(offsets)
}
