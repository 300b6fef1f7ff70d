//! Measures how the cost of loading grows: with a second loader, with more records, and with
//! unevenly spread records.

use std::time::Instant;

use anyhow::ensure;
use serde_json::json;
use services::Service;
use testbed::engines::Installation;

use crate::bench::Bench;
use crate::events::Spread;
use crate::figure::figure;
use crate::fill::fill;
use crate::machine::Machine;
use crate::progress::{until_committed, until_stored};
use crate::report::{Aim, Line, Measured};
use crate::stage::{Stage, until_merged};
use crate::usage::cpu_seconds;

/// Records for what is not about their number.
const RECORDS: u64 = 1_000_000;

/// Numbers of records over which cost is to grow as they do.
const SIZES: (&[u64], &[u64]) = (&[250_000, 1_000_000], &[1_000_000, 10_000_000, 100_000_000]);

/// What one load came to.
#[derive(Clone, Copy, Debug)]
struct Loaded {
    seconds: f64,
    /// Of loaders and ClickHouse, all merges done.
    cpu_seconds: f64,
    /// Cores that loaders, ClickHouse and Kafka kept busy, on average.
    busy_cores: f64,
}

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Measured> {
    let rounds = bench.rounds(if bench.is_full() { 3 } else { 2 });
    let records = bench.size(RECORDS, 4 * RECORDS);
    let stage = bench.stage().await;
    let (mut one, mut two, mut busy) = (vec![], vec![], vec![]);
    let (mut skewed, mut spread) = (vec![], vec![]);
    bench.say("scaling: warming up");
    load(&stage, records / 4, Spread::Nation, Loaders::Usual).await?;
    for round in 1..=rounds {
        // By turns, so that neither side always comes second.
        let is_one_first = !round.is_multiple_of(2);
        for loaders in if is_one_first { [1, 2] } else { [2, 1] } {
            bench.say(format!(
                "scaling, round {round} of {rounds}: {loaders} loaders of one worker"
            ));
            let loaded =
                load(&stage, records, Spread::Nation, Loaders::OfOneWorker(loaders)).await?;
            let rate = figure(records) / loaded.seconds;
            if loaders == 1 {
                busy.push(loaded.busy_cores);
                one.push(rate);
            } else {
                two.push(rate);
            }
        }
        bench.say(format!("scaling, round {round} of {rounds}: all in one province, or in 31"));
        let mut sides = [(Spread::OneProvince, &mut skewed), (Spread::Nation, &mut spread)];
        if !is_one_first {
            sides.reverse();
        }
        for (side, rates) in sides {
            let loaded = load(&stage, records, side, Loaders::Usual).await?;
            rates.push(figure(records) / loaded.seconds);
        }
    }
    let sizes = if bench.is_full() { SIZES.1 } else { SIZES.0 };
    let mut by_size = Vec::new();
    for size in sizes {
        bench.say(format!("scaling: {size} records"));
        // No more than a test asks for.
        let size = (*size).min(bench.size(u64::MAX, u64::MAX));
        by_size.push((size, load(&stage, size, Spread::Nation, Loaders::Usual).await?));
    }
    let cores = Machine::this()?.cores;
    let cost = |(records, loaded): &(u64, Loaded)| loaded.cpu_seconds * 1e6 / figure(*records);
    let (smallest, greatest) = (&by_size[0], &by_size[by_size.len() - 1]);
    let mut measured = Measured {
        reference: Some(
            "one loader of one worker; the least number of records; records spread over 31 units",
        ),
        lines: vec![
            Line::new("two loaders of one worker", "rows/s", two)
                .beside(one)
                .aim(Aim::AtLeast(1.0)),
            Line::new(format!("CPU with {} records", greatest.0), "µs/row", vec![cost(greatest)])
                .beside(vec![cost(smallest)])
                .aim(Aim::AtMost(1.2)),
            Line::new("all records in one province", "rows/s", skewed)
                .beside(spread)
                .aim(Aim::AtLeast(0.8)),
            Line::new("busy with one loader of one worker, Kafka included", "cores", busy),
        ],
        notes: vec![format!(
            "{records} records; CPU of loader and ClickHouse. Kafka, ClickHouse and loaders share \
             {cores} cores, so a second loader can add only what the first one leaves free"
        )],
        ..Measured::default()
    };
    let detail = |(records, loaded): &(u64, Loaded)| json!({ "records": records, "seconds": loaded.seconds, "cpu_s": loaded.cpu_seconds });
    measured.details.insert("by_size".to_owned(), by_size.iter().map(detail).collect());
    Ok(measured)
}

/// Which loaders read.
#[derive(Clone, Copy, Debug)]
enum Loaders {
    /// One with its default settings.
    Usual,
    /// So many processes of one worker each.
    OfOneWorker(u32),
}

/// Loads records into an installation of their own.
async fn load(
    stage: &Stage,
    records: u64,
    spread: Spread,
    loaders: Loaders,
) -> anyhow::Result<Loaded> {
    let installation: Installation = stage.new_installation().await?;
    fill(&installation.kafka, records, 1, spread).await?;
    let mut world = stage.world(installation.clone()).await;
    let mut others = Vec::new();
    if let Loaders::OfOneWorker(count) = loaders {
        world[Service::Loader].set(WORKERS, "1");
        for number in 1..count {
            let mut other = world.another(Service::Loader, &format!("loader-{number}"));
            other.set(WORKERS, "1");
            others.push(other);
        }
    }
    let client = installation.clickhouse.client();
    let before = cpu_seconds(stage.clickhouse_pid())?;
    let kafka_before = cpu_seconds(stage.kafka_pid())?;
    let since = Instant::now();
    world[Service::Loader].start();
    for other in &mut others {
        other.start();
    }
    until_stored(&client, records).await?;
    until_committed(&installation).await?;
    let seconds = since.elapsed().as_secs_f64();
    let busy = cpu_seconds(stage.clickhouse_pid())? - before;
    let kafka = cpu_seconds(stage.kafka_pid())? - kafka_before;
    let mut of_loaders = 0.0;
    for loader in others.iter_mut().chain([&mut world[Service::Loader]]) {
        of_loaders += cpu_seconds(loader.pid())?;
        let ended = loader.terminate();
        ensure!(ended.success(), "a loader ended with {ended}: {}", loader.log());
    }
    until_merged(&client, &installation.clickhouse.clickhouse_database).await;
    let merged = cpu_seconds(stage.clickhouse_pid())? - before;
    stage.drop_installation(&installation).await?;
    Ok(Loaded {
        seconds,
        cpu_seconds: of_loaders + merged,
        busy_cores: (of_loaders + busy + kafka) / seconds,
    })
}

const WORKERS: &str = "HAOCHAPING_LOADER_WORKERS";
