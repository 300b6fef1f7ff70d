//! A backlog that has piled up while loader and counter were away: how long until it is stored and
//! counted, and how reading fares meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use services::Service;
use testbed::world::World;
use tokio_util::sync::CancellationToken;

use crate::bench::Bench;
use crate::events::{Spread, nation};
use crate::figure::figure;
use crate::fill::fill;
use crate::http::{Call, Connection};
use crate::open_model::{self, Caller, Latencies};
use crate::progress::{until_all_counted, until_committed, until_stored};
use crate::report::{Aim, Line, Measured};
use crate::rows::backfill;
use crate::usage::cpu_seconds;

/// Records of the backlog; whole, an hour at 2,500 a second.
const RECORDS: (u64, u64) = (1_000_000, 9_000_000);

/// The aim: the records of an hour in the seconds of a minute.
const HOUR: f64 = 9_000_000.0;
const MINUTE: f64 = 60.0;

/// What is published before.
const BEFORE: u64 = 100_000;

/// Reads a second, over all units' months by turns.
const READS: f64 = 100.0;

/// Connections that read.
const LANES: usize = 64;

/// How long reading is watched while nothing else is done.
const QUIET: Duration = Duration::from_secs(15);

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Measured> {
    let records = bench.size(RECORDS.0, RECORDS.1);
    let before = BEFORE.min(records);
    let rounds = bench.rounds(1);
    let stage = bench.stage().await;
    let (mut seconds, mut rates, mut used) = (vec![], vec![], vec![]);
    let (mut quiet_p99, mut busy_p99, mut stored_seconds) = (vec![], vec![], vec![]);
    for round in 1..=rounds {
        bench.say(format!("recovery, round {round} of {rounds}: what was there before"));
        let installation = stage.new_installation().await?;
        fill(&installation.kafka, before, 1, Spread::Nation).await?;
        let mut world = stage.world(installation.clone()).await;
        for service in [Service::Loader, Service::Counter, Service::Disclosure] {
            let service = &mut world[service];
            service.start();
        }
        let client = installation.clickhouse.client();
        until_all_counted(&client, before).await?;
        until_committed(&installation).await?;
        world[Service::Loader].terminate();
        world[Service::Counter].terminate();

        bench.say(format!("recovery, round {round} of {rounds}: {records} records pile up"));
        fill(&installation.kafka, records, 2, Spread::Nation).await?;
        bench.say(format!("recovery, round {round} of {rounds}: quiet reads"));
        let quiet = read(&world, Some(QUIET), &CancellationToken::new()).await?;
        quiet_p99.push(quiet.milliseconds(0.99));

        bench.say(format!("recovery, round {round} of {rounds}: the backlog is drained"));
        let stop = CancellationToken::new();
        let drained = stop.clone().drop_guard();
        let all = before + records;
        let clickhouse = cpu_seconds(stage.clickhouse_pid())?;
        let since = Instant::now();
        world[Service::Loader].start();
        world[Service::Counter].start();
        let draining = async {
            let _drained = drained;
            until_stored(&client, all).await?;
            until_committed(&installation).await?;
            let stored = since.elapsed();
            until_all_counted(&client, all).await?;
            anyhow::Ok((stored, since.elapsed()))
        };
        let (busy, drained) = tokio::join!(read(&world, None, &stop), draining);
        let (stored, drained) = drained?;
        used.push(backfill::used(&world, &stage, clickhouse).await?);
        busy_p99.push(busy.context("reading failed meanwhile")?.milliseconds(0.99));
        stored_seconds.push(stored.as_secs_f64());
        seconds.push(drained.as_secs_f64());
        rates.push(figure(records) / drained.as_secs_f64());
        backfill::end(&mut world)?;
        stage.drop_installation(&installation).await?;
    }
    let mut measured = Measured {
        reference: Some("the same reads while nothing else is done; for reads alone"),
        lines: vec![
            Line::new("a backlog stored and counted", "records/s", rates)
                .aim(Aim::AtLeast(HOUR / MINUTE)),
            Line::new("p99 of reads meanwhile", "ms", busy_p99)
                .beside(quiet_p99)
                .aim(Aim::AtMost(2.0)),
            Line::new("until it is stored and committed", "s", stored_seconds),
            Line::new("until every table has counted it", "s", seconds),
        ],
        notes: vec![format!(
            "{records} records over 31 units, of the 9,000,000 of an hour at 2,500 records/s, pile up in Kafka while loader and counter are away; \
             {READS} reads/s of their months, from an open model"
        )],
        ..Measured::default()
    };
    measured.details.insert("used".to_owned(), used.into());
    Ok(measured)
}

/// Reads the months of all units by turns.
async fn read(
    world: &World,
    lasts: Option<Duration>,
    stop: &CancellationToken,
) -> anyhow::Result<Latencies> {
    let call = |unit| Call::get(&format!("/v1/provinces/{unit}/months/2023-07"));
    let calls: Arc<[Call]> = nation().into_iter().map(call).collect::<Result<_, _>>()?;
    let connections = Connection::open_many(world.public_address(), LANES).await?;
    open_model::run(Caller::all(connections, &calls), READS, lasts, stop).await
}
