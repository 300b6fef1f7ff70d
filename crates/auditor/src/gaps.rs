//! Looks in Kafka whether there are records at offsets that are not stored. A broker gives offsets
//! to what is no record: the end of a transaction, for one.

use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};

/// How long a broker may take until it has shown a range.
const RANGE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long one poll waits.
const POLL: Duration = Duration::from_millis(200);

/// How many offsets of a range have no record in Kafka. `start` is the first offset that Kafka still
/// has: of what lies below nobody can say that there was no record.
///
/// # Errors
///
/// If the range cannot be read.
pub(crate) fn count(
    reader: &BaseConsumer,
    topic: &str,
    partition: i32,
    range: &Range<u64>,
    start: u64,
) -> anyhow::Result<u64> {
    let from = range.start.max(start);
    if from >= range.end {
        return Ok(0);
    }
    let mut at = TopicPartitionList::new();
    let offset = Offset::Offset(i64::try_from(from).context("an odd offset")?);
    at.add_partition_offset(topic, partition, offset).context("an odd offset")?;
    reader.assign(&at).context("failed to begin to read")?;
    let records = records_until(reader, range.end);
    reader.unassign().context("failed to end to read")?;
    Ok((range.end - from).saturating_sub(records?))
}

/// How many offsets have records before `end`, or before there is none any more.
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
    bail!("Kafka did not show in time what lies between stored records")
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
