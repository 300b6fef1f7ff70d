//! What is simulated stays so: from the account that posts to every count that rests on it.

use std::cell::RefCell;
use std::time::Duration;

use serde_json::{Value, json};
use services::Service;
use tables::month_counts::{CoverageRow, coverage};
use testbed::engines::Installation;
use testbed::wait::{until, until_within};
use testbed::world::World;

use crate::support::commands::command;
use crate::support::events::{MONTH, review};
use crate::support::{run, world};

/// A source that simulates.
const SOURCE: &str = "mock-hall";

/// Adds the account of the source that simulates, and returns its key.
pub fn add_account(installation: &Installation) -> String {
    let kafka = &installation.kafka;
    let engine = ["--kafka-brokers", &kafka.kafka_brokers, "--topic-prefix", &kafka.topic_prefix];
    let account = ["--source", SOURCE, "--nationwide", "--simulated", "--late-days", "65535"];
    let said = run(&[&["account", "add"], &engine[..], &account].concat());
    assert!(said.succeeded(), "{said}");
    let key = said.words().trim().to_owned();
    let listed = run(&[&["account", "list", "--json"], &engine[..]].concat());
    let listed: Value = serde_json::from_str(&listed.words()).expect("JSON");
    let simulates = |account: &Value| account["simulated"] == true;
    let accounts = listed["accounts"].as_array().expect("a list");
    let simulating: Vec<_> = accounts.iter().filter(|account| simulates(account)).collect();
    assert_eq!(simulating.len(), 1, "{listed}");
    assert_eq!(simulating[0]["source"], SOURCE);
    key
}

/// Posts a review as the account that simulates, as soon as the intake knows it, and returns where it
/// rests.
pub async fn post(world: &World, key: &str, number: u64) -> String {
    let mut event = review(number, "dissatisfied");
    event["source"] = json!(SOURCE);
    event["data"]["text"] = json!("等了很久");
    let event = event.to_string();
    let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
    let position = RefCell::new(String::new());
    until_within(Duration::from_secs(10), "it is accepted", async || {
        let request = http.post(format!("{}/v1/reviews", world.intake())).bearer_auth(key);
        let request = request.header("content-type", "application/cloudevents+json");
        let answer = request.body(event.clone()).send().await.expect("the intake answers");
        let (status, body) = (answer.status(), answer.text().await.expect("a body"));
        let body: Value = serde_json::from_str(&body).expect("JSON");
        let receipt = &body["receipt"];
        let number = |field: &str| receipt[field].as_i64().unwrap_or(-1);
        position.replace(format!("reviews/{}/{}", number("partition"), number("offset")));
        assert!(matches!(status.as_u16(), 202 | 401), "{body}");
        status == 202
    })
    .await;
    position.into_inner()
}

async fn figures_rest_on(world: &World) -> CoverageRow {
    let client = world.installation.clickhouse.client();
    let (guangdong, july) = ("440000".parse().expect("known"), "2023-07".parse().expect("a month"));
    let coverage = coverage(&client, 1, guangdong, july);
    coverage.into_query().fetch_one().await.expect("an answer")
}

async fn number(installation: &Installation, statement: &str) -> u64 {
    let client = installation.clickhouse.client();
    client.query_raw(statement).fetch_one().await.unwrap_or_else(|it| panic!("{statement}: {it}"))
}

#[tokio::test]
async fn one_simulated_review_is_in_the_counts_of_a_real_month_and_no_rebuild_takes_it_out() {
    let mut world = world::start().await;
    for number in 1..=3 {
        let answer = world.post("reviews", &review(number, "satisfied")).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
    }
    world.until_counted(MONTH, 3).await;
    let before = figures_rest_on(&world).await;
    assert_eq!((before.records, before.simulated), (3, 0), "another account is real");

    let key = add_account(&world.installation);
    post(&world, &key, 4).await;
    world.until_counted(MONTH, 4).await;
    let counted = figures_rest_on(&world).await;
    assert_eq!((counted.records, counted.simulated), (4, 1));
    assert!(counted.records_through >= before.records_through);
    until("every table says so", async || {
        let mut said = Vec::new();
        for table in ["item_counts", "class_counts"] {
            let simulated = format!("SELECT max(simulated) FROM {table} FINAL");
            said.push(number(&world.installation, &simulated).await);
        }
        said == [1, 1]
    })
    .await;

    let rebuild = ["--all", "--records"];
    let said = command(&world.installation, "rebuild", &rebuild);
    assert_eq!(said.code, Some(0), "{said}");
    assert!(!said.words().contains("difference"), "{said}");
    assert_eq!(figures_rest_on(&world).await.simulated, 1);

    // Somebody changes the row: it is not what Kafka has.
    let forged = format!(
        "INSERT INTO records SELECT * REPLACE(false AS simulated) FROM records FINAL WHERE source = '{SOURCE}'"
    );
    let client = world.installation.clickhouse.client();
    client.query_raw(&forged).execute().await.expect("it is written");
    let said = command(&world.installation, "rebuild", &rebuild);
    assert_eq!(said.code, Some(1), "{said}");
    assert!(said.words().contains("the row differs in simulated"), "{said}");

    // One that could not be loaded, and is replayed.
    assert!(world[Service::Loader].terminate().success());
    let position = post(&world, &key, 5).await;
    let [_, partition, offset] = *position.split('/').collect::<Vec<_>>() else {
        panic!("{position}")
    };
    let quarantined = format!(
        "INSERT INTO records (kind, topic, partition, offset, event, appended_at, reason)
SELECT 'quarantined', max(number), {partition}, {offset}, 1, now(), '/type: expected a type'
FROM topics FINAL WHERE name = '{}reviews'",
        world.installation.kafka.topic_prefix
    );
    client.query_raw(&quarantined).execute().await.expect("it is written");
    let said = command(&world.installation, "quarantine", &["replay", "--position", &position]);
    assert_eq!(said.code, Some(0), "{said}");
    let replayed = format!(
        "SELECT toUInt64(simulated) FROM records FINAL WHERE kind = 'review' AND partition = {partition} AND offset = {offset}"
    );
    assert_eq!(number(&world.installation, &replayed).await, 1);
}
