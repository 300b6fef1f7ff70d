//! Writes records into Kafka with librdkafka alone: input for a loader, and a reference for the
//! intake.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use domain::Kind;
use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};
use strum::VariantArray;
use topics::{KafkaConfig, SOURCE_HEADER, Topic};

use crate::events::{Record, Spread, generate};

/// When librdkafka gives an event up; the intake's own setting is a second longer.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(29);

/// How long is waited for the last delivery report.
const FLUSH_TIMEOUT: Duration = Duration::from_mins(1);

/// How many events are handed over between two looks at reports.
const POLL_EVERY: u64 = 256;

/// Counts what was delivered.
#[derive(Default)]
struct Deliveries {
    delivered: AtomicU64,
    failed: AtomicU64,
}

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let count = if result.is_ok() { &self.delivered } else { &self.failed };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// A producer with exactly the settings of the intake's.
pub struct Filler {
    producer: BaseProducer<Deliveries>,
    topics: BTreeMap<Kind, String>,
    source: String,
    sent: u64,
}

impl Filler {
    /// Connects by itself, later.
    ///
    /// # Errors
    ///
    /// If librdkafka does not take the settings.
    pub fn new(kafka: &KafkaConfig) -> anyhow::Result<Self> {
        let producer = kafka
            .producer(DELIVERY_TIMEOUT)
            .create_with_context(Deliveries::default())
            .context("failed to make a Kafka producer")?;
        let topics = Kind::VARIANTS.iter().map(|kind| (*kind, kafka.topic(Topic::of(*kind))));
        let topics = topics.collect();
        Ok(Self { producer, topics, source: simulator::plan::SOURCE.to_owned(), sent: 0 })
    }

    /// Hands a record over. Blocks while the queue is full.
    ///
    /// # Errors
    ///
    /// If librdkafka refuses it.
    pub fn send(&mut self, kind: Kind, key: [u8; 8], value: &[u8]) -> anyhow::Result<()> {
        let headers = OwnedHeaders::new_with_capacity(1)
            .insert(Header { key: SOURCE_HEADER, value: Some(self.source.as_str()) });
        let topic = &self.topics[&kind];
        let mut record = BaseRecord::to(topic).key(&key[..]).payload(value).headers(headers);
        loop {
            match self.producer.send(record) {
                Ok(()) => break,
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                    record = again;
                    self.producer.poll(Duration::from_millis(5));
                }
                Err((error, _)) => return Err(error).context("failed to hand a record to Kafka"),
            }
        }
        self.sent += 1;
        if self.sent.is_multiple_of(POLL_EVERY) {
            self.producer.poll(Duration::ZERO);
        }
        Ok(())
    }

    /// Waits for the last delivery report, and returns how many records were delivered.
    ///
    /// # Errors
    ///
    /// If a record was not delivered.
    pub fn flush(&mut self) -> anyhow::Result<u64> {
        self.producer.flush(FLUSH_TIMEOUT).context("failed to wait for the delivery reports")?;
        let Deliveries { delivered, failed } = &**self.producer.context();
        let (delivered, failed) =
            (delivered.load(Ordering::Relaxed), failed.load(Ordering::Relaxed));
        ensure!(failed == 0 && delivered == self.sent, "{failed} records were not delivered");
        Ok(delivered)
    }
}

/// Writes so many events of the simulator.
///
/// # Errors
///
/// If one cannot be made or delivered.
pub async fn fill(
    kafka: &KafkaConfig,
    count: u64,
    seed: u64,
    spread: Spread,
) -> anyhow::Result<()> {
    let mut filler = Filler::new(kafka)?;
    let filling = tokio::task::spawn_blocking(move || {
        generate(count, seed, spread, |event| {
            let Record { kind, key, value } = Record::of(event);
            filler.send(kind, key, &value)
        })?;
        filler.flush()
    });
    let delivered = filling.await.context("the filling panicked")??;
    ensure!(delivered == count, "{delivered} records were written and not {count}");
    Ok(())
}

/// Writes records that are in memory, and says how long it took until the last report. The first
/// `warm` of them go before the clock starts, so that connections are open and topics known.
///
/// # Errors
///
/// If one cannot be delivered.
pub async fn publish(
    kafka: &KafkaConfig,
    records: Arc<[Record]>,
    warm: usize,
) -> anyhow::Result<Duration> {
    let mut filler = Filler::new(kafka)?;
    let publishing = tokio::task::spawn_blocking(move || {
        let (before, measured) = records.split_at(warm);
        let mut all = |records: &[Record]| -> anyhow::Result<Duration> {
            let since = Instant::now();
            for Record { kind, key, value } in records {
                filler.send(*kind, *key, value)?;
            }
            filler.flush()?;
            Ok(since.elapsed())
        };
        all(before)?;
        all(measured)
    });
    publishing.await.context("the publishing panicked")?
}
