//! Keeps one table of counts: reads touches, recounts, commits, sweeps.

use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use clickhouse::Client;
use daemon::admin::Readiness;
use daemon::kafka::Topic;
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, TopicPartitionList};
use tokio::time::{Instant as TokioInstant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;
use wire::Touched;

use crate::config::Config;
use crate::recount::recount;
use crate::schedule::{Buckets, Ends, Round, Schedule};
use crate::sweep::sweep;
use crate::table::Table;

/// How long after a failed recount the next one begins.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// What the loop does at the same time as it listens.
type Work = tokio::task::JoinHandle<Outcome>;

enum Outcome {
    Recounted { round: Round, took: Duration, result: anyhow::Result<()> },
    Swept(anyhow::Result<Buckets>),
}

/// Keeps a table until `stop`. A round that runs then is left to end in ClickHouse; its touches are
/// not committed and are recounted at the next start.
pub(crate) async fn run(
    table: Table,
    config: Config,
    readiness: Readiness,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let topic = config.kafka.topic(Topic::Touched);
    let consumer: StreamConsumer = config
        .kafka
        .consumer(&format!("counter.{table}"))
        // A touch that Kafka no longer has is found by the sweep: here it is right to go on.
        .set("auto.offset.reset", "earliest")
        .create()
        .context("failed to make a consumer")?;
    consumer.subscribe(&[&topic]).context("failed to subscribe")?;
    let client = config.clickhouse.client();
    let mut schedule = Schedule::new(table.pace(), Instant::now());
    let mut sweeps = interval(config.sweep_interval());
    sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut recounting: Option<Work> = None;
    let mut sweeping: Option<Work> = None;
    // Everything at first; then what was written since the sweep before the last began.
    let mut written_within = None;
    loop {
        if let Some(round) = schedule.begin(Instant::now()) {
            recounting = Some(tokio::spawn(count(client.clone(), table, round)));
        }
        let due = schedule.due_at().map(TokioInstant::from_std);
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = sleep_until(due.unwrap_or_else(TokioInstant::now)), if due.is_some() => {}
            received = consumer.recv() => match received {
                Ok(message) => on_message(&mut schedule, &message),
                Err(error) => tracing::warn!(%error, "Kafka is in trouble; it is tried again"),
            },
            _ = sweeps.tick(), if sweeping.is_none() => {
                let client = client.clone();
                let work = async move { Outcome::Swept(sweep(&client, table, written_within).await) };
                sweeping = Some(tokio::spawn(work));
            }
            outcome = wait(&mut recounting) => {
                recounting = None;
                on_outcome(table, &mut schedule, &consumer, &topic, &readiness, outcome?);
            }
            outcome = wait(&mut sweeping) => {
                sweeping = None;
                let outcome = outcome?;
                if matches!(outcome, Outcome::Swept(Ok(_))) {
                    written_within = Some(2 * config.sweep_interval());
                }
                on_outcome(table, &mut schedule, &consumer, &topic, &readiness, outcome);
            }
        }
    }
}

async fn count(client: Client, table: Table, round: Round) -> Outcome {
    let started = Instant::now();
    let result = recount(&client, table, &round.buckets).await;
    Outcome::Recounted { round, took: started.elapsed(), result }
}

/// Waits for work, if there is any. It may be dropped at any time: the work goes on.
async fn wait(work: &mut Option<Work>) -> anyhow::Result<Outcome> {
    match work {
        Some(work) => work.await.map_err(|error| anyhow!(error).context("a round panicked")),
        None => std::future::pending().await,
    }
}

fn on_message(schedule: &mut Schedule, message: &BorrowedMessage) {
    match serde_json::from_slice::<Touched>(message.payload().unwrap_or_default()) {
        Ok(touched) => schedule.on_touch(message.partition(), message.offset(), &touched),
        // Nobody but the loader writes touches. What it would have said, the sweep finds.
        Err(error) => tracing::error!(%error, "a touch cannot be read and is left to the sweep"),
    }
}

fn on_outcome(
    table: Table,
    schedule: &mut Schedule,
    consumer: &StreamConsumer,
    topic: &str,
    readiness: &Readiness,
    outcome: Outcome,
) {
    let name: &'static str = table.into();
    match outcome {
        Outcome::Recounted { round, took, result: Ok(()) } => {
            let days = u64::try_from(round.buckets.len()).unwrap_or(u64::MAX);
            metrics::counter!("haochaping_counter_recounted_days_total", "table" => name)
                .increment(days);
            metrics::histogram!("haochaping_counter_round_seconds", "table" => name).record(took);
            schedule.on_done(took, Instant::now());
            commit(consumer, topic, &round.ends);
            readiness.set(true);
        }
        Outcome::Recounted { round, result: Err(error), .. } => {
            metrics::counter!("haochaping_counter_failed_rounds_total", "table" => name)
                .increment(1);
            tracing::warn!(%table, error = format!("{error:#}"), "a recount failed; it is tried again");
            schedule.on_failed(round, PAUSE_AFTER_FAILURE, Instant::now());
            readiness.set(false);
        }
        Outcome::Swept(Ok(found)) => {
            if !found.is_empty() {
                tracing::info!(%table, days = found.len(), "the sweep found days to recount");
            }
            schedule.on_found(&found);
        }
        Outcome::Swept(Err(error)) => {
            tracing::warn!(%table, error = format!("{error:#}"), "a sweep failed");
        }
    }
}

/// That a commit fails does no harm: the touches are read again and recounted once more.
fn commit(consumer: &StreamConsumer, topic: &str, ends: &Ends) {
    if ends.is_empty() {
        return;
    }
    let mut offsets = TopicPartitionList::new();
    for (partition, next) in ends {
        offsets
            .add_partition_offset(topic, *partition, Offset::Offset(*next))
            .expect("an offset of a message is an offset");
    }
    if let Err(error) = consumer.commit(&offsets, CommitMode::Async) {
        tracing::warn!(%error, "failed to commit; the touches will be read again");
    }
}
