//! Kafka → ClickHouse: one row for each record, whatever dies meanwhile.
//!
//! A worker is a thread that polls and parses, and a task that inserts. The thread fills the next
//! batch while the last one is on its way; how much of a partition is in which state is decided by
//! [`core`], which does no IO. What is inserted twice is the same row twice (D2), so a worker that
//! knows nothing any more simply begins again at the last offset that was committed; and an offset
//! is committed only when all below it is durable and its touches are acknowledged (D3).

mod batch;
mod config;
mod consumer;
pub mod core;
mod names;
mod row;
mod worker;
mod writer;

use std::sync::Arc;

use anyhow::Context;
use daemon::admin::{self, Readiness};
use daemon::lifecycle::Parts;
use daemon::migrations;
use tokio_util::sync::CancellationToken;

pub use crate::batch::Batch;
pub use crate::config::Config;
pub use crate::names::Names;
pub use crate::row::{Appended, RecordRow};
pub use crate::writer::Writer;

/// Runs a loader until `stop`.
///
/// # Errors
///
/// If an engine is not as the migrations left it, or a worker cannot go on.
pub async fn run(config: Config, stop: CancellationToken) -> anyhow::Result<()> {
    let client = config.clickhouse.client();
    let numbers = migrations::topic_numbers(&client, &config.kafka).await?;
    let topics = Arc::new(consumer::Topics::new(&config.kafka, &numbers));
    let readiness = Readiness::default();
    let mut parts = Parts::default();
    parts.spawn("admin", admin::run(config.admin_listen, readiness.clone(), stop.clone()));
    for _ in 0..config.workers.get() {
        let writer = Writer::new(&config, readiness.clone()).context("failed to make a writer")?;
        let topics = Arc::clone(&topics);
        parts.spawn("worker", worker::run(config.clone(), topics, writer, stop.clone()));
    }
    readiness.set(true);
    let ended = parts.run(stop).await;
    readiness.set(false);
    ended
}
