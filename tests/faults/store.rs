//! ClickHouse killed and stopped.

use std::time::Duration;

use services::Service;
use testbed::engines::OwnEngines;
use testbed::wait::until;
use testbed::world::{Routes, World};
use tokio::time::sleep;
use torture::sender::Sender;
use torture::tamper;

use super::{INSERT_TIMEOUT, all_is_equal, load};
use crate::support::program;

/// A world on its own engines, whose loader times out early on inserts.
async fn world_on(engines: &OwnEngines) -> (World, Sender) {
    let installation = engines.installation();
    let mut world =
        World::prepare(program(), installation.clone(), &Routes::direct(&installation)).await;
    world.set_insert_timeout(INSERT_TIMEOUT);
    world.start_all();
    world.until_ready().await;
    let sender = Sender::of(&world);
    (world, sender)
}

/// SIGSTOP to ClickHouse for much longer than the insert timeout, while the loader sends the same
/// rows sixteen times; all of them arrive when ClickHouse continues. Then every consumer group is
/// reset to the beginning of the topics, and everything is loaded and recounted once more.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_counts_twice_after_clickhouse_stood_still_and_all_was_replayed_from_the_beginning()
{
    let engines = OwnEngines::start(program()).await;
    let (mut world, sender) = world_on(&engines).await;
    let first = load(&sender, 51);
    until("records are loaded", || async { world.stored().await > 100 }).await;
    engines.pause_clickhouse();
    until("inserts have timed out", || async {
        world[Service::Loader].log().matches("failed to write").count() >= 16
    })
    .await;
    engines.resume_clickhouse();
    first.finish().await;
    let records = all_is_equal(&world, &sender).await.records;

    for service in [Service::Loader, Service::Counter] {
        let service = &mut world[service];
        let status = service.terminate();
        assert!(status.success(), "{status}: {}", service.log());
    }
    let groups = tamper::groups(&world.installation.kafka);
    assert!(groups.len() >= 4, "{groups:?}");
    for group in groups {
        tamper::rewind(&world.installation.kafka, &group).await;
    }
    world[Service::Loader].start();
    world[Service::Counter].start();
    world.until_ready().await;
    until("everything is loaded again", || async {
        world.metric(Service::Loader, "haochaping_loader_records_total").await >= records
    })
    .await;
    tamper::until_recounted(&world.installation.kafka).await;
    all_is_equal(&world, &sender).await;
}

/// SIGKILL to ClickHouse while it merges records and counts.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_clickhouse_is_killed_while_it_merges() {
    let mut engines = OwnEngines::start(program()).await;
    let (world, sender) = world_on(&engines).await;
    let load = load(&sender, 52);
    for moment_ms in [7, 61, 23] {
        let stored = world.stored().await;
        until("records are loaded", || async { world.stored().await > stored + 100 }).await;
        let client = world.installation.clickhouse.client();
        let merging = tokio::spawn(async move {
            // It ends with an error once ClickHouse is killed.
            for table in ["records", "counts", "item_counts", "case_counts"].into_iter().cycle() {
                let merge = format!("OPTIMIZE TABLE {table} FINAL");
                if client.query_raw(&merge).execute().await.is_err() {
                    return;
                }
            }
        });
        sleep(Duration::from_millis(moment_ms)).await;
        assert!(!merging.is_finished(), "it merges");
        engines.kill_clickhouse().await;
        merging.await.expect("it does not panic");
        engines.start_clickhouse().await;
    }
    load.finish().await;
    all_is_equal(&world, &sender).await;
}
