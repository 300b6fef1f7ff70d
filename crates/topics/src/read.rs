//! Reads records whose addresses are known.

use std::cmp::Ordering;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, TopicPartitionList};

use crate::address::RecordAddress;
use crate::kafka::Kafka;
use crate::known::KnownTopics;
use crate::record::{Appended, appended};

/// How long one record may take.
const RECORD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long one poll waits.
const POLL: Duration = Duration::from_millis(500);

/// A record as it rests in Kafka.
#[derive(Debug)]
pub struct Record {
    /// Where and when it was appended.
    pub appended: Appended,
    /// Its bytes, which may be anything.
    pub value: Vec<u8>,
}

/// Kafka has no record there: it never had one, or has it no longer.
#[derive(Debug, thiserror::Error)]
#[error("Kafka has no record at {0}")]
pub struct NoRecord(RecordAddress);

/// An address, and the record there or why there is none: [`NoRecord`] if Kafka says so.
pub type Found = (RecordAddress, anyhow::Result<Record>);

impl Kafka {
    /// The records at these addresses, in their order.
    ///
    /// # Errors
    ///
    /// If no Kafka client can be created.
    pub async fn records(&self, addresses: Vec<RecordAddress>) -> anyhow::Result<Vec<Found>> {
        let (config, topics) = (self.config.reader(), Arc::clone(&self.topics));
        let reading = tokio::task::spawn_blocking(move || {
            let consumer = config.create().context("failed to create a consumer")?;
            let mut reader = Reader { consumer, topics: &topics, next: None };
            Ok(addresses.into_iter().map(|address| (address, reader.record(address))).collect())
        });
        reading.await.context("a reader panicked")?
    }

    /// The record at an address.
    ///
    /// # Errors
    ///
    /// [`NoRecord`] if Kafka has none there; or if it does not answer.
    pub async fn record(&self, address: RecordAddress) -> anyhow::Result<Record> {
        self.records(vec![address]).await?.remove(0).1
    }
}

struct Reader<'t> {
    consumer: BaseConsumer,
    topics: &'t KnownTopics,
    /// What the next poll returns if the partition goes on without a gap.
    next: Option<RecordAddress>,
}

impl Reader<'_> {
    fn record(&mut self, address: RecordAddress) -> anyhow::Result<Record> {
        // Neighbours are read without seeking.
        if self.next.take() != Some(address) {
            self.seek(address).with_context(|| format!("failed to go to {address}"))?;
        }
        let deadline = Instant::now() + RECORD_TIMEOUT;
        while Instant::now() < deadline {
            match self.consumer.poll(POLL) {
                None => {}
                Some(Ok(message)) => {
                    let record = record_of(self.topics.known(address.topic).number, &message)?;
                    match record.appended.position.offset.cmp(&address.offset) {
                        Ordering::Equal => {}
                        // A second record at an earlier offset: the loader has appended it again.
                        Ordering::Less => continue,
                        Ordering::Greater => bail!(NoRecord(address)),
                    }
                    self.next = Some(RecordAddress { offset: address.offset + 1, ..address });
                    return Ok(record);
                }
                Some(Err(
                    KafkaError::PartitionEOF(_)
                    | KafkaError::MessageConsumption(
                        RDKafkaErrorCode::OffsetOutOfRange | RDKafkaErrorCode::AutoOffsetReset,
                    ),
                )) => bail!(NoRecord(address)),
                // The client restores lost connections by itself.
                Some(Err(error)) => tracing::debug!(%error, "failed to read a record; retrying"),
            }
        }
        bail!("Kafka did not answer in time")
    }

    fn seek(&self, address: RecordAddress) -> anyhow::Result<()> {
        let mut at = TopicPartitionList::new();
        let offset = i64::try_from(address.offset).context("an offset is too large")?;
        let name = self.topics.name(address.topic);
        at.add_partition_offset(name, i32::from(address.partition), Offset::Offset(offset))?;
        self.consumer.assign(&at)?;
        Ok(())
    }
}

fn record_of(number: u8, message: &BorrowedMessage) -> anyhow::Result<Record> {
    Ok(Record {
        appended: appended(number, message)?,
        value: message.payload().unwrap_or_default().to_vec(),
    })
}
