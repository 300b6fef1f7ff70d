//! The loader and its connection to ClickHouse.

use std::time::Duration;

use services::Service;
use testbed::wait::until;
use torture::proxy::{HttpFault, KafkaFault, OFFSET_COMMIT};

use super::{INSERT_TIMEOUT, all_is_equal, breakable, load};

/// SIGKILL between insert and touch: the rows are stored, but the loader has no answer, the counter
/// was not told and nothing is committed.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_counts_twice_when_the_loader_is_killed_between_insert_and_touch() {
    let mut breakable = breakable().await;
    let load = load(&breakable.sender, 1);
    for _ in 0..2 {
        let happened = breakable.inserts.happened();
        breakable.inserts.begin(HttpFault::SwallowAnswers);
        until("an answer is lost", || async { breakable.inserts.happened() > happened }).await;
        breakable.world[Service::Loader].kill();
        breakable.inserts.heal();
        breakable.world[Service::Loader].start();
        breakable.world.until_service_is_ready(Service::Loader).await;
    }
    load.finish().await;
    all_is_equal(&breakable.world, &breakable.sender).await;
}

/// SIGKILL between touch and commit: rows and touches are durable, but the broker never sees the
/// commit.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_counts_twice_when_the_loader_is_killed_between_touch_and_commit() {
    let mut breakable = breakable().await;
    let load = load(&breakable.sender, 2);
    for _ in 0..2 {
        let happened = breakable.loader_kafka.happened();
        breakable.loader_kafka.begin(OFFSET_COMMIT, KafkaFault::SwallowRequests);
        until("a commit is lost", || async { breakable.loader_kafka.happened() > happened }).await;
        breakable.world[Service::Loader].kill();
        breakable.loader_kafka.heal();
        breakable.world[Service::Loader].start();
        breakable.world.until_service_is_ready(Service::Loader).await;
    }
    load.finish().await;
    all_is_equal(&breakable.world, &breakable.sender).await;
}

/// ClickHouse has stored the rows, but its answer is lost, again and again, while the loader keeps
/// running.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_counts_twice_when_the_answers_of_inserts_are_lost() {
    let breakable = breakable().await;
    let load = load(&breakable.sender, 3);
    breakable.inserts.begin(HttpFault::SwallowAnswers);
    until("two answers are lost", || async { breakable.inserts.happened() >= 2 }).await;
    breakable.inserts.heal();
    load.finish().await;
    all_is_equal(&breakable.world, &breakable.sender).await;
}

/// ClickHouse answers only after the loader has timed out and sent the same rows again.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_counts_twice_when_the_store_answers_after_the_loader_gave_up() {
    let breakable = breakable().await;
    let load = load(&breakable.sender, 4);
    breakable.inserts.begin(HttpFault::DelayAnswers(INSERT_TIMEOUT * 2));
    until("two answers are late", || async { breakable.inserts.happened() >= 2 }).await;
    breakable.inserts.heal();
    load.finish().await;
    all_is_equal(&breakable.world, &breakable.sender).await;
}

/// The connection breaks in the middle of an insert, after various numbers of bytes.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_stored_half_when_the_connection_is_cut_in_the_middle_of_an_insert() {
    let breakable = breakable().await;
    let load = load(&breakable.sender, 5);
    for after in [1, 900, 1_500, 4_000] {
        let happened = breakable.inserts.happened();
        breakable.inserts.begin(HttpFault::CutRequests { after });
        until("an insert is cut", || async { breakable.inserts.happened() > happened }).await;
        breakable.inserts.heal();
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    load.finish().await;
    all_is_equal(&breakable.world, &breakable.sender).await;
}
