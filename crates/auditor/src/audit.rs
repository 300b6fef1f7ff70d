//! One audit, and the service that repeats it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context;
use clickhouse::{Client, Row};
use daemon::admin::PartReadiness;
use jiff::Timestamp;
use serde::Serialize;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use topics::Differing;

use crate::books::{self, Difference};
use crate::figures;
use crate::partition::Audited;
use crate::sources::Sources;
use crate::stored;

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
    // An auditor that was stopped in between must not pass its old findings off as new ones.
    let asked_at = Timestamp::now();
    let offsets = sources.offsets().await?;
    let partitions = sources.audit(&offsets).await?;
    let doubled = without_missing(stored::doubled(sources.client()).await?, &partitions);
    let differing = sources.differing().await?;
    store(sources.client(), asked_at, &partitions, &doubled, &differing).await?;
    let (classed, disclosed) =
        (figures::classed(sources.client()).await?, figures::disclosed(sources.client()).await?);
    let mut incomplete = books::of_partitions(&partitions);
    incomplete.extend(books::of_tips(&differing));
    incomplete.extend(books::of_doubled(&partitions, &doubled));
    let miscounted = books::of_figures(&classed, &disclosed);
    tell(&partitions, &incomplete, &miscounted);
    Ok(())
}

/// A record that is gone from the table has its class until the next recount: it is not doubled.
fn without_missing(
    mut doubled: BTreeMap<(u8, u16), u64>,
    partitions: &[Audited],
) -> BTreeMap<(u8, u16), u64> {
    for at in partitions {
        if let Some(doubled) = doubled.get_mut(&(at.topic, at.partition)) {
            *doubled = doubled.saturating_sub(at.missing);
        }
    }
    doubled.retain(|_, doubled| *doubled > 0);
    doubled
}

/// Notes the findings for the public. There a record that is stored under two keys is one stored
/// offset too many, and a partition of which Kafka has another record misses that one.
async fn store(
    client: &Client,
    asked_at: Timestamp,
    partitions: &[Audited],
    doubled: &BTreeMap<(u8, u16), u64>,
    differing: &[Differing],
) -> anyhow::Result<()> {
    let audited_at = u32::try_from(asked_at.as_second()).context("the clock is odd")?;
    let mut insert =
        client.insert::<AuditRow>("audits").await.context("failed to note an audit")?;
    for at in partitions {
        let Audited { topic, partition, first, cut, end, stored, gaps, missing } = *at;
        let is_another =
            |at: &&Differing| (at.position.topic, at.position.partition) == (topic, partition);
        let row = AuditRow {
            topic,
            partition,
            audited_at,
            first,
            cut,
            end,
            stored: stored + doubled.get(&(topic, partition)).copied().unwrap_or(0),
            gaps,
            missing: missing + differing.iter().filter(is_another).count() as u64,
        };
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
