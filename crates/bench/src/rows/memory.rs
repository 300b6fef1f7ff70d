//! Measures the peak resident memory of each service at full speed: while a backlog is loaded and
//! counted, and then during a back-fill over HTTP.

use std::collections::BTreeMap;

use anyhow::Context;
use services::Service;
use strum::VariantArray;

use crate::bench::Bench;
use crate::events::Spread;
use crate::figure::figure;
use crate::fill::fill;
use crate::progress::{until_committed, until_counted};
use crate::report::{Aim, Line, Measured};
use crate::rows::backfill;
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
    let mut peaks: BTreeMap<Service, Vec<f64>> = BTreeMap::new();
    let rounds = bench.rounds(1);
    for round in 1..=rounds {
        bench.say(format!("memory, round {round} of {rounds}: a backlog of {records} records"));
        // The two halves are of different installations, since the second one's figures must agree. What a
        // service holds it does not give back, so the greater of both is what counts.
        let installation = stage.new_installation().await?;
        fill(&installation.kafka, records, 1, Spread::Nation).await?;
        let mut world = stage.world(installation.clone()).await;
        world[Service::Loader].start();
        world[Service::Counter].start();
        let client = installation.clickhouse.client();
        until_counted(&client, records).await?;
        until_committed(&installation).await?;
        let mut backlog = BTreeMap::new();
        for service in [Service::Loader, Service::Counter] {
            backlog.insert(service, peak_bytes(world[service].pid())?);
        }
        backfill::end(&mut world)?;
        stage.drop_installation(&installation).await?;

        bench.say(format!("memory, round {round} of {rounds}: a back-fill at scale {scale}"));
        let mut world = stage.world(stage.new_installation().await?).await;
        world.start_all();
        world.until_ready().await;
        for service in Service::VARIANTS {
            // What the start took is not what the work takes.
            forget_peak(world[*service].pid())?;
        }
        backfill::fill(bench, &world, scale).await?;
        for service in Service::VARIANTS {
            let before = backlog.get(service).copied().unwrap_or(0);
            let peak = peak_bytes(world[*service].pid())?.max(before);
            peaks.entry(*service).or_default().push(figure(peak) / 1e6);
        }
        backfill::end(&mut world)?;
    }
    let rounds = peaks.values().map(Vec::len).min().context("there is no service")?;
    let greatest =
        (0..rounds).map(|round| peaks.values().map(|peaks| peaks[round]).fold(0.0, f64::max));
    let greatest = Line::new("the greatest service", "MB", greatest.collect());
    let each = peaks.into_iter().map(|(service, peaks)| Line::new(service.name(), "MB", peaks));
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
