//! Changes that a person with access to Kafka can make to its topics and groups.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::metadata::{MetadataPartition, MetadataTopic};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{Offset, TopicPartitionList};
use topics::{KafkaConfig, Topic};

use testbed::engines::{Installation, PARTITIONS};
use testbed::wait::{until, until_within};

const TIMEOUT: Duration = Duration::from_secs(20);

/// The deadline for a recount. The slowest table rests for up to two minutes between two rounds.
const RECOUNT_PATIENCE: Duration = Duration::from_mins(6);

fn client<C: rdkafka::config::FromClientConfig>(kafka: &KafkaConfig, group: &str) -> C {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &kafka.kafka_brokers).set("group.id", group);
    config.create().expect("a client")
}

fn options() -> AdminOptions {
    AdminOptions::new().operation_timeout(Some(TIMEOUT)).request_timeout(Some(TIMEOUT))
}

/// Each partition of a topic with its first offset and the one after its last.
pub fn partitions(kafka: &KafkaConfig, topic: Topic) -> Vec<(i32, i64, i64)> {
    let consumer: BaseConsumer = client(kafka, "tamper");
    let topic = kafka.topic(topic);
    let metadata = consumer.fetch_metadata(Some(&topic), TIMEOUT).expect("Kafka answers");
    let partitions = metadata.topics().iter().flat_map(MetadataTopic::partitions);
    partitions
        .map(MetadataPartition::id)
        .map(|partition| {
            let (start, end) = watermarks(&consumer, &topic, partition);
            (partition, start, end)
        })
        .collect()
}

/// Whether each partition of a topic reaches further than it did.
pub fn reaches_beyond(kafka: &KafkaConfig, topic: Topic, before: &[(i32, i64, i64)]) -> bool {
    let now = partitions(kafka, topic);
    now.iter().zip(before).all(|((_, _, now), (_, _, end))| now > end)
}

/// Writes a record as a stranger would, and returns its position: topic/partition/offset.
pub async fn write(installation: &Installation, topic: &str, key: &str, value: &[u8]) -> String {
    let producer: FutureProducer = client(&installation.kafka, "tamper");
    let name = format!("{}{topic}", installation.kafka.topic_prefix);
    let record = FutureRecord::to(&name).key(key).payload(value);
    let delivered = producer.send(record, TIMEOUT).await.expect("it is stored");
    format!("{topic}/{}/{}", delivered.partition, delivered.offset)
}

/// A topic that was just created has no leader yet, nor have the topics of a broker that just came
/// back.
fn watermarks(consumer: &BaseConsumer, topic: &str, partition: i32) -> (i64, i64) {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        match consumer.fetch_watermarks(topic, partition, TIMEOUT) {
            Ok(range) => return range,
            Err(error) if Instant::now() > deadline => panic!("Kafka does not answer: {error}"),
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// Deletes all records that a topic has now.
pub async fn truncate(kafka: &KafkaConfig, topic: Topic) {
    let name = kafka.topic(topic);
    let mut ends = TopicPartitionList::new();
    for (partition, _, end) in partitions(kafka, topic) {
        ends.add_partition_offset(&name, partition, Offset::Offset(end)).expect("an offset");
    }
    let admin: AdminClient<DefaultClientContext> = client(kafka, "tamper");
    admin.delete_records(&ends, &options()).await.expect("records are deleted");
}

/// Deletes a topic and creates another one under its name.
pub async fn recreate(kafka: &KafkaConfig, topic: Topic) {
    let admin: AdminClient<DefaultClientContext> = client(kafka, "tamper");
    let name = kafka.topic(topic);
    for deleted in admin.delete_topics(&[&name], &options()).await.expect("Kafka answers") {
        deleted.expect("the topic is deleted");
    }
    let topic = NewTopic::new(&name, i32::from(PARTITIONS), TopicReplication::Fixed(1))
        .set("message.timestamp.type", "LogAppendTime");
    // A broker answers before the old topic is gone completely.
    until("the topic is created again", || async {
        let made = admin.create_topics([&topic], &options()).await.expect("Kafka answers");
        made.iter().all(Result::is_ok)
    })
    .await;
}

/// The consumer groups of an installation.
pub fn groups(kafka: &KafkaConfig) -> Vec<String> {
    let consumer: BaseConsumer = client(kafka, "tamper");
    let groups = consumer.fetch_group_list(None, TIMEOUT).expect("Kafka answers");
    let names = groups.groups().iter().map(|group| group.name().to_owned());
    names.filter(|name| name.starts_with(&kafka.topic_prefix)).collect()
}

/// Waits until every counter has recounted all touched buckets and committed the touches.
pub async fn until_recounted(kafka: &KafkaConfig) {
    until_within(RECOUNT_PATIENCE, "all touches are recounted", || async {
        let ends = partitions(kafka, Topic::Touched);
        let counters: Vec<_> =
            groups(kafka).into_iter().filter(|group| group.contains("counter.")).collect();
        assert!(!counters.is_empty(), "there are no counters");
        counters.iter().all(|group| {
            let committed = committed(kafka, group, Topic::Touched);
            ends.iter().all(|(partition, start, end)| {
                let next = committed.iter().find(|(of, _)| of == partition);
                next.and_then(|(_, next)| *next).unwrap_or(*start).max(*start) >= *end
            })
        })
    })
    .await;
}

/// The offsets that a group has committed for a topic, `None` where it has not.
pub fn committed(kafka: &KafkaConfig, group: &str, topic: Topic) -> Vec<(i32, Option<i64>)> {
    let consumer: BaseConsumer = client(kafka, group);
    let name = kafka.topic(topic);
    let mut asked = TopicPartitionList::new();
    for (partition, _, _) in partitions(kafka, topic) {
        asked.add_partition(&name, partition);
    }
    let committed = consumer.committed_offsets(asked, TIMEOUT).expect("Kafka answers");
    committed
        .elements()
        .iter()
        .map(|partition| match partition.offset() {
            Offset::Offset(offset) => (partition.partition(), Some(offset)),
            _ => (partition.partition(), None),
        })
        .collect()
}

/// Commits for a group without members. Kafka refuses as long as it believes that there is one.
pub async fn commit(kafka: &KafkaConfig, group: &str, topic: Topic, offsets: &[(i32, i64)]) {
    let consumer: BaseConsumer = client(kafka, group);
    let name = kafka.topic(topic);
    let mut list = TopicPartitionList::new();
    for (partition, offset) in offsets {
        list.add_partition_offset(&name, *partition, Offset::Offset(*offset)).expect("an offset");
    }
    until("the group has no members", || async {
        consumer.commit(&list, CommitMode::Sync).is_ok()
    })
    .await;
}

/// Makes a group read everything from the beginning, once it has no members.
pub async fn rewind(kafka: &KafkaConfig, group: &str) {
    let read = if group.contains("loader") { &Topic::LOADED[..] } else { &[Topic::Touched] };
    for topic in read {
        let starts: Vec<_> = partitions(kafka, *topic)
            .into_iter()
            .map(|(partition, start, _)| (partition, start))
            .collect();
        commit(kafka, group, *topic, &starts).await;
    }
}
