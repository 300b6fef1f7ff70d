//! The counter.

use std::time::Duration;

use services::Service;
use testbed::wait::until;
use testbed::world::{Routes, World};
use tokio::time::sleep;
use topics::Topic;
use torture::proxy::{HttpFault, KafkaFault, OFFSET_COMMIT};
use torture::tamper;

use super::{all_is_equal, breakable, load};
use crate::support::engines::Engines;
use crate::support::program;

/// SIGKILL between recount and commit: the figures are written, but the broker never learns that
/// the touches were handled.
#[tokio::test(flavor = "multi_thread")]
async fn figures_are_right_when_the_counter_is_killed_between_recount_and_commit() {
    let mut breakable = breakable().await;
    let load = load(&breakable.sender, 21);
    for _ in 0..2 {
        let happened = breakable.counter_kafka.happened();
        breakable.counter_kafka.begin(OFFSET_COMMIT, KafkaFault::SwallowRequests);
        until("a commit is lost", || async { breakable.counter_kafka.happened() > happened }).await;
        breakable.world[Service::Counter].kill();
        breakable.counter_kafka.heal();
        breakable.world[Service::Counter].start();
        breakable.world.until_service_is_ready(Service::Counter).await;
    }
    load.finish().await;
    all_is_equal(&breakable.world, &breakable.sender).await;
}

/// ClickHouse has recounted, but its answer is lost, again and again, while the counter keeps
/// running.
#[tokio::test(flavor = "multi_thread")]
async fn figures_are_right_when_the_answers_of_recounts_are_lost() {
    let breakable = breakable().await;
    let load = load(&breakable.sender, 25);
    for _ in 0..3 {
        let happened = breakable.recounts.happened();
        breakable.recounts.begin(HttpFault::SwallowAnswers);
        until("an answer is lost", || async { breakable.recounts.happened() > happened }).await;
        breakable.recounts.heal();
        let events = breakable.sender.events();
        until("events are acknowledged", || async { breakable.sender.events() > events }).await;
    }
    load.finish().await;
    all_is_equal(&breakable.world, &breakable.sender).await;
}

/// A zombie: SIGSTOP to a counter at arbitrary moments under load, each time for less than its
/// session timeout and once for longer, while another counter counts the same buckets.
#[tokio::test(flavor = "multi_thread")]
async fn a_counter_that_wakes_up_after_another_has_counted_hides_nothing() {
    let breakable = breakable().await;
    let world = &breakable.world;
    let mut other = world.another(Service::Counter, "counter-b");
    other.start();
    let load = load(&breakable.sender, 22);
    for pause_ms in [90, 370, 810, 230, 9_000, 150] {
        sleep(Duration::from_millis(310)).await;
        world[Service::Counter].pause();
        sleep(Duration::from_millis(pause_ms)).await;
        world[Service::Counter].resume();
    }
    load.finish().await;
    all_is_equal(&breakable.world, &breakable.sender).await;
}

/// Acknowledged touches are lost: Kafka deletes them before the counter, which is stopped, has read
/// them. Only the sweep can still find these buckets.
#[tokio::test(flavor = "multi_thread")]
async fn touches_that_kafka_loses_are_found_by_the_sweep() {
    /// Longer than a fetch waits at the broker, so that no fetch is pending there.
    const QUESTIONS_END: Duration = Duration::from_millis(1_500);
    let installation = Engines::shared().new_installation();
    let mut world =
        World::prepare(program(), installation.clone(), &Routes::direct(&installation)).await;
    world[Service::Counter].set("HAOCHAPING_COUNTER_SWEEP_INTERVAL_S", "2");
    world.start_all();
    world.until_ready().await;
    let sender = torture::sender::Sender::of(&world);
    let first = load(&sender, 23);
    until("events are acknowledged", || async { sender.events() > 100 }).await;
    first.finish().await;
    all_is_equal(&world, &sender).await;

    world[Service::Counter].pause();
    sleep(QUESTIONS_END).await;
    let second = load(&sender, 24);
    let before = sender.events();
    until("more are acknowledged", || async { sender.events() > before + 100 }).await;
    second.finish().await;
    until("they are loaded", || async { world.stored().await == sender.acknowledged().receipts })
        .await;
    let touches = || tamper::partitions(&installation.kafka, Topic::Touched);
    until("the loader has announced them", || async {
        touches().iter().map(|(_, start, end)| end - start).sum::<i64>() > 0
    })
    .await;
    tamper::truncate(&installation.kafka, Topic::Touched).await;
    let swept = "the sweep found days to recount";
    let sweeps = world[Service::Counter].log().matches(swept).count();
    world[Service::Counter].resume();
    all_is_equal(&world, &sender).await;
    assert!(world[Service::Counter].log().matches(swept).count() > sweeps, "it was not the sweep");
}
