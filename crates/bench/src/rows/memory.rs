//! The most memory of each service that was resident while it worked as fast as it could: a backlog
//! that is loaded and counted, and then a back-fill over HTTP.

use crate::events::Spread;
use crate::fill::fill;
use crate::report::{Aim, Line, Measured};
use crate::rows::load::until_committed;
use crate::rows::{Bench, backfill, figure, until_counted};
use crate::usage::{forget_peak, peak_bytes};

/// Records of the backlog.
const RECORDS: (u64, u64) = (1_500_000, 10_000_000);

/// The share of the month that is posted then.
const SCALE: (&str, &str) = ("0.03", "0.3");

/// What a service may have, in megabytes.
const MOST: f64 = 150.0;

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Measured> {
    let records = bench.size(RECORDS.0, RECORDS.1);
    let scale = if bench.is_full() { SCALE.1 } else { SCALE.0 };
    let stage = bench.stage().await;
    let mut peaks: [Vec<f64>; 4] = Default::default();
    let rounds = bench.rounds(1);
    for round in 1..=rounds {
        bench.say(format!("memory, round {round} of {rounds}: a backlog of {records} records"));
        // The two halves are of different places, since the second one's figures must agree. What a
        // service holds it does not give back, so the greater of both is what counts.
        let place = stage.new_place().await?;
        fill(&place.kafka, records, 1, Spread::Nation).await?;
        let mut world = stage.world(place.clone()).await;
        world.loader.start();
        world.counter.start();
        let client = place.clickhouse.client();
        until_counted(&client, records).await?;
        until_committed(&place).await?;
        let backlog = [None, Some(world.loader.pid()), Some(world.counter.pid()), None];
        let backlog = backlog.map(|pid| pid.map_or(Ok(0), peak_bytes));
        backfill::end(&mut world)?;
        stage.drop_place(&place).await?;

        bench.say(format!("memory, round {round} of {rounds}: a back-fill at scale {scale}"));
        let mut world = stage.world(stage.new_place().await?).await;
        world.start_all();
        world.until_ready().await;
        let services = [&world.ingest, &world.loader, &world.counter, &world.disclosure];
        for service in services {
            // What the start took is not what the work takes.
            forget_peak(service.pid())?;
        }
        backfill::fill(bench, &world, scale).await?;
        for ((peaks, service), before) in peaks.iter_mut().zip(services).zip(backlog) {
            peaks.push(figure(peak_bytes(service.pid())?.max(before?)) / 1e6);
        }
        backfill::end(&mut world)?;
    }
    let greatest = (0..peaks[0].len())
        .map(|round| peaks.iter().map(|of_service| of_service[round]).fold(0.0, f64::max));
    let greatest = Line::new("the greatest service", "MB", greatest.collect());
    let names = ["ingest", "loader", "counter", "disclosure"];
    let each = names.into_iter().zip(peaks).map(|(name, peaks)| Line::new(name, "MB", peaks));
    let lines = std::iter::once(greatest).chain(each);
    Ok(Measured {
        reference: None,
        lines: lines.map(|line| line.aim(Aim::AtMost(MOST))).collect(),
        notes: vec![format!(
            "the most that was resident (VmHWM) while {records} records were loaded and counted, and \
             while a month at scale {scale} was posted"
        )],
        ..Measured::default()
    })
}
