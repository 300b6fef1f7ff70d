//! Kafka → ClickHouse: one row for each record, whatever dies meanwhile.
//!
//! A worker is a thread that polls and parses, and a task that inserts. The thread fills the next
//! batch while the last one is being written; how much of a partition is in which state is decided by
//! `core`, which does no IO. What is inserted twice is the same row twice (D2), so a worker that has
//! lost its state simply begins again at the last committed offset; and an offset is committed only
//! when everything below it is durable and its touches are acknowledged (D3).
//!
//! No SQL stands here, and nothing that describes Kafka or a table: see `topics` and `tables`.

mod batch;
mod config;
mod consumer;
pub mod core;
mod fault;
mod names;
pub mod quarantine;
mod quarantined;
pub mod rebuild;
mod tips;
mod worker;
mod writer;

use std::sync::Arc;

use anyhow::Context;
use daemon::admin::{self, Readiness};
use daemon::lifecycle::Parts;
use tables::{Engines, loading_rule, migrations};
use tokio_util::sync::CancellationToken;
use topics::{Kafka, Topic, TopicWatch};

pub use crate::batch::Batch;
pub use crate::config::Config;
pub use crate::names::Names;

use crate::quarantine::Guard;
use crate::worker::Reading;
use crate::writer::Writer;

/// Runs a loader until `stop`.
///
/// # Errors
///
/// If an engine is not as the migrations left it, or a worker cannot continue.
pub async fn run(config: Config, stop: CancellationToken) -> anyhow::Result<()> {
    // An engine that hangs gives no answer: a service that is told to stop does not wait for it.
    let Some(prepared) = stop.run_until_cancelled(prepare(&config)).await else { return Ok(()) };
    let Prepared { kafka, watch, guard } = prepared?;
    let readiness = Readiness::default();
    let mut parts = Parts::default();
    for _ in 0..config.workers.get() {
        let writer = Writer::new(
            &config.clickhouse,
            &config.kafka,
            Arc::clone(kafka.topics()),
            config.insert_timeout(),
            readiness.part(),
        )
        .context("failed to create a writer")?;
        let reading = Reading {
            topics: Arc::clone(kafka.topics()),
            watch: Arc::clone(&watch),
            database: kafka.database(),
            guard: Arc::clone(&guard),
            readiness: readiness.part(),
            stop: stop.clone(),
        };
        parts.spawn("worker", worker::run(config.clone(), reading, writer));
    }
    let workers = parts.run(stop.clone());
    admin::run_beside(config.admin_listen, readiness, stop, workers).await
}

/// What is checked before anything is read.
struct Prepared {
    kafka: Kafka,
    watch: Arc<TopicWatch>,
    guard: Arc<Guard>,
}

/// Checks both engines.
async fn prepare(config: &Config) -> anyhow::Result<Prepared> {
    let client = config.clickhouse.client();
    migrations::check(&client).await?;
    loading_rule::check(&client).await?;
    // Before the topics are compared with those of the database, so that none changes in between.
    let kafka = config.kafka.clone();
    let watch = tokio::task::spawn_blocking(move || TopicWatch::begin(&kafka, &Topic::READ));
    let watch = Arc::new(watch.await.context("the look-up of topics panicked")??);
    let engines = Engines::open(config.clickhouse.clone(), config.kafka.clone()).await?;
    tips::ensure_the_same(&engines).await?;
    let guard = Arc::new(Guard::new(client, config.quarantine_open_max as usize).await?);
    Ok(Prepared { kafka: engines.kafka().clone(), watch, guard })
}
