//! Measures batches into the intake over HTTP until each event is acknowledged, against librdkafka
//! alone with the same bytes, settings and topics.

use std::process;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use client::Batcher;
use services::Service;
use testbed::engines::Installation;

use crate::bench::Bench;
use crate::events::{Record, Spread, records};
use crate::figure::figure;
use crate::fill::publish;
use crate::http::{Call, Connection, saturate};
use crate::progress::in_kafka;
use crate::report::{Aim, Line, Measured};
use crate::stage::Stage;
use crate::usage::cpu_seconds;

/// Events of a round.
const EVENTS: (u64, u64) = (500_000, 2_000_000);

/// Events of a request.
const BATCH: usize = 500;

/// Of the events one in so many is posted before the clock starts, so that connections are open and
/// topics known on both sides.
const WARM_PART: usize = 20;

/// Requests under way at once: 8,000 events of the 50,000 that the intake lets wait.
const CONNECTIONS: usize = 16;

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Measured> {
    let events = bench.size(EVENTS.0, EVENTS.1);
    let rounds = bench.rounds(5);
    let stage = bench.stage().await;
    bench.say(format!("ingest: making {events} events"));
    let made = tokio::task::spawn_blocking(move || records(events, 1, Spread::OneProvince));
    let made: Arc<[Record]> = made.await.context("making events panicked")??.into();
    let warm = made.len() / WARM_PART;
    let measured = figure((made.len() - warm) as u64);
    let (mut ours, mut reference) = (Vec::new(), Vec::new());
    let (mut our_cpu, mut reference_cpu) = (Vec::new(), Vec::new());
    // Kafka compiles its code while it runs, so the results of round zero are dropped.
    for round in 0..=rounds {
        // The sides alternate, so that neither always comes second.
        let is_ours_first = !round.is_multiple_of(2);
        for is_ours in [is_ours_first, !is_ours_first] {
            let installation = stage.new_installation().await?;
            let side = if is_ours { "the intake" } else { "librdkafka" };
            bench.say(format!("ingest, round {round} of {rounds}: {side}"));
            if is_ours {
                let (took, used) = post(&stage, &installation, made.split_at(warm)).await?;
                if round > 0 {
                    ours.push(measured / took.as_secs_f64());
                    our_cpu.push(used * 1e6 / measured);
                }
            } else {
                let before = cpu_seconds(process::id())?;
                let took = publish(&installation.kafka, Arc::clone(&made), warm).await?;
                let used = cpu_seconds(process::id())? - before;
                if round > 0 {
                    reference.push(measured / took.as_secs_f64());
                    reference_cpu.push(used * 1e6 / figure(events));
                }
            }
            // A batch in which an event was refused is answered with 200 too.
            let stored = in_kafka(&installation)?;
            ensure!(stored == events, "Kafka has {stored} records of {events} events");
            stage.drop_installation(&installation).await?;
        }
    }
    Ok(Measured {
        reference: Some(
            "librdkafka alone, with the intake's settings, until the last delivery report",
        ),
        lines: vec![
            Line::new(format!("batches of {BATCH}, acks=all"), "events/s", ours)
                .beside(reference)
                .aim(Aim::AtLeast(0.5)),
            Line::new("CPU of the process", "µs/event", our_cpu).beside(reference_cpu),
        ],
        notes: vec![format!(
            "{events} services and reviews by {CONNECTIONS} connections; who posts runs on the same \
             cores; the reference's CPU has its start in it"
        )],
        ..Measured::default()
    })
}

/// Posts records that are not measured and then those that are. Returns how long these took, and what
/// CPU seconds the intake used for them.
async fn post(
    stage: &Stage,
    installation: &Installation,
    (warm, records): (&[Record], &[Record]),
) -> anyhow::Result<(Duration, f64)> {
    let mut world = stage.world(installation.clone()).await;
    world[Service::Ingest].start();
    world.until_service_is_ready(Service::Ingest).await;
    let calls: Arc<[Call]> = batches(records, &world.key(), BATCH)?.into();
    let warm: Arc<[Call]> = batches(warm, &world.key(), BATCH)?.into();
    let address = world.intake_address();
    let connections = Connection::open_many(address, CONNECTIONS).await?;
    saturate(connections, &warm, warm.len() as u64).await?;
    let connections = Connection::open_many(address, CONNECTIONS).await?;
    let before = cpu_seconds(world[Service::Ingest].pid())?;
    let took = saturate(connections, &calls, calls.len() as u64).await?;
    let used = cpu_seconds(world[Service::Ingest].pid())? - before;
    let ended = world[Service::Ingest].terminate();
    ensure!(ended.success(), "the intake ended with {ended}: {}", world[Service::Ingest].log());
    Ok((took, used))
}

/// Requests of `size` events of a kind each, in the order of the records.
pub(super) fn batches(records: &[Record], key: &str, size: usize) -> anyhow::Result<Vec<Call>> {
    let mut batcher = Batcher::new(size);
    let mut calls = Vec::new();
    for record in records {
        for batch in batcher.push(record.kind, &record.value) {
            calls.push(Call::post_batch(&batch, key)?);
        }
    }
    for batch in batcher.finish() {
        calls.push(Call::post_batch(&batch, key)?);
    }
    Ok(calls)
}
