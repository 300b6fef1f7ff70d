//! Measures Kafka to ClickHouse: the real loader, from nothing until every row is stored and every
//! offset is committed, against ClickHouse's own Kafka table engine.

use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::json;
use services::Service;
use testbed::engines::Installation;
use tokio::time::sleep;

use crate::bench::Bench;
use crate::events::Spread;
use crate::figure::figure;
use crate::fill::fill;
use crate::progress::{until_committed, until_stored};
use crate::report::{Aim, Line, Measured};
use crate::rows::kafka_engine;
use crate::stage::{Stage, number, until_merged};
use crate::usage::cpu_seconds;

/// Records of a round.
const RECORDS: (u64, u64) = (1_500_000, 10_000_000);

/// How long until it is counted again which records are there.
const AGAIN_AFTER: Duration = Duration::from_millis(200);

/// What a side needed for all records.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    seconds: f64,
    /// Of the loader, where there is one.
    loader_cpu: f64,
    clickhouse_cpu: f64,
    /// Of ClickHouse, when it has merged what it wants to merge.
    merged_cpu: f64,
}

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Measured> {
    let records = bench.size(RECORDS.0, RECORDS.1);
    let rounds = bench.rounds(3);
    let stage = bench.stage().await;
    let (mut ours, mut reference) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        let installation = stage.new_installation().await?;
        bench.say(format!("load, round {round} of {rounds}: writing {records} records"));
        fill(&installation.kafka, records, u64::from(round), Spread::OneProvince).await?;
        // By turns, so that neither side always comes second.
        let is_ours_first = !round.is_multiple_of(2);
        for is_ours in [is_ours_first, !is_ours_first] {
            let side = if is_ours { "the loader" } else { "the Kafka table engine" };
            bench.say(format!("load, round {round} of {rounds}: {side}"));
            if is_ours {
                ours.push(run_ours(&stage, &installation, records).await?);
            } else {
                reference.push(run_reference(&stage, &installation, records).await?);
            }
        }
        kafka_engine::must_equal(&installation).await?;
        kafka_engine::drop(&installation).await?;
        stage.drop_installation(&installation).await?;
    }
    let per_second = |cost: &Cost| figure(records) / cost.seconds;
    let cpu = |cost: &Cost| (cost.loader_cpu + cost.merged_cpu) * 1e6 / figure(records);
    let unmerged = |cost: &Cost| (cost.loader_cpu + cost.clickhouse_cpu) * 1e6 / figure(records);
    let all = |costs: &[Cost], of: &dyn Fn(&Cost) -> f64| costs.iter().map(of).collect::<Vec<_>>();
    let detail = |cost: &Cost| {
        json!({
            "seconds": cost.seconds, "loader_cpu_s": cost.loader_cpu,
            "clickhouse_cpu_s": cost.clickhouse_cpu, "clickhouse_cpu_merged_s": cost.merged_cpu,
        })
    };
    let mut measured = Measured {
        reference: Some(
            "ClickHouse's Kafka table engine with two consumers, a thread for each, and a \
             materialized view into a table made as ours",
        ),
        lines: vec![
            Line::new("rows stored and committed", "rows/s", all(&ours, &per_second))
                .beside(all(&reference, &per_second))
                .aim(Aim::AtLeast(3.0)),
            Line::new("CPU of loader and ClickHouse, all merges done", "µs/row", all(&ours, &cpu))
                .beside(all(&reference, &cpu))
                .aim(Aim::AtMost(1.0 / 3.0)),
            Line::new("the same until all is stored", "µs/row", all(&ours, &unmerged))
                .beside(all(&reference, &unmerged)),
        ],
        notes: vec![format!(
            "{records} services and reviews; the reference hashes with xxh3 where ours uses BLAKE3, \
             and writes neither names nor touches; it looks for equal rows in each insert, as is the \
             default, and we do not. Kafka's own CPU is left out on both sides"
        )],
        ..Measured::default()
    };
    measured.details.insert("records".to_owned(), json!(records));
    measured.details.insert("ours".to_owned(), ours.iter().map(detail).collect());
    measured.details.insert("reference".to_owned(), reference.iter().map(detail).collect());
    Ok(measured)
}

async fn run_ours(
    stage: &Stage,
    installation: &Installation,
    records: u64,
) -> anyhow::Result<Cost> {
    let mut world = stage.world(installation.clone()).await;
    let clickhouse = stage.clickhouse_pid();
    let client = installation.clickhouse.client();
    let before = cpu_seconds(clickhouse)?;
    let since = Instant::now();
    world[Service::Loader].start();
    until_stored(&client, records).await?;
    until_committed(installation).await?;
    let mut cost = Cost {
        seconds: since.elapsed().as_secs_f64(),
        loader_cpu: cpu_seconds(world[Service::Loader].pid())?,
        clickhouse_cpu: cpu_seconds(clickhouse)? - before,
        ..Cost::default()
    };
    let ended = world[Service::Loader].terminate();
    ensure!(ended.success(), "the loader ended with {ended}: {}", world[Service::Loader].log());
    until_merged(&client, &installation.clickhouse.clickhouse_database).await;
    cost.merged_cpu = cpu_seconds(clickhouse)? - before;
    Ok(cost)
}

async fn run_reference(
    stage: &Stage,
    installation: &Installation,
    records: u64,
) -> anyhow::Result<Cost> {
    let clickhouse = stage.clickhouse_pid();
    kafka_engine::prepare(installation).await?;
    let client = kafka_engine::client(installation);
    let before = cpu_seconds(clickhouse)?;
    let since = Instant::now();
    kafka_engine::begin(installation).await?;
    let mut cost = loop {
        until_stored(&client, records).await?;
        let cost = Cost {
            seconds: since.elapsed().as_secs_f64(),
            clickhouse_cpu: cpu_seconds(clickhouse)? - before,
            ..Cost::default()
        };
        // Some rows may be there twice, and others not yet.
        let distinct = "SELECT uniqExact(topic, partition, offset) FROM records";
        if number(&client, distinct).await? >= records {
            break cost;
        }
        sleep(AGAIN_AFTER).await;
    };
    kafka_engine::end(installation).await?;
    until_merged(&client, &kafka_engine::database(installation)).await;
    cost.merged_cpu = cpu_seconds(clickhouse)? - before;
    Ok(cost)
}
