//! Whatever is killed in the middle of a load: nothing is lost, nothing counts twice (D1 to D3).

use std::time::Duration;

use tokio::time::sleep;

use crate::support::engines::OwnEngines;
use crate::support::world::{Simulation, World};

const SCALE: &str = "0.002";

/// Some 50,000 events in about 12 s: long enough to kill something several times.
const RATE: [&str; 2] = ["--rate", "4000"];

/// The moments at which something is killed, from the beginning of a load.
const MOMENTS: [Duration; 4] = [
    Duration::from_millis(1500),
    Duration::from_millis(700),
    Duration::from_millis(2100),
    Duration::from_millis(1300),
];

fn begin(world: &World) -> Simulation {
    world.simulate(SCALE, &[&RATE[..], &["--resend", "0.3"]].concat())
}

#[tokio::test]
async fn the_month_is_right_although_the_loader_is_killed_again_and_again() {
    let mut world = World::start().await;
    let simulation = begin(&world);
    for moment in MOMENTS {
        sleep(moment).await;
        world.loader.kill();
        world.loader.start();
    }
    simulation.finish();
    world.reconcile(SCALE);
}

#[tokio::test]
async fn the_month_is_right_although_the_counter_is_killed_again_and_again() {
    let mut world = World::start().await;
    let simulation = begin(&world);
    for moment in MOMENTS {
        sleep(moment).await;
        world.counter.kill();
        world.counter.start();
    }
    simulation.finish();
    world.reconcile(SCALE);
}

#[tokio::test]
async fn the_month_is_right_although_the_intake_is_killed_again_and_again() {
    let mut world = World::start().await;
    let simulation = begin(&world);
    for moment in MOMENTS {
        sleep(moment).await;
        world.ingest.kill();
        world.ingest.start();
    }
    simulation.finish();
    world.reconcile(SCALE);
}

#[tokio::test]
async fn the_month_is_right_although_clickhouse_is_killed_in_the_middle_of_a_load() {
    let mut engines = OwnEngines::start().await;
    let world = World::at(engines.place()).await;
    world.until_ready().await;
    let simulation = begin(&world);
    for moment in &MOMENTS[..3] {
        sleep(*moment).await;
        engines.kill_clickhouse().await;
        engines.start_clickhouse().await;
    }
    simulation.finish();
    world.reconcile(SCALE);
}

#[tokio::test]
async fn the_month_is_right_although_kafka_is_killed_in_the_middle_of_a_load() {
    let mut engines = OwnEngines::start().await;
    let world = World::at(engines.place()).await;
    world.until_ready().await;
    let simulation = begin(&world);
    for moment in &MOMENTS[..2] {
        sleep(*moment).await;
        engines.kill_kafka().await;
        engines.start_kafka().await;
    }
    simulation.finish();
    world.reconcile(SCALE);
}

#[tokio::test]
async fn every_service_ends_well_when_it_is_told_to_in_the_middle_of_a_load() {
    let mut world = World::start().await;
    let simulation = begin(&world);
    sleep(MOMENTS[0]).await;
    for service in [&mut world.ingest, &mut world.loader, &mut world.counter, &mut world.disclosure]
    {
        let status = service.terminate();
        assert!(status.success(), "{status}: {}", service.log());
        service.start();
    }
    simulation.finish();
    world.reconcile(SCALE);
}
