//! Tests posting to an intake that misbehaves as real ones do.

mod intake;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use clap::Parser;
use domain::Kind;
use simulator::simulate::{MonthArgs, Summary, simulate_month};
use simulator::{MonthFile, Plan, generate};
use strum::VariantArray;
use tokio_util::sync::CancellationToken;

use crate::intake::{Intake, Trouble};

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    args: MonthArgs,
}

/// Some 3,000 events.
const SCALE: &str = "0.0001";

async fn simulate(intake: &Intake, flags: &[&str]) -> anyhow::Result<Summary> {
    simulate_until(intake, flags, CancellationToken::new()).await
}

async fn simulate_until(
    intake: &Intake,
    flags: &[&str],
    stop: CancellationToken,
) -> anyhow::Result<Summary> {
    let url = intake.url();
    let line = ["simulate", "guangdong-2023-07", "--scale", SCALE, "--ingest-url", &url];
    let key = ["--api-key", intake::KEY];
    let line = line.iter().chain(&key).chain(flags);
    simulate_month(CommandLine::try_parse_from(line)?.args, stop).await
}

/// How often each event of the month must arrive.
fn month() -> BTreeMap<Vec<u8>, u64> {
    let published = MonthFile::guangdong().read().expect("a month");
    let plan = Plan::new(&published, SCALE.parse().expect("a scale"), 1).expect("a plan");
    let mut events = BTreeMap::new();
    for event in generate::events(&plan) {
        *events.entry(event.to_json()).or_default() += 1;
    }
    events
}

#[tokio::test]
async fn every_event_of_a_month_arrives_as_often_as_it_is_sent() {
    let intake = Intake::start(Trouble::None).await;
    let summary = simulate(&intake, &[]).await.expect("posted");
    let month = month();
    assert_eq!(intake.accepted(), month);
    assert!(summary.is_complete);
    assert_eq!(summary.events, month.values().sum::<u64>());
    assert_eq!(summary.repeats, summary.events - month.len() as u64);
    assert_eq!((summary.resent, summary.sent_again), (0, 0));
    assert_eq!(summary.by_kind.values().sum::<u64>(), summary.events);
    assert!(Kind::VARIANTS.iter().all(|kind| summary.by_kind[kind] > 0));
}

#[tokio::test]
async fn events_that_are_not_acknowledged_are_sent_again_and_no_others() {
    let intake = Intake::start(Trouble::Unsteady).await;
    let summary = simulate(&intake, &["--batch", "40"]).await.expect("posted");
    assert_eq!(intake.accepted(), month());
    assert!(summary.sent_again > 100, "{summary:?}");
    assert!(intake.answered(503) > 0 && intake.answered(429) > 0 && intake.answered(200) > 0);
}

#[tokio::test]
async fn a_refused_event_ends_the_run_and_is_shown() {
    let intake = Intake::start(Trouble::Refuses(Kind::Disposition)).await;
    let error = simulate(&intake, &[]).await.expect_err("refused").to_string();
    assert!(error.contains("Out of scope (urn:x): not this account's"), "{error}");
    assert!(error.contains("/data/action is not allowed"), "{error}");
    assert!(error.contains("haochaping.disposition.v1"), "{error}");
}

#[tokio::test]
async fn a_refused_request_ends_the_run_at_once() {
    let intake = Intake::start(Trouble::Closed).await;
    let started = Instant::now();
    let error = simulate(&intake, &[]).await.expect_err("refused").to_string();
    assert!(error.contains("Unauthenticated (urn:x): the key belongs to nobody"), "{error}");
    assert!(error.contains("HAOCHAPING_API_KEY"), "it says which key that was: {error}");
    assert!(started.elapsed() < Duration::from_secs(20), "it does not try again");
}

/// The intake is killed in the middle of a load, during requests, and comes back.
#[tokio::test]
async fn a_load_survives_that_the_intake_dies() {
    let mut intake = Intake::start(Trouble::None).await;
    let url = intake.url();
    let load = {
        let flags = ["--batch", "10", "--rate", "3000", "--patience", "30s"];
        let intake = intake.handle();
        tokio::spawn(async move { simulate(&intake, &flags).await })
    };
    intake.until_accepted(500).await;
    intake.kill().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    intake.restart().await;
    assert_eq!(intake.url(), url);
    let summary = load.await.expect("no panic").expect("posted");
    assert!(summary.is_complete && summary.sent_again > 0, "{summary:?}");
    // Events that it accepted before it died may have arrived again, and none is missing.
    let accepted = intake.accepted();
    let month = month();
    assert!(accepted.keys().eq(month.keys()));
    assert!(month.iter().all(|(event, times)| accepted[event] >= *times));
}

#[tokio::test]
async fn patience_with_an_intake_that_is_away_ends() {
    let mut intake = Intake::start(Trouble::None).await;
    intake.kill().await;
    let error = simulate(&intake, &["--patience", "1s"]).await.expect_err("away").to_string();
    assert!(error.starts_with("failed for 1s to post"), "{error}");
    assert!(error.contains("onnection refused"), "{error}");
}

#[tokio::test]
async fn a_rate_is_kept() {
    let intake = Intake::start(Trouble::None).await;
    let summary = simulate(&intake, &["--rate", "2500"]).await.expect("posted");
    let events = f64::from(u32::try_from(summary.events).expect("few"));
    let wanted = events / 2_500.0;
    let taken = summary.duration.as_secs_f64();
    assert!((wanted - 0.1..wanted + 5.0).contains(&taken), "{taken} s instead of {wanted} s");
}

#[tokio::test]
async fn requests_can_be_compressed() {
    let intake = Intake::start(Trouble::None).await;
    simulate(&intake, &["--compression", "zstd"]).await.expect("posted");
    assert_eq!(intake.accepted(), month());
    assert!(intake.compressed() > 0 && intake.compressed() == intake.answered(200));
    let plain = Intake::start(Trouble::None).await;
    simulate(&plain, &[]).await.expect("posted");
    assert_eq!(plain.compressed(), 0, "nothing is compressed on the way to this machine itself");
}

#[tokio::test]
async fn a_month_can_be_sent_again_whole() {
    let intake = Intake::start(Trouble::None).await;
    let summary = simulate(&intake, &["--resend", "1"]).await.expect("posted");
    let month = month();
    assert_eq!(summary.resent, month.len() as u64);
    let accepted = intake.accepted();
    assert!(accepted.keys().eq(month.keys()));
    assert!(month.iter().all(|(event, times)| accepted[event] == times + 1));
}

#[tokio::test]
async fn a_run_that_is_stopped_ends_and_says_so() {
    let intake = Intake::start(Trouble::None).await;
    let stop = CancellationToken::new();
    let load = {
        let (intake, stop) = (intake.handle(), stop.clone());
        tokio::spawn(async move { simulate_until(&intake, &["--rate", "500"], stop).await })
    };
    intake.until_accepted(100).await;
    stop.cancel();
    let summary = load.await.expect("no panic").expect("stopped");
    assert!(!summary.is_complete);
    assert!(summary.events >= 100 && summary.events < month().values().sum());
}
