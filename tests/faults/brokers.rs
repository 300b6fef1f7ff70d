//! Three brokers. At least two of them store each record before it is acknowledged.

use serde_json::json;
use services::Service;
use testbed::engines::OwnEngines;
use testbed::wait::until;
use testbed::world::{Routes, World};
use torture::sender::{Sender, event};

use super::{all_is_equal, load};
use crate::support::events::review;
use crate::support::program;

/// SIGKILL to one broker under load: the intake continues. SIGKILL to a second: the intake answers
/// nothing but 503. Then both come back.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_one_broker_and_nothing_is_acknowledged_without_two() {
    let mut engines = OwnEngines::start_cluster(program()).await;
    let installation = engines.installation();
    let mut world =
        World::prepare(program(), installation.clone(), &Routes::direct(&installation)).await;
    world[Service::Ingest].set("HAOCHAPING_INGEST_PUBLISH_TIMEOUT_MS", "4000");
    world.start_all();
    world.until_ready().await;
    let sender = Sender::of(&world);
    let first = load(&sender, 61);
    until("events are acknowledged", || async { sender.events() > 100 }).await;
    engines.kill_broker(0).await;
    let events = sender.events();
    until("the intake continues", || async { sender.events() > events + 200 }).await;
    first.finish().await;

    engines.kill_broker(1).await;
    for number in 1..=2 {
        let answer = world.post("reviews", &review(number, "satisfied")).await;
        assert_eq!(answer.status, 503, "{}", answer.body);
        assert!(answer.retry_after.is_some());
    }
    let batch = json!([review(1, "satisfied"), review(2, "satisfied")]);
    let answer = world.post_batch("reviews", &batch).await;
    let results = answer.body["results"].as_array().expect("a list");
    assert_eq!((answer.status, results.len()), (200, 2), "{}", answer.body);
    assert!(results.iter().all(|result| result["status"] == "retry"), "{}", answer.body);

    // The third is killed too: all of them come back.
    engines.kill_kafka().await;
    engines.start_kafka().await;
    world.until_ready().await;
    // They may be stored nevertheless, and are sent again until they are acknowledged.
    sender.send(&[event(&batch[0]), event(&batch[1])]).await;
    let second = load(&sender, 62);
    let events = sender.events();
    until("events are acknowledged", || async { sender.events() > events + 100 }).await;
    second.finish().await;
    all_is_equal(&world, &sender).await;
}
