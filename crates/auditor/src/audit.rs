//! Runs one audit, and the service that repeats it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context;
use daemon::admin::PartReadiness;
use domain::ProvinceMonth;
use figures::ledger::{
    self, Classed, ClassedUnit, Conclusion, Finding, Installation, MonthEvidence, PartitionAudit,
    Reason, Verdict,
};
use jiff::Timestamp;
use strum::VariantNames;
use tables::audits::{self, AuditRow};
use tables::day_counts::{self, DayCount};
use tables::quarantine;
use tables::stored_offsets;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::books::{by_day, note_doubled, of_days};
use crate::sources::{Audit, Sources};

/// The auditor rests at least this many times as long as an audit took, because an audit reads the
/// offsets of all history.
const REST_FACTOR: u32 = 20;

/// The longest rest after an audit that has failed: until the next one nobody knows whether anything
/// is missing.
const REST_AFTER_FAILURE_MAX: Duration = Duration::from_secs(5);

/// How long the auditor rests after an audit that took so long. One that has failed mostly waited for
/// an engine, so its time says nothing of what an audit costs.
fn rest_after(has_failed: bool, took: Duration, rest: Duration) -> Duration {
    if has_failed { rest.min(REST_AFTER_FAILURE_MAX) } else { rest.max(took * REST_FACTOR) }
}

/// Audits until `stop`, and rests in between.
///
/// # Errors
///
/// None: an audit that fails is reported and repeated.
pub(crate) async fn repeat(
    sources: Sources,
    rest: Duration,
    readiness: PartReadiness,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let audits = async {
        loop {
            let began = Instant::now();
            let audited = once(&sources).await;
            readiness.set(audited.is_ok());
            if let Err(error) = &audited {
                metrics::counter!("haochaping_auditor_failed_audits_total").increment(1);
                tracing::warn!(error = format!("{error:#}"), "an audit failed");
            }
            sleep(rest_after(audited.is_err(), began.elapsed(), rest)).await;
        }
    };
    stop.run_until_cancelled(audits).await;
    Ok(())
}

async fn once(sources: &Sources) -> anyhow::Result<()> {
    // An auditor that was stopped in between must not pass its old findings off as new ones.
    let asked_at = Timestamp::now();
    let client = sources.client();
    let ranges = sources.ranges().await?;
    let quarantine = quarantine::known(client).await?;
    let Audit { mut partitions, .. } = sources.audit(&ranges, &quarantine).await?;
    note_doubled(&mut partitions, &stored_offsets::classed_beyond_stored(client).await?);
    let audited_at = u32::try_from(asked_at.as_second()).context("the clock is out of range")?;
    let rows: Vec<_> = partitions.iter().map(|audit| row(audit, audited_at)).collect();
    audits::note(client, &rows).await?;
    let classed = day_counts::classed(client).await?;
    let months = months(classed, day_counts::disclosed(client).await?);
    let installation = Installation { partitions: Some(partitions) };
    let conclusion = ledger::conclude(&installation, months.values());
    tell(&installation, &conclusion, &ledger::findings(&installation, &months));
    Ok(())
}

/// What was seen of a partition, as it is stored.
fn row(audit: &PartitionAudit, audited_at: u32) -> AuditRow {
    let PartitionAudit {
        topic,
        partition,
        first,
        cut,
        end,
        stored,
        gaps,
        missing,
        doubled,
        // Classes lag behind what is stored, so this service cannot say it.
        unclassed: _,
        differs,
        quarantined,
        discarded,
    } = *audit;
    AuditRow {
        topic,
        partition,
        audited_at,
        first,
        cut,
        end,
        stored,
        gaps,
        missing,
        doubled,
        differs,
        quarantined: Some(quarantined),
        discarded: Some(discarded),
    }
}

/// The evidence of all months, by the tables of counts.
fn months(
    classed: Vec<DayCount>,
    disclosed: Vec<DayCount>,
) -> BTreeMap<ProvinceMonth, MonthEvidence> {
    let units: Vec<_> = classed.iter().map(|day| (*day, unit(day))).collect();
    let mut months = of_days(&by_day(classed), &by_day(disclosed));
    for (DayCount { province, served_on, .. }, unit) in units {
        let of = ProvinceMonth { province, month: served_on.month() };
        months.entry(of).or_default().classed.push(unit);
    }
    months
}

fn unit(day: &DayCount) -> Classed {
    Classed { unit: ClassedUnit::Day(day.served_on), records: day.records, classed: day.classed }
}

/// Reports the conclusion and the findings in metrics, and each finding in the log.
fn tell(installation: &Installation, conclusion: &Conclusion, findings: &[Finding]) {
    let Conclusion { verdict, quarantined, waiting, .. } = conclusion;
    let partitions = installation.partitions.iter().flatten();
    gauge("haochaping_ledger_missing_records", partitions.map(|at| at.missing).sum());
    gauge("haochaping_ledger_waiting_records", waiting.unwrap_or(0));
    gauge("haochaping_ledger_quarantined_records", quarantined.unwrap_or(0));
    let of_partitions = findings.iter().filter(|finding| finding.is_of_partition()).count() as u64;
    gauge("haochaping_ledger_incomplete_partitions", of_partitions);
    let of_figures = findings.len() as u64 - of_partitions;
    gauge("haochaping_ledger_figures_that_differ", of_figures);
    for name in Verdict::VARIANTS {
        let is_it = f64::from(u8::from(*name == verdict.code()));
        metrics::gauge!("haochaping_ledger_verdict", "verdict" => *name).set(is_it);
    }
    for code in Reason::VARIANTS {
        let reason = verdict.reasons().iter().find(|reason| reason.code() == *code);
        let count = reason.map_or(0, |reason| reason.count().unwrap_or(1));
        metrics::gauge!("haochaping_ledger_reasons", "code" => *code).set(float(count));
    }
    for difference in findings {
        tracing::error!(%difference, "the ledger does not close; see `haochaping ledger`");
    }
    let reasons = verdict.reasons().iter().map(|reason| reason.code()).collect::<Vec<_>>();
    let (verdict, reasons) = (verdict.code(), reasons.join(" "));
    match conclusion.verdict {
        Verdict::Open(_) => tracing::warn!(verdict, reasons, "the ledger was audited"),
        Verdict::Closes | Verdict::Undecided(_) => {
            tracing::debug!(verdict, reasons, "the ledger was audited");
        }
    }
}

fn gauge(name: &'static str, value: u64) {
    metrics::gauge!(name).set(float(value));
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
fn float(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audit_that_has_failed_is_repeated_soon_however_long_it_waited() {
        let [second, minute] = [Duration::from_secs(1), Duration::from_mins(1)];
        assert_eq!(rest_after(true, minute, minute), REST_AFTER_FAILURE_MAX);
        assert_eq!(rest_after(true, minute, second), second);
        assert_eq!(rest_after(false, minute, minute), REST_FACTOR * minute);
        assert_eq!(rest_after(false, second, minute), minute);
    }

    #[test]
    fn a_day_of_the_counters_classes_is_evidence_with_its_label() {
        let day = DayCount {
            province: "440000".parse().expect("a province"),
            served_on: "2023-07-05".parse().expect("a day"),
            records: 5,
            classed: 4,
            services: 1,
            counted: 2,
        };
        let months = months(vec![day], vec![DayCount { classed: 5, counted: 3, ..day }]);
        let conclusion =
            ledger::conclude(&Installation { partitions: Some(vec![]) }, months.values());
        let reasons = vec![Reason::Unclassed(1), Reason::CountedDiffer(1)];
        assert_eq!(conclusion.verdict, Verdict::Open(reasons));
    }
}
