//! Measures single events into the intake, each acknowledged by Kafka, against a handler that does
//! nothing but hand the body to librdkafka and wait for the report, and against one that only reads;
//! and the latency of answers at half of the intake's maximum.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use bytes::Bytes;
use serde_json::json;
use services::Service;
use strum::VariantArray;
use tempfile::TempDir;
use testbed::engines::{Installation, free_port};
use testbed::program::Program;
use testbed::wait::until;
use tokio_util::sync::CancellationToken;

use crate::bench::Bench;
use crate::events::{Record, Spread, records};
use crate::figure::figure;
use crate::http::{Call, Connection, saturate};
use crate::open_model::{self, Caller};
use crate::report::{Aim, Line, Measured, Samples};
use crate::usage::cpu_seconds;

/// Requests of a round.
const REQUESTS: (u64, u64) = (60_000, 300_000);

/// Different events; after them the same come again, which the intake cannot know.
const EVENTS_MAX: u64 = 100_000;

/// Requests under way at once while as many as can be are sent.
const CONNECTIONS: usize = 256;

/// Connections of the open model: more than are ever busy.
const LANES: usize = 256;

/// How long the open model goes on.
const STEADY: (Duration, Duration) = (Duration::from_secs(20), Duration::from_mins(2));

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray)]
enum Side {
    /// The intake.
    Ours,
    /// Reads, publishes and answers: the reference.
    Publisher,
    /// Reads and answers: what HTTP alone costs.
    Reader,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Self::Ours => "the intake",
            Self::Publisher => "the plain publisher",
            Self::Reader => "the plain handler",
        }
    }
}

/// What a side did, round by round.
#[derive(Default)]
struct Rounds {
    /// Requests a second.
    rates: Vec<f64>,
    /// Microseconds of CPU of a request.
    cpu: Vec<f64>,
}

/// What a side answered at a steady rate, round by round, in milliseconds.
#[derive(Default)]
struct Waits {
    p50: Vec<f64>,
    p99: Vec<f64>,
    p999: Vec<f64>,
}

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Measured> {
    let requests = bench.size(REQUESTS.0, REQUESTS.1);
    let rounds = bench.rounds(5);
    let stage = bench.stage().await;
    let events = requests.min(EVENTS_MAX);
    let made = tokio::task::spawn_blocking(move || records(events, 1, Spread::OneProvince));
    let made = made.await.context("making events panicked")??;

    let mut world = stage.world(stage.new_installation().await?).await;
    world[Service::Ingest].start();
    world.until_service_is_ready(Service::Ingest).await;
    let calls: Arc<[Call]> = posts(&made, &world.key())?.into();
    let publisher = Reference::publisher(bench.program(), &world.installation).await?;
    let reader = Reference::reader(bench.program()).await?;
    let where_is = |side: Side| match side {
        Side::Ours => (world.intake_address(), world[Service::Ingest].pid()),
        Side::Publisher => (publisher.address, publisher.program.pid()),
        Side::Reader => (reader.address, reader.program.pid()),
    };
    let mut done: [Rounds; Side::VARIANTS.len()] = Default::default();
    // Kafka compiles its code while it runs, so the results of round zero are dropped.
    for round in 0..=rounds {
        for side in in_turn(round) {
            bench.say(format!("single, round {round} of {rounds}: {}", side.name()));
            let (address, pid) = where_is(side);
            let connections = Connection::open_many(address, CONNECTIONS).await?;
            let before = cpu_seconds(pid)?;
            let took = saturate(connections, &calls, requests).await?;
            let used = cpu_seconds(pid)? - before;
            if round > 0 {
                let rounds = &mut done[side as usize];
                rounds.rates.push(figure(requests) / took.as_secs_f64());
                rounds.cpu.push(used * 1e6 / figure(requests));
            }
        }
    }
    let [ours, published, read] = done;
    let half = Samples::new(ours.rates.clone()).median() / 2.0;
    let lasts = if bench.is_full() { STEADY.1 } else { STEADY.0 };
    let mut waits: [Waits; 2] = Default::default();
    for round in 1..=bench.rounds(2) {
        for side in in_turn(round).into_iter().filter(|side| *side != Side::Reader) {
            bench.say(format!(
                "single: {half:.0} requests a second to {}, round {round}",
                side.name()
            ));
            let steady = steady(where_is(side).0, &calls, half, lasts).await?;
            let waits = &mut waits[side as usize];
            waits.p50.push(steady.milliseconds(0.5));
            waits.p99.push(steady.milliseconds(0.99));
            waits.p999.push(steady.milliseconds(0.999));
        }
    }
    let ended = world[Service::Ingest].terminate();
    ensure!(ended.success(), "the intake ended with {ended}: {}", world[Service::Ingest].log());
    let [our_waits, their_waits] = waits;
    let at_half = |what: &str| format!("{what} of an answer at half of its own maximum");
    let mut measured = Measured {
        reference: Some(
            "an axum handler that hands the body to librdkafka with the intake's settings and answers \
             202 after the delivery report, a process of its own",
        ),
        lines: vec![
            Line::new("single events, acks=all", "requests/s", ours.rates.clone())
                .beside(published.rates)
                .aim(Aim::AtLeast(0.9)),
            Line::new(at_half("p99"), "ms", our_waits.p99)
                .beside(their_waits.p99)
                .aim(Aim::AtMost(2.0)),
            Line::new(at_half("p50"), "ms", our_waits.p50).beside(their_waits.p50),
            Line::new(at_half("p99.9"), "ms", our_waits.p999).beside(their_waits.p999),
            Line::new("CPU of the process", "µs/request", ours.cpu).beside(published.cpu),
            Line::new("single events beside a handler that only reads", "requests/s", ours.rates)
                .beside(read.rates),
        ],
        notes: vec![format!(
            "{requests} requests by {CONNECTIONS} connections; latencies at {half:.0} requests/s for \
             {} s, counted from when each was due; who posts runs on the same cores",
            lasts.as_secs()
        )],
        ..Measured::default()
    };
    measured.details.insert("half_rate".to_owned(), json!(half));
    Ok(measured)
}

/// The sides in another order in every other round, so that none always comes last.
fn in_turn(round: u32) -> Vec<Side> {
    let mut sides = Side::VARIANTS.to_vec();
    if round.is_multiple_of(2) {
        sides.reverse();
    }
    sides
}

async fn steady(
    address: SocketAddr,
    calls: &Arc<[Call]>,
    rate: f64,
    lasts: Duration,
) -> anyhow::Result<open_model::Latencies> {
    let connections = Connection::open_many(address, LANES).await?;
    let callers = Caller::all(connections, calls);
    open_model::run(callers, rate, Some(lasts), &CancellationToken::new()).await
}

/// A request for each event.
fn posts(records: &[Record], key: &str) -> anyhow::Result<Vec<Call>> {
    let post =
        |record: &Record| Call::post_event(record.kind, key, Bytes::from(record.value.clone()));
    records.iter().map(post).collect()
}

/// A reference as a process of its own.
struct Reference {
    program: Program,
    address: SocketAddr,
    /// Last, since the program's log is in it.
    _folder: TempDir,
}

impl Reference {
    async fn reader(binary: &Path) -> anyhow::Result<Self> {
        Self::start(binary, "bench-handler", &[]).await
    }

    /// It publishes to the same topics as the intake.
    async fn publisher(binary: &Path, to: &Installation) -> anyhow::Result<Self> {
        let kafka = &to.kafka;
        let kafka =
            ["--kafka-brokers", &kafka.kafka_brokers, "--topic-prefix", &kafka.topic_prefix];
        Self::start(binary, "bench-publisher", &kafka).await
    }

    async fn start(binary: &Path, command: &str, options: &[&str]) -> anyhow::Result<Self> {
        let folder = TempDir::new().context("failed to make a folder")?;
        let address = format!("127.0.0.1:{}", free_port());
        let mut arguments = vec![command, "--listen", &address];
        arguments.extend(options);
        let arguments = arguments.into_iter().map(ToOwned::to_owned).collect();
        let mut program = Program::new(binary, folder.path(), command, arguments);
        program.start();
        let address = address.parse().context("no address")?;
        until("the reference listens", || async { Connection::open(address).await.is_ok() }).await;
        Ok(Self { program, address, _folder: folder })
    }
}
