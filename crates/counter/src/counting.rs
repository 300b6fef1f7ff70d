//! Maintains one table of counts: reads touches, recounts, commits and sweeps.

use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use clickhouse::Client;
use daemon::admin::PartReadiness;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{CommitMode, Consumer, ConsumerContext, StreamConsumer};
use rdkafka::error::KafkaResult;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, TopicPartitionList};
use tables::Rule;
use tables::buckets::Buckets;
use tables::counts::Table;
use tables::sweep::sweep;
use tokio::time::{Instant as TokioInstant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;
use topics::Topic;
use uuid::Uuid;
use wire::Touched;

use crate::config::Config;
use crate::pace::Pace;
use crate::recount::{Unfinished, recount};
use crate::schedule::{Ends, Round, Schedule, add_all};

/// The work that the loop does while it listens.
type Work = tokio::task::JoinHandle<Outcome>;

enum Outcome {
    Recounted { ends: Ends, days: usize, took: Duration, result: Result<(), Unfinished> },
    Swept { began: Instant, result: anyhow::Result<Buckets> },
}

/// What a loop works with.
pub(crate) struct Counting {
    pub table: Table,
    pub database: Uuid,
    pub readiness: PartReadiness,
    pub stop: CancellationToken,
}

/// Maintains a table until it is told to stop. A round that is running then may finish in
/// ClickHouse. Its touches are not committed, and are recounted at the next start.
pub(crate) async fn run(config: Config, counting: Counting) -> anyhow::Result<()> {
    let Counting { table, database, readiness, stop } = counting;
    let topic = config.kafka.topic(Topic::Touched);
    let consumer: TouchConsumer = config
        .kafka
        .consumer(&format!("counter.{table}"), database)
        // The sweep makes up for a touch that Kafka no longer has, so it is right to continue.
        .set("auto.offset.reset", "earliest")
        .create_with_context(Touches { table })
        .context("failed to make a consumer")?;
    consumer.subscribe(&[&topic]).context("failed to subscribe")?;
    let client = config.clickhouse.client();
    let mut keeper = Keeper {
        table,
        schedule: Schedule::new(Pace::of(table), Instant::now()),
        consumer: &consumer,
        topic: &topic,
        readiness: &readiness,
    };
    let mut sweeps = interval(config.sweep_interval());
    sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut recounting: Option<Work> = None;
    let mut sweeping: Option<Work> = None;
    loop {
        if let Some(round) = keeper.schedule.begin(Instant::now()) {
            recounting = Some(tokio::spawn(count(client.clone(), table, round)));
        }
        let due = keeper.schedule.due_at().map(TokioInstant::from_std);
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = sleep_until(due.unwrap_or_else(TokioInstant::now)), if due.is_some() => {}
            received = consumer.recv() => match received {
                Ok(message) => on_message(&mut keeper.schedule, &message),
                Err(error) => tracing::warn!(%error, "Kafka reports an error; trying again"),
            },
            _ = sweeps.tick(), if sweeping.is_none() => {
                let interval = config.sweep_interval();
                let written_within = keeper.schedule.look_back(interval, Instant::now());
                sweeping = Some(tokio::spawn(look(client.clone(), table, written_within)));
            }
            outcome = wait(&mut recounting) => {
                recounting = None;
                keeper.on_outcome(outcome?);
            }
            outcome = wait(&mut sweeping) => {
                sweeping = None;
                keeper.on_outcome(outcome?);
            }
        }
    }
}

async fn count(client: Client, table: Table, round: Round) -> Outcome {
    let started = Instant::now();
    let result = recount(&client, table, &Rule::KNOWN, &round.buckets).await;
    Outcome::Recounted {
        ends: round.ends,
        days: round.buckets.len(),
        took: started.elapsed(),
        result,
    }
}

async fn look(client: Client, table: Table, written_within: Option<Duration>) -> Outcome {
    let began = Instant::now();
    Outcome::Swept { began, result: sweep_all(&client, table, written_within).await }
}

/// What one of the rules falls short of is recounted by all.
async fn sweep_all(
    client: &Client,
    table: Table,
    written_within: Option<Duration>,
) -> anyhow::Result<Buckets> {
    let mut found = Buckets::new();
    for rule in Rule::KNOWN {
        add_all(&mut found, &sweep(client, table, rule, written_within).await?);
    }
    Ok(found)
}

/// Waits for work, if there is any. The future may be dropped at any time: the work continues.
async fn wait(work: &mut Option<Work>) -> anyhow::Result<Outcome> {
    match work {
        Some(work) => work.await.map_err(|error| anyhow!(error).context("a round panicked")),
        None => std::future::pending().await,
    }
}

fn on_message(schedule: &mut Schedule, message: &BorrowedMessage) {
    match serde_json::from_slice::<Touched>(message.payload().unwrap_or_default()) {
        Ok(touched) => {
            schedule.on_touch(message.partition(), message.offset(), &touched, Instant::now());
        }
        // Only the loader writes touches. The sweep finds the buckets that this one would have
        // named.
        Err(error) => {
            tracing::error!(%error, "failed to read a touch; the sweep will find its buckets");
        }
    }
}

/// The consumer of touches. Only its context sees a failed commit.
type TouchConsumer = StreamConsumer<Touches>;

struct Touches {
    table: Table,
}

impl ClientContext for Touches {}

impl ConsumerContext for Touches {
    fn commit_callback(&self, result: KafkaResult<()>, _: &TopicPartitionList) {
        if let Err(error) = result {
            let table: &'static str = self.table.into();
            metrics::counter!("haochaping_counter_failed_commits_total", "table" => table)
                .increment(1);
            tracing::warn!(table, %error, "failed to commit; the touches will be read again");
        }
    }
}

struct Keeper<'c> {
    table: Table,
    schedule: Schedule,
    consumer: &'c TouchConsumer,
    topic: &'c str,
    readiness: &'c PartReadiness,
}

impl Keeper<'_> {
    fn on_outcome(&mut self, outcome: Outcome) {
        let table = self.table;
        let name: &'static str = table.into();
        match outcome {
            Outcome::Recounted { ends, days, took, result: Ok(()) } => {
                let days = u64::try_from(days).unwrap_or(u64::MAX);
                metrics::counter!("haochaping_counter_recounted_days_total", "table" => name)
                    .increment(days);
                metrics::histogram!("haochaping_counter_round_seconds", "table" => name)
                    .record(took);
                self.schedule.on_done(took, Instant::now());
                self.commit(&ends);
                self.readiness.set(true);
            }
            Outcome::Recounted { ends, result: Err(Unfinished { left, fault }), .. } => {
                metrics::counter!("haochaping_counter_failed_rounds_total", "table" => name)
                    .increment(1);
                let error = format!("{fault:#}");
                tracing::warn!(%table, days = left.len(), error, "a recount failed and will be tried again");
                self.schedule.on_failed(ends, &left, Instant::now());
                self.readiness.set(false);
            }
            Outcome::Swept { began, result: Ok(found) } => {
                if !found.is_empty() {
                    tracing::info!(%table, days = found.len(), "the sweep found days to recount");
                }
                self.schedule.on_swept(began, &found);
                self.readiness.set(true);
            }
            Outcome::Swept { result: Err(error), .. } => {
                metrics::counter!("haochaping_counter_failed_sweeps_total", "table" => name)
                    .increment(1);
                tracing::warn!(%table, error = format!("{error:#}"), "a sweep failed");
                self.readiness.set(false);
            }
        }
    }

    /// A failed commit does no harm: the touches are read again and recounted once more.
    fn commit(&self, ends: &Ends) {
        if ends.is_empty() {
            return;
        }
        let mut offsets = TopicPartitionList::new();
        for (partition, next) in ends {
            offsets
                .add_partition_offset(self.topic, *partition, Offset::Offset(*next))
                .expect("an offset of a message is an offset");
        }
        if let Err(error) = self.consumer.commit(&offsets, CommitMode::Async) {
            tracing::warn!(%error, "failed to commit; the touches will be read again");
        }
    }
}
