//! Kafka restored from an older copy. It gives out offsets a second time (D3).

use services::Service;
use tempfile::TempDir;
use testbed::engines::OwnEngines;
use testbed::wait::until;
use testbed::world::{Routes, World};
use topics::Topic;
use torture::sender::Sender;
use torture::tamper;

use super::{all_is_equal, load};
use crate::support::program;

/// Kafka is restored from an older copy while intake and loader are stopped, and receives new
/// events until it is past the committed offsets. A loader that continued from there would skip
/// records without noticing.
#[tokio::test(flavor = "multi_thread")]
async fn a_kafka_that_was_set_back_to_an_older_copy_is_refused_and_the_ledger_says_so() {
    let mut engines = OwnEngines::start(program()).await;
    let installation = engines.installation();
    let mut world =
        World::prepare(program(), installation.clone(), &Routes::direct(&installation)).await;
    world.start_all();
    world.until_ready().await;
    let sender = Sender::of(&world);
    let first = load(&sender, 81);
    until("events are acknowledged", || async { sender.events() > 200 }).await;
    first.finish().await;
    let before = all_is_equal(&world, &sender).await.records;

    engines.kill_kafka().await;
    let folder = TempDir::new().expect("a folder");
    let copy = folder.path().join("copy");
    engines.back_up_kafka(&copy);
    engines.start_kafka().await;
    let second = load(&sender, 82);
    until("more is stored", || async { world.stored().await > before + 200 }).await;
    second.finish().await;
    let stored = all_is_equal(&world, &sender).await.records;
    let ends = tamper::partitions(&installation.kafka, Topic::Reviews);
    for service in [Service::Loader, Service::Ingest] {
        let service = &mut world[service];
        let status = service.terminate();
        assert!(status.success(), "{status}");
    }

    engines.kill_kafka().await;
    engines.restore_kafka(&copy);
    engines.start_kafka().await;
    world[Service::Ingest].start();
    world.until_service_is_ready(Service::Ingest).await;
    let after = Sender::of(&world);
    let third = load(&after, 83);
    until("Kafka reaches beyond what was stored", || async {
        tamper::reaches_beyond(&installation.kafka, Topic::Reviews, &ends)
    })
    .await;
    third.finish().await;

    world[Service::Loader].start();
    until("the loader has ended", || std::future::ready(world[Service::Loader].has_ended())).await;
    assert_eq!(world[Service::Loader].exit_code(), Some(1), "{}", world[Service::Loader].log());
    let said = world[Service::Loader].log();
    assert!(said.contains("Kafka is not the one that the database was loaded from"), "{said}");
    assert!(said.contains("is stored, and Kafka has something else there"), "{said}");
    assert!(said.contains("Nothing is loaded. Restore Kafka"), "{said}");
    assert_eq!(world.stored().await, stored, "nothing was loaded");
    let (closes, books) = world.ledger(&[]);
    assert!(!closes && books.contains("Kafka is not the one"), "{books}");
}
