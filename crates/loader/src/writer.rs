//! Makes a batch durable, announces what could not be loaded, and notifies the counter. It retries until
//! it succeeds: the same rows and the same messages can be written any number of times. It decides
//! nothing: the order of the steps is that of [`Step::ALL`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use clickhouse::{Client, Row, RowOwned, RowWrite};
use daemon::admin::PartReadiness;
use domain::Position;
use rdkafka::message::Message;
use rdkafka::producer::future_producer::Delivery;
use rdkafka::producer::{FutureProducer, FutureRecord};
use tables::layout::{EntryPosition, EntryRow, NAMES, QUARANTINE, RECORDS, Rows};
use tables::{ClickHouseConfig, Engines};
use tokio::time::sleep;
use topics::{KafkaConfig, KnownTopics, Topic};
use wire::{QuarantineEntry, RecordDiscarded, Touched};

use crate::batch::Batch;
use crate::core::Step;
use crate::quarantined::{NewlyQuarantined, key};

/// How long ClickHouse may take for one insert of a command before it is sent again.
const COMMAND_INSERT_TIMEOUT: Duration = Duration::from_mins(1);

/// How long Kafka may take to acknowledge a message.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest pause between two attempts.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// The most messages on their way to Kafka at a time. Its client accepts 100,000.
const PUBLISHED_AT_ONCE_MAX: usize = 10_000;

/// Writes batches, one at a time.
pub(crate) struct Writer {
    client: Client,
    insert_timeout: Duration,
    producer: FutureProducer,
    touched_topic: String,
    quarantine_topic: String,
    topics: Arc<KnownTopics>,
    readiness: PartReadiness,
}

impl Writer {
    /// A writer with connections of its own.
    ///
    /// # Errors
    ///
    /// If no Kafka client can be created.
    pub(crate) fn new(
        clickhouse: &ClickHouseConfig,
        kafka: &KafkaConfig,
        topics: Arc<KnownTopics>,
        insert_timeout: Duration,
        readiness: PartReadiness,
    ) -> anyhow::Result<Self> {
        // It is ready until a write fails.
        readiness.set(true);
        Ok(Self {
            client: clickhouse.client(),
            insert_timeout,
            producer: kafka.producer(DELIVERY_TIMEOUT).create()?,
            touched_topic: kafka.topic(Topic::Touched),
            quarantine_topic: kafka.topic(Topic::Quarantine),
            topics,
            readiness,
        })
    }

    /// A writer for a command: it writes as the loader does, and reports its readiness to nobody.
    ///
    /// # Errors
    ///
    /// If no Kafka client can be created.
    pub(crate) fn of_command(engines: &Engines) -> anyhow::Result<Self> {
        let kafka = engines.kafka();
        let (topics, readiness) = (Arc::clone(kafka.topics()), PartReadiness::default());
        let timeout = COMMAND_INSERT_TIMEOUT;
        Self::new(engines.clickhouse(), kafka.config(), topics, timeout, readiness)
            .context("failed to create a writer")
    }

    /// Returns when the batch is durable and its touches are acknowledged, however long it takes.
    pub(crate) async fn write(&self, batch: &Batch) {
        let started = Instant::now();
        for step in Step::ALL {
            match step {
                Step::Records => self.write_rows(RECORDS, batch).await,
                Step::Names if batch.names.is_empty() => {}
                Step::Names => {
                    self.persist("names", || self.insert(NAMES, &batch.names)).await;
                }
                Step::Quarantine if batch.entries.is_empty() => {}
                Step::Quarantine => {
                    self.persist("quarantine", || self.insert(QUARANTINE, &batch.entries)).await;
                }
                Step::Quarantined => {
                    self.persist("quarantined", || self.announce_quarantined(batch)).await;
                }
                Step::Again if batch.again.is_empty() => {}
                Step::Again => self.persist("again", || self.append_again(batch)).await,
                Step::Touches => self.persist("touches", || self.touch(batch)).await,
            }
        }
        let records = u64::try_from(batch.len()).expect("a batch fits into memory");
        metrics::counter!("haochaping_loader_records_total").increment(records);
        metrics::histogram!("haochaping_loader_write_seconds").record(started.elapsed());
    }

    /// Returns when the rows are durable in another table that has the columns of `records`. Nothing is
    /// announced.
    pub(crate) async fn write_rows(&self, table: &str, batch: &Batch) {
        for rows in batch.inserts() {
            self.persist("records", || self.insert_rows(table, &rows)).await;
        }
    }

    /// Retries until an attempt succeeds. A service that cannot write is not ready, and logs why.
    async fn persist<F: Future<Output = anyhow::Result<()>>>(
        &self,
        what: &'static str,
        attempt: impl Fn() -> F,
    ) {
        let mut pause = Duration::from_millis(50);
        while let Err(error) = attempt().await {
            self.readiness.set(false);
            metrics::counter!("haochaping_loader_failed_writes_total", "what" => what).increment(1);
            tracing::warn!(what, error = format!("{error:#}"), "failed to write; it is retried");
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
        self.readiness.set(true);
    }

    async fn insert_rows(&self, table: &str, rows: &Rows) -> anyhow::Result<()> {
        let timeout = Some(self.insert_timeout);
        let insert = self.client.insert_native(table).with_timeouts(timeout, timeout);
        // Rows that are there twice collapse when parts are merged; looking for them in each insert costs
        // more than it saves.
        let mut insert = insert.with_setting("optimize_on_insert", "0");
        for block in rows.blocks() {
            insert.write(&block).await.context("failed to send rows")?;
        }
        insert.end().await.context("failed to finish an insert")
    }

    async fn insert<R>(&self, table: &str, rows: &[R]) -> anyhow::Result<()>
    where
        R: Row + RowOwned + RowWrite,
        for<'a> R: Row<Value<'a> = R>,
    {
        let insert = self.client.insert::<R>(table).await.context("failed to begin an insert")?;
        let timeout = Some(self.insert_timeout);
        let mut insert = insert.with_timeouts(timeout, timeout);
        for row in rows {
            insert.write(row).await.context("failed to send rows")?;
        }
        insert.end().await.context("failed to finish an insert")
    }

    async fn touch(&self, batch: &Batch) -> anyhow::Result<()> {
        let message = |touched: Touched| {
            let value = serde_json::to_vec(&touched).context("failed to serialize a touch")?;
            Ok((touched.province.number().to_string(), value))
        };
        let messages: anyhow::Result<Vec<_>> = batch.touched().map(message).collect();
        self.publish(keyed(&self.touched_topic, &messages?)).await?;
        Ok(())
    }

    /// Appends records whose offsets are taken to the ends of their partitions, with the same key, value
    /// and headers. What was appended and not acknowledged is appended once more: that is a repeat, and
    /// changes no figure.
    async fn append_again(&self, batch: &Batch) -> anyhow::Result<()> {
        let records = batch.again.iter().map(|message| FutureRecord {
            topic: message.topic(),
            partition: Some(message.partition()),
            payload: message.payload(),
            key: message.key(),
            timestamp: None,
            headers: message.headers().cloned(),
        });
        let appended = self.publish(records).await?.len();
        metrics::counter!("haochaping_loader_appended_again_total")
            .increment(u64::try_from(appended).expect("a batch fits into memory"));
        let first = batch
            .again
            .first()
            .map(|first| format!("{}/{}/{}", first.topic(), first.partition(), first.offset()));
        tracing::warn!(
            appended,
            first,
            "Kafka returned a second record at offsets that it had given out before; those records were \
             appended again. If a broker's disk was full, it may have lost events that it had \
             acknowledged: have the sources send the events of that time again"
        );
        Ok(())
    }

    async fn announce_quarantined(&self, batch: &Batch) -> anyhow::Result<()> {
        let message = |quarantined: &NewlyQuarantined| {
            let entry = quarantined.entry(&self.topics).context("a record of no known topic")?;
            Ok((key(&entry.origin()), entry.to_json()))
        };
        let messages: anyhow::Result<Vec<_>> = batch.quarantined.iter().map(message).collect();
        self.publish(keyed(&self.quarantine_topic, &messages?)).await?;
        Ok(())
    }

    /// Announces that records were discarded: to the topic, and at once to the table, as the row that
    /// the loader would write. So a loader that a storm of quarantined records has stopped finds it there.
    pub(crate) async fn discard(
        &self,
        discards: &[(Position, RecordDiscarded)],
    ) -> anyhow::Result<()> {
        let entries: Vec<_> = discards
            .iter()
            .map(|(position, said)| (*position, QuarantineEntry::Discarded(said.clone())))
            .collect();
        let messages: Vec<_> =
            entries.iter().map(|(_, entry)| (key(&entry.origin()), entry.to_json())).collect();
        let deliveries = self.publish(keyed(&self.quarantine_topic, &messages)).await?;
        let rows = entries.iter().zip(deliveries).map(|((position, entry), delivery)| {
            let partition =
                u16::try_from(delivery.partition).context("a partition is out of range")?;
            let offset = u64::try_from(delivery.offset).context("an offset is negative")?;
            Ok(EntryRow::new(*position, EntryPosition { partition, offset }, entry))
        });
        let rows: anyhow::Result<Vec<_>> = rows.collect();
        self.insert(QUARANTINE, &rows?).await
    }

    /// Returns when all are acknowledged.
    async fn publish<'r>(
        &self,
        mut records: impl Iterator<Item = FutureRecord<'r, [u8], [u8]>>,
    ) -> anyhow::Result<Vec<Delivery>> {
        let mut delivered = Vec::new();
        loop {
            let mut deliveries = Vec::new();
            for record in records.by_ref().take(PUBLISHED_AT_ONCE_MAX) {
                let topic = record.topic;
                let delivery = self.producer.send_result(record).map_err(|(error, _)| error);
                let delivery = delivery.with_context(|| format!("failed to send to {topic}"))?;
                deliveries.push((topic, delivery));
            }
            if deliveries.is_empty() {
                return Ok(delivered);
            }
            for (topic, delivery) in deliveries {
                let delivery = delivery
                    .await
                    .with_context(|| format!("{topic}: the client gave up the delivery"))?;
                let delivery = delivery.map_err(|(error, _)| error);
                delivered.push(delivery.with_context(|| format!("{topic} did not acknowledge"))?);
            }
        }
    }
}

/// Messages of a topic, in partitions by their keys.
fn keyed<'r>(
    topic: &'r str,
    messages: &'r [(String, Vec<u8>)],
) -> impl Iterator<Item = FutureRecord<'r, [u8], [u8]>> {
    let record = |(key, value): &'r (String, Vec<u8>)| {
        FutureRecord::to(topic).key(key.as_bytes()).payload(value.as_slice())
    };
    messages.iter().map(record)
}
