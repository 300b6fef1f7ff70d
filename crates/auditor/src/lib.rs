//! Shows that nothing is missing and nothing counts twice (D4).
//!
//! Two comparisons are made. The offsets that Kafka has given out are compared with those that are
//! stored: every record below the loader's commit must be there. The class of each stored record is
//! compared with the figures that are disclosed. Both are computed from what is stored, each time from the
//! beginning. Nothing here trusts an incremented counter, and nothing here writes to any table but
//! `audits`.
//!
//! This crate gathers evidence and shows it. Whether a ledger closes is concluded by `figures::ledger`.
//!
//! The service repeats the comparisons and reports differences in its metrics and its log. The command
//! `haochaping ledger` also classes every record again.

mod audit;
mod books;
mod command;
mod config;
mod ledger;
mod show;
mod sources;

use std::time::Duration;

use daemon::admin::{self, Readiness};
use tables::Engines;
use tokio_util::sync::CancellationToken;

pub use crate::command::{Args, ledger};
pub use crate::config::Config;

use crate::sources::Sources;

/// Audits repeatedly until `stop`.
///
/// # Errors
///
/// If an engine is not as the migrations left it, or the admin port cannot be bound.
pub async fn run(config: Config, stop: CancellationToken) -> anyhow::Result<()> {
    // Stopping must not wait for an engine that does not answer.
    let Some(sources) = stop.run_until_cancelled(prepare(&config)).await else { return Ok(()) };
    let readiness = Readiness::default();
    let rest = Duration::from_secs(config.audit_interval_s);
    let auditing = audit::repeat(sources?, rest, readiness.part(), stop.clone());
    admin::run_beside(config.admin_listen, readiness, stop.clone(), auditing).await
}

async fn prepare(config: &Config) -> anyhow::Result<Sources> {
    let engines = Engines::open(config.clickhouse.clone(), config.kafka.clone()).await?;
    Sources::new(&engines)
}
