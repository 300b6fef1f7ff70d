//! Finds out whether Kafka has records at offsets that are not stored. A broker gives offsets to
//! things that are not records: the end of a transaction, for one.

use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};

use crate::settings::KafkaConfig;

/// How long a broker may take until it has shown a range.
const RANGE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long one poll waits.
const POLL: Duration = Duration::from_millis(200);

/// Reads ranges of offsets to find out how many of them have no record.
pub struct GapReader {
    consumer: BaseConsumer,
}

impl GapReader {
    /// A reader with a connection of its own.
    ///
    /// # Errors
    ///
    /// If no Kafka client can be created.
    pub fn new(config: &KafkaConfig) -> anyhow::Result<Self> {
        let consumer = config.reader().create().context("failed to create a Kafka client")?;
        Ok(Self { consumer })
    }

    /// How many offsets of a range of the topic with this full name have no record in Kafka. `start`
    /// is the first offset that Kafka still has: what lies below it may have had a record. Blocks.
    ///
    /// # Errors
    ///
    /// If the range cannot be read.
    pub fn count(
        &self,
        topic: &str,
        partition: u16,
        range: &Range<u64>,
        start: u64,
    ) -> anyhow::Result<u64> {
        let from = range.start.max(start);
        if from >= range.end {
            return Ok(0);
        }
        let mut at = TopicPartitionList::new();
        let offset = Offset::Offset(i64::try_from(from).context("an offset is too large")?);
        at.add_partition_offset(topic, i32::from(partition), offset)
            .context("an offset is out of range")?;
        self.consumer.assign(&at).context("failed to begin reading")?;
        let records = records_until(&self.consumer, range.end);
        self.consumer.unassign().context("failed to end reading")?;
        Ok((range.end - from).saturating_sub(records?))
    }
}

/// How many offsets have records before `end`, or before the partition ends.
fn records_until(reader: &BaseConsumer, end: u64) -> anyhow::Result<u64> {
    let deadline = Instant::now() + RANGE_TIMEOUT;
    let mut shown = Shown::default();
    while Instant::now() < deadline {
        match reader.poll(POLL) {
            None => {}
            Some(Ok(message)) if message.offset().unsigned_abs() >= end => return Ok(shown.offsets),
            Some(Ok(message)) => shown.on_record(message.offset()),
            Some(Err(KafkaError::PartitionEOF(_))) => return Ok(shown.offsets),
            Some(Err(error)) => return Err(error).context("failed to read"),
        }
    }
    bail!("Kafka did not return in time what lies between stored records")
}

/// How many offsets have records. A broker without room may have written one twice.
#[derive(Default)]
struct Shown {
    offsets: u64,
    next: i64,
}

impl Shown {
    fn on_record(&mut self, offset: i64) {
        if offset >= self.next {
            self.offsets += 1;
            self.next = offset + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_with_two_records_is_one() {
        let mut shown = Shown::default();
        for offset in [3, 5, 6, 5, 6, 8] {
            shown.on_record(offset);
        }
        assert_eq!(shown.offsets, 4);
    }
}
