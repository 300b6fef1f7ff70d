//! A generated month, counted by the reference and disclosed, agrees with the published one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use clap::Parser;
use domain::reference::{Counts, Record, count};
use domain::{Channel, EpochSeconds, EventHash, Group, Level, Position};
use serde_json::{Value, json};
use simulator::reconcile::{Agreement, Args, reconcile};
use simulator::{MonthFile, Plan, generate};
use strum::VariantArray;
use tokio::net::TcpListener;

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    args: Args,
}

const MONTH: &str = "guangdong-2020-01-illustration";
const SCALE: &str = "0.002";

/// The counts of the events of the month.
fn counted() -> Counts {
    let published = MONTH.parse::<MonthFile>().expect("a name").read().expect("a month");
    let plan = Plan::new(&published, SCALE.parse().expect("a scale"), 8).expect("a plan");
    let records: Vec<_> = (0..)
        .zip(generate::events(&plan))
        .map(|(offset, event)| Record {
            position: Position { topic: 1, partition: 0, offset },
            appended_at: EpochSeconds::new(1),
            source: event.source,
            simulated: true,
            event_hash: EventHash::of(&event.to_json()).short(),
            event: event.event,
        })
        .collect();
    count(&records)
}

/// The response of the disclosure, in the form that its description demands, without the parts that
/// are not read here.
fn answer(counts: &Counts) -> Value {
    let mut counted: BTreeMap<Group, u64> = BTreeMap::new();
    let mut set_aside: BTreeMap<Channel, u64> = BTreeMap::new();
    for bucket in counts.buckets.values() {
        for (group, reviews) in &bucket.reviews {
            *counted.entry(*group).or_default() += reviews;
        }
        for (group, reviews) in &bucket.set_aside {
            *set_aside.entry(group.channel).or_default() += reviews;
        }
    }
    let cases: u64 = counts.cases.values().map(|cell| cell.cases).sum();
    let slice = |of: &dyn Fn(Channel) -> bool| {
        let sum = |wanted: &dyn Fn(&Group) -> bool| -> u64 {
            let groups = counted.iter().filter(|(group, _)| of(group.channel) && wanted(group));
            groups.map(|(_, reviews)| reviews).sum()
        };
        let levels = |is_active: bool| -> BTreeMap<String, u64> {
            let level = |level: Level| {
                let wanted =
                    |group: &Group| group.level == level && !(is_active && group.is_default);
                (level.to_string(), sum(&wanted))
            };
            Level::best_first().map(level).collect()
        };
        let set_aside: u64 =
            set_aside.iter().filter(|(channel, _)| of(**channel)).map(|(_, count)| count).sum();
        json!({
            "cases": cases, "reviews": {"counted": sum(&|_| true)}, "set_aside": set_aside,
            "levels": levels(false), "active_levels": levels(true),
        })
    };
    let channels: Vec<_> = Channel::VARIANTS
        .iter()
        .map(|channel| {
            json!({"channel": channel.to_string(), "figures": slice(&|other| other == *channel)})
        })
        .collect();
    json!({"status": "provisional", "total": slice(&|_| true), "channels": channels})
}

/// Answers, and the number of requests so far.
type Answers = Arc<(Vec<Option<Value>>, AtomicU32)>;

/// Serves its answers in turn, and then always the last one.
async fn disclosure(answers: Vec<Option<Value>>) -> String {
    async fn figures(State(answers): State<Answers>) -> Response {
        let (answers, asked) = &*answers;
        let turn = usize::try_from(asked.fetch_add(1, Ordering::Relaxed)).expect("few");
        match &answers[turn.min(answers.len() - 1)] {
            Some(answer) => axum::Json(answer).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }
    let router = Router::new()
        .route("/v1/provinces/440000/months/2020-01", get(figures))
        .with_state(Answers::new((answers, AtomicU32::new(0))));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn ask(url: &str, wait: &str) -> anyhow::Result<Agreement> {
    let line = ["reconcile", MONTH, "--scale", SCALE, "--disclosure-url", url, "--wait", wait];
    reconcile(CommandLine::try_parse_from(line)?.args).await
}

#[tokio::test]
async fn a_generated_month_agrees_with_the_published_one() {
    let answer = answer(&counted());
    let url = disclosure(vec![Some(answer)]).await;
    assert!(ask(&url, "0").await.expect("an answer").is_full());
}

#[tokio::test]
async fn it_waits_for_figures_that_are_not_there_yet() {
    let full = answer(&counted());
    let mut partial = full.clone();
    partial["total"]["cases"] = json!(7);
    let url = disclosure(vec![None, Some(partial.clone()), Some(full)]).await;
    assert!(ask(&url, "30").await.expect("an answer").is_full());

    let url = disclosure(vec![Some(partial)]).await;
    assert!(!ask(&url, "1").await.expect("an answer").is_full());
    let url = disclosure(vec![None]).await;
    assert!(!ask(&url, "0").await.expect("an answer").is_full());
}

#[tokio::test]
async fn a_disclosure_that_is_away_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let error = ask(&url, "0").await.expect_err("away").to_string();
    assert!(error.starts_with("failed to ask http://127.0.0.1:"), "{error}");
}
