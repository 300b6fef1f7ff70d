//! Direct access to Kafka: writes as another producer, and reads the record at a position.

use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};
use testbed::engines::Installation;

pub use torture::tamper::write;

/// The value of the record at a position.
pub fn read(installation: &Installation, position: &str) -> Vec<u8> {
    let [topic, partition, offset] = *position.split('/').collect::<Vec<_>>() else {
        panic!("{position}")
    };
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", &installation.kafka.kafka_brokers)
        .set("group.id", "test")
        .create()
        .expect("a consumer");
    let mut at = TopicPartitionList::new();
    let name = format!("{}{topic}", installation.kafka.topic_prefix);
    let offset = Offset::Offset(offset.parse().expect("an offset"));
    at.add_partition_offset(&name, partition.parse().expect("a partition"), offset)
        .expect("an offset");
    consumer.assign(&at).expect("it is assigned");
    let message = consumer.poll(Duration::from_secs(30)).expect("a record").expect("no error");
    message.payload().expect("a value").to_vec()
}

/// The values of all records of a topic.
pub fn all(installation: &Installation, topic: &str) -> Vec<Vec<u8>> {
    let name = format!("{}{topic}", installation.kafka.topic_prefix);
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", &installation.kafka.kafka_brokers)
        .set("group.id", "test")
        .create()
        .expect("a consumer");
    let timeout = Duration::from_secs(30);
    let metadata = consumer.fetch_metadata(Some(&name), timeout).expect("Kafka answers");
    let mut values = Vec::new();
    for partition in metadata.topics()[0].partitions() {
        let (low, high) =
            consumer.fetch_watermarks(&name, partition.id(), timeout).expect("offsets");
        for offset in low..high {
            values.push(read(installation, &format!("{topic}/{}/{offset}", partition.id())));
        }
    }
    values
}
