//! Reads records whose positions are known.

use std::cmp::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, TopicPartitionList};

use crate::access::Access;
use crate::quarantine::Place;
use crate::record;
use crate::row::Appended;
use crate::topics::Topics;

/// How long one record may take.
const RECORD_TIMEOUT: Duration = Duration::from_secs(30);

/// A record as it rests in Kafka.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) appended: Appended,
    pub(crate) value: Vec<u8>,
}

/// Kafka has no record there: it never had one, or has it no longer.
#[derive(Debug, thiserror::Error)]
#[error("Kafka has no record at {0}")]
pub(crate) struct NoRecord(Place);

/// A place, and the record there or why there is none.
pub(crate) type Found = (Place, anyhow::Result<Record>);

/// The records at these places, in their order.
pub(crate) async fn read(access: &Access, places: Vec<Place>) -> anyhow::Result<Vec<Found>> {
    let (config, topics) = (access.kafka.reader(), access.topics.clone());
    let reading = tokio::task::spawn_blocking(move || {
        let consumer: BaseConsumer = config.create().context("failed to make a consumer")?;
        let mut reader = Reader { consumer, topics: &topics, next: None };
        Ok(places.into_iter().map(|place| (place, reader.record(place))).collect())
    });
    reading.await.context("a reader panicked")?
}

/// The bytes of a record, which may be anything.
///
/// # Errors
///
/// If Kafka does not answer, or has no record there any more.
pub async fn bytes(access: &Access, place: Place) -> anyhow::Result<Vec<u8>> {
    let mut found = read(access, vec![place]).await?;
    Ok(found.remove(0).1?.value)
}

struct Reader<'t> {
    consumer: BaseConsumer,
    topics: &'t Topics,
    /// What the next poll brings, if all is well.
    next: Option<Place>,
}

impl Reader<'_> {
    fn record(&mut self, place: Place) -> anyhow::Result<Record> {
        // Neighbours are read in one go.
        if self.next.take() != Some(place) {
            self.seek(place).with_context(|| format!("failed to go to {place}"))?;
        }
        let deadline = Instant::now() + RECORD_TIMEOUT;
        while Instant::now() < deadline {
            match self.consumer.poll(Duration::from_millis(500)) {
                None => {}
                Some(Ok(message)) => {
                    let record = found(self.topics.known(place.topic).number, &message)?;
                    match record.appended.position.offset.cmp(&place.offset) {
                        Ordering::Equal => {}
                        // A second record at an offset before it: the loader has appended it again.
                        Ordering::Less => continue,
                        Ordering::Greater => bail!(NoRecord(place)),
                    }
                    self.next = Some(Place { offset: place.offset + 1, ..place });
                    return Ok(record);
                }
                Some(Err(
                    KafkaError::PartitionEOF(_)
                    | KafkaError::MessageConsumption(
                        RDKafkaErrorCode::OffsetOutOfRange | RDKafkaErrorCode::AutoOffsetReset,
                    ),
                )) => bail!(NoRecord(place)),
                // The client mends lost connections by itself.
                Some(Err(error)) => tracing::debug!(%error, "reading is tried again"),
            }
        }
        bail!("Kafka did not answer in time")
    }

    fn seek(&self, place: Place) -> anyhow::Result<()> {
        let mut at = TopicPartitionList::new();
        let offset = i64::try_from(place.offset).context("an offset is too large")?;
        let name = self.topics.name(place.topic);
        at.add_partition_offset(name, i32::from(place.partition), Offset::Offset(offset))?;
        self.consumer.assign(&at)?;
        Ok(())
    }
}

fn found(number: u8, message: &BorrowedMessage) -> anyhow::Result<Record> {
    Ok(Record {
        appended: record::appended(number, message)?,
        value: message.payload().unwrap_or_default().to_vec(),
    })
}
