//! Measures single events into the intake, each acknowledged by Kafka, against a handler that only
//! reads; and the latency of answers at half of the intake's maximum.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use bytes::Bytes;
use serde_json::json;
use services::Service;
use tempfile::TempDir;
use testbed::engines::free_port;
use testbed::program::Program;
use testbed::wait::until;
use testbed::world::World;
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
    let handler = Handler::start(bench.program()).await?;
    let mut ours = Side::default();
    let mut reference = Side::default();
    // Kafka compiles its code while it runs, so the results of round zero are dropped.
    for round in 0..=rounds {
        let is_ours_first = !round.is_multiple_of(2);
        for is_ours in [is_ours_first, !is_ours_first] {
            let name = if is_ours { "the intake" } else { "the plain handler" };
            bench.say(format!("single, round {round} of {rounds}: {name}"));
            let (side, address, pid) = if is_ours {
                (&mut ours, world.intake_address(), world[Service::Ingest].pid())
            } else {
                (&mut reference, handler.address, handler.program.pid())
            };
            let connections = Connection::open_many(address, CONNECTIONS).await?;
            let before = cpu_seconds(pid)?;
            let took = saturate(connections, &calls, requests).await?;
            let used = cpu_seconds(pid)? - before;
            if round > 0 {
                side.rates.push(figure(requests) / took.as_secs_f64());
                side.cpu.push(used * 1e6 / figure(requests));
            }
        }
    }
    let half = Samples::new(ours.rates.clone()).median() / 2.0;
    let lasts = if bench.is_full() { STEADY.1 } else { STEADY.0 };
    let mut latencies = [vec![], vec![], vec![]];
    for round in 1..=bench.rounds(2) {
        bench.say(format!("single: {half:.0} requests a second, round {round}"));
        let steady = steady(&world, &calls, half, lasts).await?;
        for (values, share) in latencies.iter_mut().zip([0.5, 0.99, 0.999]) {
            values.push(steady.milliseconds(share));
        }
    }
    let ended = world[Service::Ingest].terminate();
    ensure!(ended.success(), "the intake ended with {ended}: {}", world[Service::Ingest].log());
    let [p50, p99, p999] = latencies;
    let at_half = |what: &str| format!("{what} of an answer at half of its own maximum");
    let mut measured = Measured {
        reference: Some(
            "an axum handler that reads the body and answers 202, a process of its own",
        ),
        lines: vec![
            Line::new("single events, acks=all", "requests/s", ours.rates)
                .beside(reference.rates)
                .aim(Aim::AtLeast(0.6)),
            Line::new(at_half("p99"), "ms", p99).aim(Aim::AtMost(10.0)),
            Line::new(at_half("p50"), "ms", p50),
            Line::new(at_half("p99.9"), "ms", p999),
            Line::new("CPU of the process", "µs/request", ours.cpu).beside(reference.cpu),
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

#[derive(Default)]
struct Side {
    rates: Vec<f64>,
    cpu: Vec<f64>,
}

async fn steady(
    world: &World,
    calls: &Arc<[Call]>,
    rate: f64,
    lasts: Duration,
) -> anyhow::Result<open_model::Latencies> {
    let connections = Connection::open_many(world.intake_address(), LANES).await?;
    let callers = Caller::all(connections, calls);
    open_model::run(callers, rate, Some(lasts), &CancellationToken::new()).await
}

/// A request for each event.
fn posts(records: &[Record], key: &str) -> anyhow::Result<Vec<Call>> {
    let post =
        |record: &Record| Call::post_event(record.kind, key, Bytes::from(record.value.clone()));
    records.iter().map(post).collect()
}

/// The reference.
struct Handler {
    program: Program,
    address: std::net::SocketAddr,
    /// Last, since the program's log is in it.
    _folder: TempDir,
}

impl Handler {
    async fn start(binary: &Path) -> anyhow::Result<Self> {
        let folder = TempDir::new().context("failed to make a folder")?;
        let address = format!("127.0.0.1:{}", free_port());
        let arguments = ["bench-handler", "--listen", &address].map(ToOwned::to_owned);
        let mut program = Program::new(binary, folder.path(), "handler", arguments.into());
        program.start();
        let address = address.parse().context("no address")?;
        until("the plain handler listens", || async { Connection::open(address).await.is_ok() })
            .await;
        Ok(Self { program, address, _folder: folder })
    }
}
