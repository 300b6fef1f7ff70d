//! Killed processes. Whatever is killed in the middle of a load, nothing is lost and nothing counts
//! twice (D1 to D3).

use std::time::Duration;

use clickhouse::Client;
use services::Service;
use strum::VariantArray;
use testbed::engines::OwnEngines;
use testbed::program::Program;
use testbed::wait::until;
use testbed::world::{Simulation, World};
use tokio::time::sleep;

use crate::support::{program, world};

const SCALE: &str = "0.002";

/// Some 85,000 events in about 45 s: long enough to kill a process several times and to wait each
/// time until it works again.
const RATE: [&str; 2] = ["--rate", "1900"];

/// The moments of the kills, counted from when the process was seen working.
const MOMENTS: [Duration; 4] = [
    Duration::from_millis(400),
    Duration::from_millis(70),
    Duration::from_millis(1100),
    Duration::from_millis(230),
];

/// Watches whether rows arrive in a table.
struct Progress {
    client: Client,
    table: &'static str,
    inserted: u64,
}

impl Progress {
    fn of(world: &World, table: &'static str) -> Self {
        Self { client: world.installation.clickhouse.client(), table, inserted: 0 }
    }

    /// Waits for an insert that is newer than the last call.
    async fn until_it_goes_on(&mut self) {
        let before = self.inserted;
        until(&format!("{} goes on", self.table), || async { self.count().await > before }).await;
        self.inserted = self.count().await;
    }

    /// The number of parts ever written to the table, which is the number of the latest part.
    async fn count(&self) -> u64 {
        self.client
            .query("SELECT ifNull(max(max_block_number), 0)::UInt64 FROM system.parts WHERE database = currentDatabase() AND table = ?")
            .bind(self.table)
            .fetch_one()
            .await
            .unwrap_or_default()
    }
}

fn begin(world: &World) -> Simulation {
    world.simulate(SCALE, &[&RATE[..], &["--resend", "0.3"]].concat())
}

/// The disclosed month is the published one, and every record of it is accounted for.
fn agrees(world: &World) {
    println!("{}", world.reconcile(SCALE));
    let (closes, books) = world.ledger(&["--wait", "90"]);
    assert!(closes, "{books}");
}

/// Kills a service again and again, each time after rows were seen to arrive in a table.
async fn is_right_although_killed(service: fn(&mut World) -> &mut Program, table: &'static str) {
    let mut world = world::start().await;
    let mut simulation = begin(&world);
    let mut progress = Progress::of(&world, table);
    for moment in MOMENTS {
        progress.until_it_goes_on().await;
        sleep(moment).await;
        assert!(simulation.is_running(), "the kill comes in the middle of the load");
        service(&mut world).kill();
        service(&mut world).start();
    }
    simulation.finish();
    agrees(&world);
}

/// SIGKILL to the loader, four times while a published month is loaded.
#[tokio::test]
async fn the_month_is_right_although_the_loader_is_killed_again_and_again() {
    is_right_although_killed(|world| &mut world[Service::Loader], "records").await;
}

/// SIGKILL to the counter, four times while a published month is loaded.
#[tokio::test]
async fn the_month_is_right_although_the_counter_is_killed_again_and_again() {
    is_right_although_killed(|world| &mut world[Service::Counter], "counts").await;
}

/// SIGKILL to the intake, four times while a published month is loaded.
#[tokio::test]
async fn the_month_is_right_although_the_intake_is_killed_again_and_again() {
    is_right_although_killed(|world| &mut world[Service::Ingest], "records").await;
}

/// SIGKILL to ClickHouse, three times while a published month is loaded.
#[tokio::test]
async fn the_month_is_right_although_clickhouse_is_killed_in_the_middle_of_a_load() {
    let mut engines = OwnEngines::start(program()).await;
    let world = world::at(engines.installation()).await;
    world.until_ready().await;
    let mut simulation = begin(&world);
    let mut progress = Progress::of(&world, "counts");
    for moment in &MOMENTS[..3] {
        progress.until_it_goes_on().await;
        sleep(*moment).await;
        assert!(simulation.is_running(), "the kill comes in the middle of the load");
        engines.kill_clickhouse().await;
        engines.start_clickhouse().await;
    }
    simulation.finish();
    agrees(&world);
}

/// SIGKILL to Kafka, twice while a published month is loaded.
#[tokio::test]
async fn the_month_is_right_although_kafka_is_killed_in_the_middle_of_a_load() {
    let mut engines = OwnEngines::start(program()).await;
    let world = world::at(engines.installation()).await;
    world.until_ready().await;
    let mut simulation = begin(&world);
    let mut progress = Progress::of(&world, "records");
    for moment in &MOMENTS[..2] {
        progress.until_it_goes_on().await;
        sleep(*moment).await;
        assert!(simulation.is_running(), "the kill comes in the middle of the load");
        engines.kill_kafka().await;
        engines.start_kafka().await;
    }
    simulation.finish();
    agrees(&world);
}

/// SIGTERM to every service while a published month is loaded.
#[tokio::test]
async fn every_service_ends_well_when_it_is_told_to_in_the_middle_of_a_load() {
    let mut world = world::start().await;
    let simulation = begin(&world);
    Progress::of(&world, "counts").until_it_goes_on().await;
    sleep(MOMENTS[0]).await;
    for service in Service::VARIANTS {
        let service = &mut world[*service];
        let status = service.terminate();
        assert!(status.success(), "{status}: {}", service.log());
        service.start();
    }
    simulation.finish();
    agrees(&world);
}
