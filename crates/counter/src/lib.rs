//! Touched buckets → counts.
//!
//! The loader says which buckets have new records. What has piled up is recounted, each bucket once
//! and whole, by one statement in ClickHouse that labels the result with how many records it saw.
//! Of two recounts of a bucket the one that saw more wins, so it does not matter how many counters
//! run, how late one of them writes or how often it repeats itself: there is nothing to fence.
//!
//! There are three tables of counts, each with a loop of its own at its own pace ([`Table`]):
//! figures of a day's cells follow within a second, items and distinct cases more slowly.

mod config;
mod counting;
pub mod recount;
pub mod schedule;
pub mod sweep;
mod table;

use daemon::admin::{self, Readiness};
use daemon::lifecycle::Parts;
use strum::VariantArray;
use tokio_util::sync::CancellationToken;

pub use crate::config::Config;
pub use crate::table::Table;

/// Runs a counter until `stop`.
///
/// # Errors
///
/// If a Kafka client cannot be made or the admin port cannot be had.
pub async fn run(config: Config, stop: CancellationToken) -> anyhow::Result<()> {
    let readiness = Readiness::default();
    let mut parts = Parts::default();
    parts.spawn("admin", admin::run(config.admin_listen, readiness.clone(), stop.clone()));
    for table in Table::VARIANTS {
        let counting = counting::run(*table, config.clone(), readiness.clone(), stop.clone());
        parts.spawn(table.into(), counting);
    }
    readiness.set(true);
    let ended = parts.run(stop).await;
    readiness.set(false);
    ended
}
