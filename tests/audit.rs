//! The ledger closes when every record is there, and names what is wrong when one is not (D4).

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use serde_json::{Value, json};
use services::Service;
use testbed::wait::until;
use testbed::world::World;

use crate::support::events::{MONTH, review};
use crate::support::world::start;

/// A world with ten counted reviews.
async fn counted() -> World {
    let world = start().await;
    let reviews: Vec<_> = (1..=10).map(|number| review(number, "satisfied")).collect();
    let answer = world.post_batch("reviews", &Value::Array(reviews)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    world.until_counted(MONTH, 10).await;
    world
}

/// The ledger, once everything is committed and counted.
fn closed(world: &World) -> String {
    let (closes, books) = world.ledger(&["--wait", "30"]);
    assert!(closes, "{books}");
    books
}

async fn execute(world: &World, statement: &str) {
    let client = world.installation.clickhouse.client();
    let statement = client.query_raw(statement).with_setting("mutations_sync", "1");
    statement.execute().await.expect("the statement runs");
}

#[tokio::test]
async fn a_record_that_vanishes_from_the_database_is_missed() {
    let world = counted().await;
    closed(&world);
    execute(
        &world,
        "ALTER TABLE records DELETE WHERE position IN (SELECT max(position) FROM records)",
    )
    .await;
    let (closes, books) = world.ledger(&[]);
    assert!(!closes, "{books}");
    assert!(books.contains("1 offsets below"), "{books}");
    assert!(books.contains("have a record in Kafka and none in the database"), "{books}");
}

#[tokio::test]
async fn a_record_that_is_stored_under_two_keys_is_noticed() {
    let world = counted().await;
    closed(&world);
    execute(
        &world,
        "INSERT INTO records SELECT * REPLACE (case + 1024 AS case) FROM records LIMIT 1",
    )
    .await;
    let (closes, books) = world.ledger(&[]);
    assert!(!closes, "{books}");
    assert!(books.contains("records have a class"), "{books}");
    assert!(books.contains("stored twice under two keys"), "{books}");
}

#[tokio::test]
async fn a_figure_that_is_not_what_the_records_say_is_noticed() {
    let world = counted().await;
    closed(&world);
    execute(
        &world,
        "INSERT INTO counts SELECT * REPLACE (mapApply((k, v) -> (k, v + 1), reviews) AS reviews) FROM counts FINAL LIMIT 1",
    )
    .await;
    let (closes, books) = world.ledger(&["--month", "2023-07"]);
    assert!(!closes, "{books}");
    assert!(
        books.contains(
            "440000 2023-07: 11 reviews that count are disclosed and 10 are in the ledger"
        ),
        "{books}"
    );
    let (closes, books) = world.ledger(&["--month", "2023-08"]);
    assert!(closes, "of another month nothing is wrong: {books}");
}

/// A foreign producer writes in transactions, whose end markers take offsets without being records.
#[tokio::test]
async fn an_offset_that_kafka_gave_to_no_record_is_told_from_one_that_is_missing() {
    let world = counted().await;
    let topic = world.installation.kafka.topic(topics::Topic::Reviews);
    let brokers = world.installation.kafka.kafka_brokers.clone();
    let written = tokio::task::spawn_blocking(move || {
        let producer: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("transactional.id", format!("foreign-{topic}"))
            .create()
            .expect("a producer");
        let patience = Duration::from_secs(30);
        producer.init_transactions(patience).expect("transactions are begun");
        for value in [&b"no event"[..], &b"nor this"[..]] {
            producer.begin_transaction().expect("a transaction begins");
            let record = BaseRecord::<(), _>::to(&topic).partition(0).payload(value);
            producer.send(record).map_err(|(error, _)| error).expect("it is sent");
            producer.commit_transaction(patience).expect("a transaction ends");
        }
    });
    written.await.expect("two records are written");
    // The marker of the first transaction lies below the committed offset.
    until("two records are quarantined", || async {
        let (_, books) = world.ledger(&[]);
        books.contains("Quarantined records that await a decision: 2.")
    })
    .await;
    let said = world.command("ledger", &["--json"]);
    let books: Value = serde_json::from_slice(&said.out).expect("JSON");
    assert_eq!(books["verdict"], "open", "two records are quarantined: {said}");
    let partitions = books["partitions"].as_array().expect("a list");
    let sum = |name: &str| partitions.iter().filter_map(|at| at[name].as_u64()).sum::<u64>();
    assert!(sum("gaps") >= 1, "{books}");
    assert_eq!((sum("missing"), &books["differences"]), (0, &json!([])), "{books}");
}

/// The auditor's findings appear in its metrics and in its table.
#[tokio::test]
async fn the_auditor_notes_what_it_finds() {
    let mut world = counted().await;
    closed(&world);
    let auditor = &mut world[Service::Auditor];
    assert!(auditor.terminate().success());
    auditor.set("HAOCHAPING_AUDITOR_AUDIT_INTERVAL_S", "1");
    auditor.start();
    let client = world.installation.clickhouse.client();
    let noted = |column: &'static str| {
        let client = client.clone();
        async move {
            let sql = format!("SELECT sum({column}) FROM audits FINAL");
            client.query_raw(&sql).fetch_one::<u64>().await.unwrap_or_default()
        }
    };
    until("an audit is noted", || async { noted("stored").await == 10 }).await;
    let wrong = "missing + doubled + differs + quarantined + discarded";
    assert_eq!(noted(wrong).await, 0);
    execute(
        &world,
        "ALTER TABLE records DELETE WHERE position IN (SELECT max(position) FROM records)",
    )
    .await;
    until("the loss is noted", || async { noted("missing").await == 1 }).await;
    until("the metrics report the loss", || async {
        world.metric(Service::Auditor, "haochaping_ledger_missing_records").await == 1
            && world.metric(Service::Auditor, "haochaping_ledger_incomplete_partitions").await == 1
            && world.metric(Service::Auditor, "haochaping_ledger_verdict{verdict=\"open\"}").await
                == 1
            && world.metric(Service::Auditor, "haochaping_ledger_reasons{code=\"missing\"}").await
                == 1
    })
    .await;
    until("the loss is logged", || async {
        world[Service::Auditor].log().contains("the ledger does not close")
    })
    .await;
    assert!(world[Service::Auditor].terminate().success());
}
