//! One audit, and the service that repeats it.

use std::time::{Duration, Instant};

use anyhow::Context;
use clickhouse::{Client, Row};
use daemon::admin::PartReadiness;
use serde::Serialize;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::books::{self, Difference};
use crate::figures;
use crate::partition::Audited;
use crate::sources::Sources;

/// How many times as long as an audit took is rested at least: it reads the offsets of all history.
const REST_FACTOR: u32 = 20;

/// A row of the table `audits`.
#[derive(Clone, Debug, Row, Serialize)]
struct AuditRow {
    topic: u8,
    partition: u16,
    audited_at: u32,
    first: u64,
    cut: u64,
    end: u64,
    stored: u64,
    gaps: u64,
    missing: u64,
}

/// Audits until `stop`, and rests in between.
///
/// # Errors
///
/// None: an audit that fails is told of and tried again.
pub(crate) async fn repeat(
    sources: Sources,
    rest: Duration,
    readiness: PartReadiness,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let audits = async {
        loop {
            let began = Instant::now();
            match once(&sources).await {
                Ok(()) => readiness.set(true),
                Err(error) => {
                    readiness.set(false);
                    metrics::counter!("haochaping_auditor_failed_audits_total").increment(1);
                    tracing::warn!(error = format!("{error:#}"), "an audit failed");
                }
            }
            sleep(rest.max(began.elapsed() * REST_FACTOR)).await;
        }
    };
    stop.run_until_cancelled(audits).await;
    Ok(())
}

async fn once(sources: &Sources) -> anyhow::Result<()> {
    let offsets = sources.offsets().await?;
    let partitions = sources.audit(&offsets).await?;
    store(&sources.client(), &partitions).await?;
    let (classed, disclosed) =
        (figures::classed(&sources.client()).await?, figures::disclosed(&sources.client()).await?);
    let mut incomplete = books::of_partitions(&partitions);
    incomplete.extend(books::of_tips(&sources.differing().await?));
    let miscounted = books::of_figures(&classed, &disclosed);
    tell(&partitions, &incomplete, &miscounted);
    Ok(())
}

async fn store(client: &Client, partitions: &[Audited]) -> anyhow::Result<()> {
    let now = jiff::Timestamp::now().as_second();
    let audited_at = u32::try_from(now).context("the clock is odd")?;
    let mut insert =
        client.insert::<AuditRow>("audits").await.context("failed to note an audit")?;
    for at in partitions {
        let Audited { topic, partition, first, cut, end, stored, gaps, missing } = *at;
        let row = AuditRow { topic, partition, audited_at, first, cut, end, stored, gaps, missing };
        insert.write(&row).await.context("failed to note an audit")?;
    }
    insert.end().await.context("failed to note an audit")
}

/// Tells of the findings in metrics, and of each difference in the log.
fn tell(partitions: &[Audited], incomplete: &[Difference], miscounted: &[Difference]) {
    let sum = |of: fn(&Audited) -> u64| partitions.iter().map(of).sum::<u64>();
    gauge("haochaping_ledger_missing_records", sum(|at| at.missing));
    gauge("haochaping_ledger_waiting_records", sum(Audited::waiting));
    gauge("haochaping_ledger_incomplete_partitions", incomplete.len() as u64);
    gauge("haochaping_ledger_figures_that_differ", miscounted.len() as u64);
    for difference in incomplete.iter().chain(miscounted) {
        tracing::error!(%difference, "the ledger does not close; see `haochaping ledger`");
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
fn gauge(name: &'static str, value: u64) {
    metrics::gauge!(name).set(value as f64);
}
