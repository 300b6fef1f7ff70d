//! Shows that nothing is missing and nothing counts twice (D4).
//!
//! Two things are laid beside what the loader and the counter have done. The offsets that Kafka gave
//! out, beside those that are stored: every record below the loader's commit must be there. And the
//! class of each stored record, beside the figures that are disclosed. Both are derived from what is
//! stored, each time anew; nothing here trusts a counter that somebody has added to, and nothing
//! here writes anywhere but into the table of its own findings.
//!
//! The service compares offsets and figures again and again and tells of differences in its metrics.
//! The command `haochaping ledger` also classes every record anew.

mod audit;
mod books;
mod command;
mod config;
mod figures;
mod ledger;
mod partition;
mod show;
mod sources;
mod stored;

use std::time::Duration;

use daemon::admin::{self, Readiness};
use tables::Engines;
use tokio_util::sync::CancellationToken;

pub use crate::command::{Args, ledger};
pub use crate::config::Config;

use crate::sources::Sources;

/// Audits again and again until `stop`.
///
/// # Errors
///
/// If an engine is not as the migrations left it, or the admin port cannot be had.
pub async fn run(config: Config, stop: CancellationToken) -> anyhow::Result<()> {
    // An engine that stands still gives no answer: who is told to stop does not wait for it.
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
