//! The intake with a real Kafka: what a receipt proves, and what the intake answers without Kafka.

use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};
use serde_json::{Value, json};
use services::Service;
use testbed::engines::{Installation, OwnEngines};

use crate::support::events::{MONTH, review};
use crate::support::{program, world};

/// D1: an acknowledged event is stored at the position in its receipt, under the hash in its
/// receipt.
#[tokio::test]
async fn a_receipt_leads_to_the_record_whose_hash_it_holds() {
    let world = world::start().await;
    let mut said = review(1, "satisfied");
    said["data"]["text"] = json!("电话138\u{202e}0013\u{0}8000，没人接");
    said["subject"] = json!("张三");
    said["userphone"] = json!("13800138000");
    let answer = world.post("reviews", &said).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    let receipt = &answer.body["receipt"];
    let value = read(&world.installation, receipt);
    assert_eq!(receipt["event"], domain::EventHash::of(&value).to_string());
    // Kafka holds nothing that identifies a person (D6).
    let stored: Value = serde_json::from_slice(&value).expect("JSON");
    assert_eq!(stored["data"]["text"], "电话[＊]，没人接");
    let stored: Vec<_> = stored.as_object().expect("an event").keys().collect();
    assert_eq!(stored, ["data", "id", "source", "specversion", "type"]);
}

/// D8: the good events of a batch are accepted, each with its own receipt, and nothing of the bad
/// one is stored.
#[tokio::test]
async fn a_batch_is_answered_event_by_event() {
    let world = world::start().await;
    let mut bad = review(2, "dissatisfied");
    bad["data"]["name"] = json!("张三");
    let batch = json!([review(1, "satisfied"), bad, review(3, "satisfied")]);
    let answer = world.post_batch("reviews", &batch).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let results = answer.body["results"].as_array().expect("a list");
    let statuses: Vec<_> = results.iter().map(|result| result["status"].as_str()).collect();
    assert_eq!(statuses, [Some("accepted"), Some("rejected"), Some("accepted")]);
    assert_eq!(results[1]["problem"]["errors"][0]["pointer"], "/data/name");
    assert!(!answer.body.to_string().contains("张三"), "an answer repeats no value");
    for (result, event) in [(&results[0], &batch[0]), (&results[2], &batch[2])] {
        let stored: Value =
            serde_json::from_slice(&read(&world.installation, &result["receipt"])).expect("JSON");
        assert_eq!(stored["id"], event["id"]);
    }
    let stored = stored_reviews(&world.installation);
    assert_eq!(stored, 2);
}

/// Without Kafka nothing is acknowledged. The client is told to retry, and what it sends then
/// counts once.
#[tokio::test]
async fn without_kafka_every_event_is_to_be_sent_again_and_then_counts_once() {
    let mut engines = OwnEngines::start(program()).await;
    let mut world = world::at(engines.installation()).await;
    world.until_ready().await;
    world[Service::Ingest].terminate();
    world[Service::Ingest].set("HAOCHAPING_INGEST_PUBLISH_TIMEOUT_MS", "3000");
    world[Service::Ingest].start();
    world.until_ready().await;

    engines.kill_kafka().await;
    let answer = world.post("reviews", &review(1, "satisfied")).await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert_eq!(answer.body["type"], "urn:haochaping:problem:not-acknowledged");
    assert!(answer.retry_after.is_some());
    let batch = json!([review(1, "satisfied"), review(2, "satisfied")]);
    let answer = world.post_batch("reviews", &batch).await;
    let results = answer.body["results"].as_array().expect("a list");
    assert!(results.iter().all(|result| result["status"] == "retry"), "{}", answer.body);

    engines.start_kafka().await;
    world.until_ready().await;
    let answer = world.post_batch("reviews", &batch).await;
    let results = answer.body["results"].as_array().expect("a list");
    assert!(results.iter().all(|result| result["status"] == "accepted"), "{}", answer.body);
    world.until_counted(MONTH, 2).await;
}

/// The value of the record at the position in a receipt.
fn read(installation: &Installation, receipt: &Value) -> Vec<u8> {
    let number = |name: &str| receipt[name].as_i64().expect("a number");
    let consumer = consumer(installation);
    let mut at = TopicPartitionList::new();
    let topic = format!(
        "{}{}",
        installation.kafka.topic_prefix,
        receipt["topic"].as_str().expect("a topic")
    );
    let partition = i32::try_from(number("partition")).expect("a partition");
    at.add_partition_offset(&topic, partition, Offset::Offset(number("offset")))
        .expect("an offset");
    consumer.assign(&at).expect("it is assigned");
    let message = consumer.poll(Duration::from_secs(30)).expect("a record").expect("no error");
    message.payload().expect("a value").to_vec()
}

/// The number of records in the topic of reviews.
fn stored_reviews(installation: &Installation) -> i64 {
    let topic = format!("{}reviews", installation.kafka.topic_prefix);
    let consumer = consumer(installation);
    let timeout = Duration::from_secs(30);
    let metadata = consumer.fetch_metadata(Some(&topic), timeout).expect("Kafka answers");
    let partitions = metadata.topics()[0].partitions().iter();
    partitions
        .map(|partition| {
            let (low, high) =
                consumer.fetch_watermarks(&topic, partition.id(), timeout).expect("offsets");
            high - low
        })
        .sum()
}

fn consumer(installation: &Installation) -> BaseConsumer {
    ClientConfig::new()
        .set("bootstrap.servers", &installation.kafka.kafka_brokers)
        .set("group.id", "test")
        .create()
        .expect("a consumer")
}
