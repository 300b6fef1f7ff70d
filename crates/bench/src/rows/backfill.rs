//! Measures a published month end to end: from the simulator's posts until the public figures agree
//! with the published ones.

use std::time::Instant;

use anyhow::{Context, ensure};
use serde_json::json;
use services::Service;
use simulator::{MonthFile, Plan};
use strum::VariantArray;
use testbed::program::{Program, run};
use testbed::world::World;

use crate::bench::Bench;
use crate::figure::figure;
use crate::progress::in_kafka;
use crate::report::{Aim, Line, Measured};
use crate::stage::{Stage, statements};
use crate::usage::{cpu_seconds, ended_children_seconds, peak_bytes};

/// The share of the month.
const SCALE: (&str, &str) = ("0.05", "1");

/// The month.
const MONTH: &str = "guangdong-2023-07";

/// How long the figures may take to agree after the last event, in seconds.
const WAIT: &str = "600";

/// How long the whole month may take.
const SECONDS_MOST: f64 = 300.0;

/// What a back-fill came to.
pub(super) struct Filled {
    pub(super) events: u64,
    pub(super) posted_seconds: f64,
    pub(super) agreed_seconds: f64,
    /// Of the simulator, which makes the events and posts them.
    pub(super) simulator_cpu: f64,
}

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Measured> {
    let scale = if bench.is_full() { SCALE.1 } else { SCALE.0 };
    let rounds = bench.rounds(1);
    let stage = bench.stage().await;
    let (mut rates, mut agreed, mut posted, mut cpu) = (vec![], vec![], vec![], vec![]);
    let mut events = 0;
    for round in 1..=rounds {
        let mut world = stage.world(stage.new_installation().await?).await;
        Stage::start_way(&mut world).await;
        bench.say(format!("backfill, round {round} of {rounds}: {MONTH} at scale {scale}"));
        let clickhouse = cpu_seconds(stage.clickhouse_pid())?;
        let filled = fill(bench, &world, scale).await?;
        events = filled.events;
        rates.push(figure(events) / filled.agreed_seconds);
        agreed.push(filled.agreed_seconds);
        posted.push(figure(events) / filled.posted_seconds);
        let mut used = used(&world, &stage, clickhouse).await?;
        used["simulator"] = json!({ "cpu_s": filled.simulator_cpu });
        cpu.push(used);
        end(&mut world)?;
    }
    // The seconds of a part of the month say nothing about the whole, but its pace can be compared
    // with the pace that the whole month needs.
    let needed = figure(month_events()?) / SECONDS_MOST;
    let mut measured = Measured {
        reference: None,
        lines: vec![
            Line::new("from the first post to agreeing figures", "events/s", rates)
                .aim(Aim::AtLeast(needed)),
            Line::new("until the figures agree", "s", agreed),
            Line::new("posted", "events/s", posted),
        ],
        notes: vec![format!(
            "{MONTH} at scale {scale}, {events} events, in batches of 500 over HTTP"
        )],
        ..Measured::default()
    };
    measured.details.insert("used".to_owned(), cpu.into());
    Ok(measured)
}

/// About how many events the whole month has.
fn month_events() -> anyhow::Result<u64> {
    let month = MonthFile::guangdong().read()?;
    Ok(Plan::new(&month, 1.0, 1).context("failed to plan the month")?.events_about())
}

/// Posts the month and waits until the public figures agree with the published ones.
pub(super) async fn fill(bench: &Bench, world: &World, scale: &str) -> anyhow::Result<Filled> {
    let since = Instant::now();
    let before = ended_children_seconds()?;
    let simulation = world.simulate(scale, &[]);
    tokio::task::spawn_blocking(move || simulation.finish())
        .await
        .context("the simulator failed")?;
    let posted_seconds = since.elapsed().as_secs_f64();
    let simulator_cpu = ended_children_seconds()? - before;
    let (program, public) = (bench.program().to_owned(), world.public());
    let wanted = scale.to_owned();
    let reconciled = tokio::task::spawn_blocking(move || {
        let installation = ["--disclosure-url", &public, "--wait", WAIT];
        run(&program, &[&["reconcile", MONTH, "--scale", &wanted], &installation[..]].concat())
    });
    let reconciled = reconciled.await.context("the comparison panicked")?;
    let agreed_seconds = since.elapsed().as_secs_f64();
    ensure!(reconciled.succeeded(), "the figures do not agree: {reconciled}");
    let events = in_kafka(&world.installation)?;
    Ok(Filled { events, posted_seconds, agreed_seconds, simulator_cpu })
}

/// Where time goes: CPU seconds and the most resident megabytes of each process, and what ClickHouse
/// did with its own.
pub(super) async fn used(
    world: &World,
    stage: &Stage,
    before: f64,
) -> anyhow::Result<serde_json::Value> {
    let of = |program: &Program| -> anyhow::Result<_> {
        if !program.is_started() {
            return Ok(json!(null));
        }
        let peak = figure(peak_bytes(program.pid())?) / 1e6;
        Ok(json!({ "cpu_s": cpu_seconds(program.pid())?, "peak_mb": peak }))
    };
    let clickhouse = cpu_seconds(stage.clickhouse_pid())? - before;
    let config = &world.installation.clickhouse;
    let statements = statements(&config.client(), &config.clickhouse_database).await?;
    let mut used = serde_json::Map::new();
    for service in Service::VARIANTS {
        used.insert(service.to_string(), of(&world[*service])?);
    }
    used.insert("clickhouse".to_owned(), json!({ "cpu_s": clickhouse, "statements": statements }));
    Ok(used.into())
}

/// Ends every service, in order.
pub(super) fn end(world: &mut World) -> anyhow::Result<()> {
    for service in Service::VARIANTS {
        let service = &mut world[*service];
        if service.is_started() {
            let ended = service.terminate();
            ensure!(ended.success(), "a service ended with {ended}: {}", service.log());
        }
    }
    Ok(())
}
