//! A month as JSON from the public API, kept as it is in normal running, beside nginx with the same
//! bytes in a file and the same headers.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use clickhouse::Client;
use services::Service;
use testbed::world::World;
use tokio::time::interval;
use tokio_util::sync::CancellationToken;

use crate::bench::Bench;
use crate::figure::figure;
use crate::http::{Call, Connection, saturate};
use crate::open_model::{self, Caller, Latencies};
use crate::report::{Aim, Line, Measured, Samples};
use crate::rows::history;
use crate::rows::nginx::{self, Nginx};
use crate::stage::execute;
use crate::usage::family_cpu_seconds;

/// Services and reviews of the month.
const EVENTS: (u64, u64) = (200_000, 2_000_000);

/// Requests of a round.
const REQUESTS: (u64, u64) = (100_000, 400_000);

/// Connections that ask as fast as they are answered.
const CONNECTIONS: usize = 32;

/// Connections of the load that does not wait; far more than are under way at once.
const LANES: usize = 64;

/// How long that load lasts.
const OPEN_FOR: Duration = Duration::from_secs(3);

/// How often counts come to the month while it is read.
const COUNTS_COME_EVERY: Duration = Duration::from_secs(1);

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Measured> {
    let events = bench.size(EVENTS.0, EVENTS.1);
    let requests = if bench.is_full() { REQUESTS.1 } else { REQUESTS.0 }.min(events);
    let rounds = bench.rounds(5);
    let stage = bench.stage().await;
    let installation = history::load(bench, &stage, events).await?;
    let mut world = stage.world(installation).await;
    world[Service::Disclosure].start();
    world.until_service_is_ready(Service::Disclosure).await;
    let ours = Side {
        address: world.public_address(),
        pid: world[Service::Disclosure].pid(),
        calls: calls(&address())?,
    };
    let (headers, body) = Connection::open(ours.address).await?.fetch_whole(&ours.calls[0]).await?;
    let nginx = Nginx::start(&headers, &body).await?;
    let reference = Side { address: nginx.address(), pid: nginx.pid(), calls: calls(nginx::PATH)? };

    for side in [&ours, &reference] {
        bench.say("month: warming up");
        side.rate(requests / 4).await?;
    }
    let (mut our_rates, mut their_rates) = (Vec::new(), Vec::new());
    let (mut our_cpu, mut their_cpu) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        // By turns, so that neither side always comes second.
        let is_ours_first = !round.is_multiple_of(2);
        for is_ours in [is_ours_first, !is_ours_first] {
            let (side, rates, cpu) = if is_ours {
                (&ours, &mut our_rates, &mut our_cpu)
            } else {
                (&reference, &mut their_rates, &mut their_cpu)
            };
            bench.say(format!("month, round {round} of {rounds}: as many as are answered"));
            let before = family_cpu_seconds(side.pid)?;
            rates.push(side.rate(requests).await?);
            cpu.push((family_cpu_seconds(side.pid)? - before) * 1e6 / figure(requests));
        }
    }
    let rate = Samples::new(our_rates.clone()).median() / 2.0;
    let (mut our_p99, mut their_p99, mut our_p50) = (Vec::new(), Vec::new(), Vec::new());
    let mut our_p99_live = Vec::new();
    let client = world.installation.clickhouse.client();
    for round in 1..=rounds {
        bench.say(format!("month, round {round} of {rounds}: {rate:.0} a second"));
        let latencies = ours.latencies(rate).await?;
        our_p50.push(latencies.milliseconds(0.5));
        our_p99.push(latencies.milliseconds(0.99));
        let latencies = tokio::select! {
            latencies = ours.latencies(rate) => latencies?,
            fault = let_counts_come(&client) => match fault? {},
        };
        our_p99_live.push(latencies.milliseconds(0.99));
        their_p99.push(reference.latencies(rate).await?.milliseconds(0.99));
    }
    must_still_give(&world, &ours, &body).await?;
    Ok(Measured {
        reference: Some(
            "nginx as Debian sets it up, without its log, with the same bytes as a file",
        ),
        lines: vec![
            Line::new("a month, JSON", "requests/s", our_rates)
                .beside(their_rates)
                .aim(Aim::AtLeast(0.8)),
            Line::new("CPU of who answers", "µs/request", our_cpu).beside(their_cpu),
            Line::new("p99 at half of our maximum", "ms", our_p99).aim(Aim::AtMost(5.0)),
            Line::new("p99 while counts come every second", "ms", our_p99_live),
            Line::new("p50 at half of our maximum", "ms", our_p50),
            Line::new("nginx's p99 at the same rate", "ms", their_p99),
        ],
        notes: vec![format!(
            "{} bytes, by {CONNECTIONS} connections that are kept; twice a second it is found out from ClickHouse \
             whether the answer still holds, whose CPU is left out; the clients run on the same cores",
            body.len()
        )],
        ..Measured::default()
    })
}

/// Who is asked, and for what.
struct Side {
    address: SocketAddr,
    pid: u32,
    calls: Arc<[Call]>,
}

impl Side {
    /// Answers a second, if connections ask as fast as they are answered.
    async fn rate(&self, requests: u64) -> anyhow::Result<f64> {
        let connections = Connection::open_many(self.address, CONNECTIONS).await?;
        let took = saturate(connections, &self.calls, requests).await?;
        Ok(figure(requests) / took.as_secs_f64())
    }

    async fn latencies(&self, rate: f64) -> anyhow::Result<Latencies> {
        let connections = Connection::open_many(self.address, LANES).await?;
        let callers = Caller::all(connections, &self.calls);
        open_model::run(callers, rate, Some(OPEN_FOR), &CancellationToken::new()).await
    }
}

/// Writes a row of the counts again and again, as a recount does: the figures stay as they are, but
/// every response must be computed again. Ends only with an error.
async fn let_counts_come(client: &Client) -> anyhow::Result<Infallible> {
    let first_day = history::month().first_day();
    let row = format!("SELECT * FROM counts WHERE served_on >= '{first_day}' LIMIT 1");
    let mut ticks = interval(COUNTS_COME_EVERY);
    loop {
        ticks.tick().await;
        execute(client, &format!("INSERT INTO counts {row}")).await?;
    }
}

/// The figures did not change meanwhile, so what was compared are the same bytes.
async fn must_still_give(world: &World, ours: &Side, body: &[u8]) -> anyhow::Result<()> {
    let mut connection = Connection::open(world.public_address()).await?;
    let now = connection.fetch(&ours.calls[0]).await?;
    anyhow::ensure!(now == body, "the figures have changed while they were read");
    Ok(())
}

fn address() -> String {
    format!("/v1/provinces/{}/months/{}", history::province(), history::month())
}

fn calls(path: &str) -> anyhow::Result<Arc<[Call]>> {
    Ok([Call::get(path)?].into())
}
