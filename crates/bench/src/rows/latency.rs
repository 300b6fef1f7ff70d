//! Measures the time from the moment at which a review is due to be posted until the public figures
//! include it, under an external load that does not wait.
//!
//! Some of the reviews are probes: each has a channel and a level in its province for itself until it is
//! seen, so that the figure says that it is this one. All others use other channels.

mod probes;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use domain::Province;
use serde_json::json;
use testbed::world::World;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::bench::Bench;
use crate::events::{Spread, nation};
use crate::figure::figure;
use crate::fill::fill;
use crate::http::{Call, Connection};
use crate::open_model::{self, Caller, Latencies};
use crate::progress::{counted, in_kafka, until_all_counted, until_counted};
use crate::report::{Aim, Line, Measured};
use crate::rows::{backfill, ingest};
use crate::stage::Stage;
use crate::usage::cpu_seconds;

/// How long a load goes on.
const LASTS: (Duration, Duration) = (Duration::from_mins(1), Duration::from_mins(10));

/// Records of the month that are counted before a load begins, so that the days that it touches are not
/// empty: whole, about as many as Guangdong has in one.
const BEFORE: (u64, u64) = (200_000, 23_000_000);

/// The simulator's seed for them: none of their cases is one of the load's.
const BEFORE_SEED: u64 = 1_000;

/// Services for a review.
const SERVICES_PER_REVIEW: f64 = 1.3;

/// Connections of the load: more than are ever busy.
const LANES: usize = 128;

/// If more than this part of what was posted between the middle third and the last one was still to be
/// counted, that is not chance, in percent.
const FELL_BEHIND_MOST: f64 = 5.0;

/// How often it is looked at how much is on the way.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A load, and what it is to reach.
struct Load {
    name: &'static str,
    provinces: Vec<Province>,
    reviews_per_second: f64,
    /// Events of a request.
    batch: usize,
    /// Of the provinces, how many are watched.
    watched: usize,
    /// A province has thirty probes under way at most: with too many a second they would wait for
    /// each other.
    probes_per_second: f64,
    p99_most: f64,
}

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Measured> {
    let loads = [
        Load {
            name: "200/s, one province",
            provinces: vec![Province::from_number(44)?],
            reviews_per_second: 200.0,
            batch: 1,
            watched: 1,
            probes_per_second: 10.0,
            p99_most: 2.0,
        },
        Load {
            name: "2,500/s, 31 provinces",
            provinces: nation(),
            reviews_per_second: 2_500.0,
            batch: 10,
            watched: 8,
            probes_per_second: 10.0,
            p99_most: 5.0,
        },
    ];
    let stage = bench.stage().await;
    let mut measured = Measured::default();
    for load in &loads {
        under_load(bench, &stage, load, &mut measured).await?;
    }
    measured.notes.push(format!(
        "reviews of services of fifteen days, and {SERVICES_PER_REVIEW} services for each, for {} s, where \
         {} records of the month were counted before, spread over the province or the 31; from when a post was due to when the public JSON \
         shows it",
        lasts(bench).as_secs(),
        bench.size(BEFORE.0, BEFORE.1)
    ));
    Ok(measured)
}

fn lasts(bench: &Bench) -> Duration {
    if bench.is_full() { LASTS.1 } else { LASTS.0 }
}

async fn under_load(
    bench: &Bench,
    stage: &Stage,
    load: &Load,
    measured: &mut Measured,
) -> anyhow::Result<()> {
    let lasts = lasts(bench);
    bench.say(format!("latency, {}: making events", load.name));
    let per_second = load.reviews_per_second * (1.0 + SERVICES_PER_REVIEW);
    let (provinces, probes_per_second) = (load.provinces.clone(), load.probes_per_second);
    let made = tokio::task::spawn_blocking(move || {
        probes::make(&provinces, count(per_second, lasts), count(2.0 * probes_per_second, lasts))
    });
    let made = made.await.context("making events panicked")??;
    let mut world = stage.world(stage.new_installation().await?).await;
    Stage::start_way(&mut world).await;
    let before = bench.size(BEFORE.0, BEFORE.1);
    bench.say(format!("latency, {}: {before} records before", load.name));
    let spread = if load.provinces.len() == 1 { Spread::OneProvince } else { Spread::Nation };
    fill(&world.installation.kafka, before, BEFORE_SEED, spread).await?;
    let client = world.installation.clickhouse.client();
    until_all_counted(&client, before).await?;
    let probes::Made { load: events, probes } = made;
    let calls: Arc<[Call]> = ingest::batches(&events, &world.key(), load.batch)?.into();
    drop(events);
    let watched = &load.provinces[..load.watched];
    begin(&world, &calls, 40 * load.provinces.len()).await?;

    let stop = CancellationToken::new();
    let watching = stop.clone().drop_guard();
    let lanes = probes::lanes(&world, watched, probes, &stop).await?;
    let connections = Connection::open_many(world.intake_address(), LANES).await?;
    let requests_per_second = per_second / figure(load.batch as u64);
    let never = CancellationToken::new();
    let clickhouse = cpu_seconds(stage.clickhouse_pid())?;
    bench.say(format!("latency, {}: for {} s", load.name, lasts.as_secs()));
    let (posted, seen, behind) = tokio::join!(
        open_model::run(Caller::all(connections, &calls), requests_per_second, Some(lasts), &never),
        open_model::run(lanes, load.probes_per_second, Some(lasts), &never),
        watch_backlog(&world, lasts),
    );
    drop(watching);
    let (posted, seen, behind) = (posted?, seen?, behind?);
    let used = backfill::used(&world, stage, clickhouse).await?;
    let all = in_kafka(&world.installation)?;
    until_counted(&client, all).await?;
    backfill::end(&mut world)?;
    stage.drop_installation(&world.installation).await?;
    tell(load, (per_second, lasts), (&posted, &seen), &behind, measured);
    let details =
        json!({ "not_counted_yet": behind.all, "used_by_services_since_their_start": used });
    measured.details.insert(load.name.to_owned(), details);
    Ok(())
}

fn count(per_second: f64, lasts: Duration) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "far below 2^63")]
    let count = (per_second * lasts.as_secs_f64()).ceil() as u64;
    count
}

fn tell(
    load: &Load,
    (per_second, lasts): (f64, Duration),
    (posted, seen): (&Latencies, &Latencies),
    behind: &Behind,
    measured: &mut Measured,
) {
    let name = load.name;
    let lost = behind.lost(per_second, lasts);
    let seconds = |share| vec![seen.milliseconds(share) / 1e3];
    // The thousandth of a few hundred is the greatest, and says nothing.
    if seen.count() >= 10_000 {
        measured.lines.push(Line::new(format!("{name}: p99.9 to the figure"), "s", seconds(0.999)));
    }
    measured.lines.extend([
        Line::new(format!("{name}: p99 to the figure"), "s", seconds(0.99))
            .aim(Aim::AtMost(load.p99_most)),
        Line::new(format!("{name}: p50 to the figure"), "s", seconds(0.5)),
        Line::new(format!("{name}: p99 of the answer"), "ms", vec![posted.milliseconds(0.99)]),
        Line::new(format!("{name}: not counted yet, last third"), "records", vec![behind.last]),
        Line::new(format!("{name}: not counted yet, middle third"), "records", vec![behind.middle]),
        Line::new(format!("{name}: figures fell behind by"), "% of the load", vec![lost])
            .aim(Aim::AtMost(FELL_BEHIND_MOST)),
    ]);
    measured.notes.push(format!("{name}: {} probes", seen.count()));
}

/// Posts something, and waits until it is counted.
async fn begin(world: &World, calls: &[Call], count: usize) -> anyhow::Result<()> {
    let mut connection = Connection::open(world.intake_address()).await?;
    for call in calls.iter().take(count) {
        connection.send(call).await?;
    }
    until_all_counted(&world.installation.clickhouse.client(), in_kafka(&world.installation)?).await
}

/// How many records Kafka had that no figure had yet.
struct Behind {
    all: Vec<u64>,
    middle: f64,
    last: f64,
}

impl Behind {
    /// Which part of what was posted from the middle of the one third to the middle of the other was
    /// not counted in time, in percent.
    fn lost(&self, records_per_second: f64, lasts: Duration) -> f64 {
        let posted = records_per_second * lasts.as_secs_f64() / 3.0;
        (self.last - self.middle).max(0.0) / posted * 100.0
    }

    fn of(all: Vec<u64>) -> Self {
        let third = (all.len() / 3).max(1);
        let mean = |of: &[u64]| figure(of.iter().sum()) / figure(of.len().max(1) as u64);
        let middle = mean(&all[third.min(all.len())..(2 * third).min(all.len())]);
        let last = mean(&all[all.len().saturating_sub(third)..]);
        Self { all, middle, last }
    }
}

async fn watch_backlog(world: &World, lasts: Duration) -> anyhow::Result<Behind> {
    let client = world.installation.clickhouse.client();
    let until = Instant::now() + lasts;
    let mut all = Vec::new();
    while Instant::now() < until {
        sleep(LOOK_EVERY).await;
        let installation = world.installation.clone();
        let there = tokio::task::spawn_blocking(move || in_kafka(&installation)).await??;
        all.push(there.saturating_sub(counted(&client).await?));
    }
    Ok(Behind::of(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backlog_that_grows_is_told_from_one_that_goes_up_and_down() {
        let steady = Behind::of(vec![0, 900, 1_400, 800, 1_500, 700, 1_600, 900, 1_300]);
        let minute = Duration::from_mins(1);
        assert!(steady.lost(460.0, minute) < FELL_BEHIND_MOST, "{}", steady.lost(460.0, minute));
        // Of 460 a second 46 are left behind.
        let growing = Behind::of((0..30).map(|look| look * 2 * 46).collect());
        let lost = growing.lost(460.0, minute);
        assert!((lost - 10.0).abs() < 0.01, "{lost}");
    }
}
