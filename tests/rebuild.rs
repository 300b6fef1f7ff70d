//! Derived tables can be rebuilt next to the live ones. The result is the same, or every difference
//! is reported before anything is swapped (D2, D4).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use services::Service;
use testbed::engines::Installation;
use testbed::program::Said;
use testbed::wait::until;
use testbed::world::World;

use crate::support::commands::command;
use crate::support::events::{MONTH, review};
use crate::support::world;

const SCALE: &str = "0.002";

/// Runs `haochaping rebuild …` in the background of the test.
async fn rebuild(installation: &Installation, arguments: &'static [&'static str]) -> Said {
    let installation = installation.clone();
    let running = tokio::task::spawn_blocking(move || command(&installation, "rebuild", arguments));
    running.await.expect("it has ended")
}

async fn execute(installation: &Installation, statement: &str) {
    let client = installation.clickhouse.client();
    let run = client.query_raw(statement).with_setting("mutations_sync", "2").execute();
    run.await.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

async fn number(installation: &Installation, statement: &str) -> u64 {
    let client = installation.clickhouse.client();
    client.query_raw(statement).fetch_one().await.unwrap_or_else(|it| panic!("{statement}: {it}"))
}

/// Posts reviews, each of its own service, and waits until every table has counted them.
async fn post(world: &World, count: u64) {
    let events: Vec<Value> = (1..=count).map(|number| review(number, "satisfied")).collect();
    let answer = world.post_batch("reviews", &json!(events)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    world.until_counted(MONTH, count).await;
    world.until_items_are_counted(MONTH).await;
    until("the ledger is counted", || async {
        let counted = "SELECT sum(records)::UInt64 FROM class_counts FINAL WHERE class = 'counted'";
        number(&world.installation, counted).await == count
    })
    .await;
}

#[tokio::test]
async fn a_rebuild_while_the_month_is_being_loaded_changes_nothing_and_figures_stay_readable() {
    let world = Arc::new(world::start().await);
    let mut simulation = world.simulate(SCALE, &["--rate", "1900", "--resend", "0.2"]);
    until("some is counted", || async {
        let month = world.disclosed(MONTH).await;
        month.is_some_and(|month| month["total"]["reviews"]["counted"].as_u64() > Some(1000))
    })
    .await;
    let is_over = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn({
        let (world, is_over) = (Arc::clone(&world), Arc::clone(&is_over));
        async move {
            let mut asked = 0_u32;
            while !is_over.load(Ordering::Acquire) {
                let month = world.disclosed(MONTH).await.expect("the month can be read");
                let counted = month["total"]["reviews"]["counted"].as_u64();
                assert!(counted > Some(500), "the month is never empty: {month}");
                asked += 1;
            }
            asked
        }
    });
    let mut rounds = 0;
    while simulation.is_running() && rounds < 3 {
        let arguments: &[&str] = if rounds == 1 { &["--all", "--records"] } else { &["--all"] };
        let said = rebuild(&world.installation, arguments).await;
        let words = said.words();
        assert_eq!(said.code, Some(0), "{said}");
        assert!(words.contains("rebuilt and swapped") && !words.contains("difference"), "{said}");
        rounds += 1;
    }
    assert!(rounds >= 2, "one of counts and one of records in the middle of the load");
    simulation.finish();
    world.reconcile(SCALE);
    is_over.store(true, Ordering::Release);
    assert!(reader.await.expect("figures stay readable") > 20);
    // Once more, when nothing changes.
    let said = rebuild(&world.installation, &["--all", "--records"]).await;
    assert_eq!(said.code, Some(0), "{said}");
    assert!(!said.words().contains("difference"), "{said}");
    world.reconcile(SCALE);
}

#[tokio::test]
async fn a_corrupted_count_is_told_with_its_bucket_and_goes_only_when_it_is_allowed_to() {
    let world = world::start().await;
    post(&world, 20).await;
    let before = world.disclosed(MONTH).await.expect("the month");
    // One row keeps its label, and one gets a label that no later recount can reach.
    let wrong = |more: u32, order: &str| {
        format!(
            "INSERT INTO counts SELECT * REPLACE(generation + {more} AS generation, services + 5 AS services)
FROM counts FINAL WHERE generation > 0 ORDER BY cell {order} LIMIT 1"
        )
    };
    execute(&world.installation, &wrong(0, "ASC")).await;
    execute(&world.installation, &wrong(100, "DESC")).await;
    execute(
        &world.installation,
        "INSERT INTO item_counts SELECT * REPLACE('1144010600745678901440110009999' AS item, generation + 7 AS generation) FROM item_counts FINAL LIMIT 1",
    )
    .await;
    let [first, last] =
        ["min", "max"].map(|which| format!("SELECT {which}(cell)::UInt64 FROM counts"));
    let (first, last) =
        (number(&world.installation, &first).await, number(&world.installation, &last).await);

    let said = rebuild(&world.installation, &["--month", "2023-07"]).await;
    let words = said.words();
    assert_eq!(said.code, Some(1), "{said}");
    for told in [
        format!("440000 2023-07-05 {first}: services: live 5, rebuilt 0"),
        format!("440000 2023-07-05 {last}: generation: live 101, rebuilt 1"),
        "1144010600745678901440110009999: generation: live 27, rebuilt 20".to_owned(),
        "Nothing was swapped".to_owned(),
    ] {
        assert!(words.contains(&told), "{told} in {said}");
    }
    let services = "SELECT sum(services)::UInt64 FROM counts FINAL";
    assert_eq!(number(&world.installation, services).await, 10, "nothing was swapped");

    let said = rebuild(&world.installation, &["--month", "2023-07", "--swap-differing"]).await;
    assert_eq!(said.code, Some(0), "{said}");
    assert_eq!(number(&world.installation, services).await, 0);
    let said = rebuild(&world.installation, &["--month", "2023-07"]).await;
    assert_eq!(said.code, Some(0), "{said}");
    until("the figures are what they were", || async {
        world.disclosed(MONTH).await.is_some_and(|after| after["total"] == before["total"])
    })
    .await;
}

#[tokio::test]
async fn a_record_that_is_missing_or_was_changed_is_told_and_restored_from_kafka() {
    let world = world::start().await;
    post(&world, 30).await;
    let rows = "SELECT groupBitXor(cityHash64(*))::UInt64 FROM records FINAL";
    let before = number(&world.installation, rows).await;
    execute(
        &world.installation,
        "INSERT INTO records SELECT * REPLACE('very_dissatisfied' AS level) FROM records FINAL ORDER BY position DESC LIMIT 1",
    )
    .await;
    execute(
        &world.installation,
        "ALTER TABLE records DELETE WHERE (partition, offset) IN (SELECT partition, offset FROM records ORDER BY position LIMIT 1)",
    )
    .await;
    let said = rebuild(&world.installation, &["--all", "--records"]).await;
    let words = said.words();
    assert_eq!(said.code, Some(1), "{said}");
    for told in [
        "records: 2 differences",
        "reviews/0/0: no row is stored",
        "the row differs in level",
        "column level: 1",
        "Nothing was swapped",
    ] {
        assert!(words.contains(told), "{told} in {said}");
    }
    assert_ne!(number(&world.installation, rows).await, before, "nothing was swapped");

    let said = rebuild(&world.installation, &["--all", "--records", "--swap-differing"]).await;
    assert_eq!(said.code, Some(0), "{said}");
    assert_eq!(number(&world.installation, rows).await, before);
    // The loader continues with the table that replaced its own.
    let answer = world.post("reviews", &review(31, "satisfied")).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    world.until_counted(MONTH, 31).await;
}

#[tokio::test]
async fn records_that_were_loaded_by_another_rule_are_one_row_each_after_a_rebuild() {
    let mut world = world::start().await;
    post(&world, 25).await;
    assert!(world[Service::Loader].terminate().success());
    // Rows as an older version would have stored them: the same positions under other keys. Half of
    // the positions also have rows by the current rule.
    execute(
        &world.installation,
        "INSERT INTO records SELECT * REPLACE(bitXor(case, 12345) AS case, bitXor(cell, 1) AS cell) FROM records FINAL",
    )
    .await;
    execute(
        &world.installation,
        "ALTER TABLE records DELETE WHERE partition = 0 AND cell = case % 1024",
    )
    .await;
    execute(&world.installation, "INSERT INTO loading_rule (rule) VALUES (0)").await;

    world[Service::Loader].start();
    assert_eq!(world[Service::Loader].exit_code(), Some(2), "{}", world[Service::Loader].log());
    assert!(world[Service::Loader].log().contains("haochaping rebuild --all --records"));
    let said = command(&world.installation, "quarantine", &["replay", "--all"]);
    assert_eq!(said.code, Some(2), "a replay would write by another rule, too: {said}");

    let said = rebuild(&world.installation, &["--all", "--records", "--swap-differing"]).await;
    assert_eq!(said.code, Some(0), "{said}");
    let rows = "SELECT count() FROM records FINAL";
    assert_eq!(number(&world.installation, rows).await, 25);
    let positions = "SELECT uniqExact(position) FROM records";
    assert_eq!(number(&world.installation, positions).await, 25);
    world[Service::Loader].start();
    let answer = world.post("reviews", &review(26, "satisfied")).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    world.until_counted(MONTH, 26).await;
}
