//! Makes a batch durable and tells the counter. It tries until it succeeds: the same rows can be
//! written any number of times.

use std::time::{Duration, Instant};

use anyhow::Context;
use clickhouse::{Client, Row, RowOwned, RowWrite};
use daemon::admin::PartReadiness;
use daemon::kafka::Topic;
use rdkafka::producer::{FutureProducer, FutureRecord};
use tokio::time::sleep;

use crate::batch::Batch;
use crate::config::Config;

/// How long Kafka may take to acknowledge a touch.
const TOUCH_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest pause between two attempts.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Writes batches, one at a time.
pub(crate) struct Writer {
    client: Client,
    insert_timeout: Duration,
    producer: FutureProducer,
    touched_topic: String,
    readiness: PartReadiness,
}

impl Writer {
    /// A writer with connections of its own.
    ///
    /// # Errors
    ///
    /// If no Kafka client can be made.
    pub(crate) fn new(config: &Config, readiness: PartReadiness) -> anyhow::Result<Self> {
        // It can write until it finds that it cannot.
        readiness.set(true);
        Ok(Self {
            client: config.clickhouse.client(),
            insert_timeout: config.insert_timeout(),
            producer: config.kafka.producer(TOUCH_TIMEOUT).create()?,
            touched_topic: config.kafka.topic(Topic::Touched),
            readiness,
        })
    }

    /// Returns when the batch is durable and its touches are acknowledged, however long it takes.
    pub(crate) async fn write(&self, batch: &Batch) {
        let started = Instant::now();
        for rows in batch.rows() {
            self.persist("records", || self.insert("records", rows)).await;
        }
        if !batch.names.is_empty() {
            self.persist("names", || self.insert("names", &batch.names)).await;
        }
        self.persist("touches", || self.touch(batch)).await;
        let records = u64::try_from(batch.len()).expect("a batch fits into memory");
        metrics::counter!("haochaping_loader_records_total").increment(records);
        metrics::histogram!("haochaping_loader_write_seconds").record(started.elapsed());
    }

    /// Tries until it succeeds. A service that cannot write is not ready, and says why.
    async fn persist<F: Future<Output = anyhow::Result<()>>>(
        &self,
        what: &'static str,
        attempt: impl Fn() -> F,
    ) {
        let mut pause = Duration::from_millis(50);
        while let Err(error) = attempt().await {
            self.readiness.set(false);
            metrics::counter!("haochaping_loader_failed_writes_total", "what" => what).increment(1);
            tracing::warn!(
                what,
                error = format!("{error:#}"),
                "failed to write; it is tried again"
            );
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
        self.readiness.set(true);
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
        let mut deliveries = Vec::new();
        for touched in batch.touched() {
            let value = serde_json::to_vec(&touched).context("failed to write a touch")?;
            let key = touched.province.number().to_string();
            let record = FutureRecord::to(&self.touched_topic).key(&key).payload(&value);
            let delivery = self.producer.send_result(record);
            deliveries
                .push(delivery.map_err(|(error, _)| error).context("failed to send a touch")?);
        }
        for delivery in deliveries {
            let delivered = delivery.await.context("a touch was given up")?;
            delivered.map_err(|(error, _)| error).context("a touch was not acknowledged")?;
        }
        Ok(())
    }
}
