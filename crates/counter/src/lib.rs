//! Turns touched buckets into counts.
//!
//! The loader says which buckets have new records. The counter recounts the buckets that have
//! accumulated, each once and as a whole, in one ClickHouse statement that labels the result with
//! the number of records it saw. Of two recounts of a bucket, the one that saw more wins. So it
//! does not matter how many counters run, how late one of them writes or how often it repeats
//! itself: there is nothing to fence.
//!
//! There are four tables of counts, each with a loop of its own at its own pace ([`tables::counts::Table`]):
//! figures of a day's cells follow within a second or two; items, distinct cases and the ledger more
//! slowly.

mod attempts;
mod config;
mod counting;
pub mod pace;
mod priority;
pub mod rebuild;
pub mod recount;
pub mod schedule;
pub mod statements;

use daemon::admin::{self, Readiness};
use daemon::lifecycle::Parts;
use strum::VariantArray;
use tables::counts::Table;
use tables::{active_rule, migrations};
use tokio_util::sync::CancellationToken;

pub use crate::config::Config;
use crate::counting::Counting;

/// Runs a counter until `stop`.
///
/// # Errors
///
/// If a Kafka client cannot be created or the admin port is not available.
pub async fn run(config: Config, stop: CancellationToken) -> anyhow::Result<()> {
    let client = config.clickhouse.client();
    // An engine that stands still gives no answer: a counter that is told to stop does not wait for it.
    let check = async {
        let database = migrations::check(&client).await?;
        active_rule::tell_of_unknown(&client).await?;
        anyhow::Ok(database)
    };
    let Some(database) = stop.run_until_cancelled(check).await else {
        return Ok(());
    };
    let database = database?;
    let readiness = Readiness::default();
    let mut parts = Parts::default();
    for table in Table::VARIANTS {
        let (readiness, stop) = (readiness.part(), stop.clone());
        let counting = Counting { table: *table, database, readiness, stop };
        parts.spawn(table.into(), counting::run(config.clone(), counting));
    }
    let tables = parts.run(stop.clone());
    admin::run_beside(config.admin_listen, readiness, stop, tables).await
}
