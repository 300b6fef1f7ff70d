//! The settings of Kafka clients on which promises rest. They are code and not configuration:
//! nobody may turn them off.

use std::time::Duration;

use anyhow::Context;
use rdkafka::admin::AdminClient;
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use uuid::Uuid;

use crate::topic::Topic;

/// The most records that a producer puts into one batch, which a broker appends as a whole.
pub const BATCH_RECORDS_MAX: u16 = 10_000;

/// Where Kafka is.
#[derive(Clone, Debug, clap::Args)]
pub struct KafkaConfig {
    /// Addresses of brokers, `host:port`, separated by commas.
    #[arg(long, env = "HAOCHAPING_KAFKA_BROKERS")]
    pub kafka_brokers: String,
    /// What the names of all topics and consumer groups begin with.
    #[arg(long, env = "HAOCHAPING_TOPIC_PREFIX", default_value = "haochaping.")]
    pub topic_prefix: String,
}

impl KafkaConfig {
    /// The full name of a topic.
    pub fn topic(&self, topic: Topic) -> String {
        format!("{}{topic}", self.topic_prefix)
    }

    /// The full name of a consumer group. What a group has committed is true of one database, so
    /// its name has the database's id: another database begins from the start.
    fn group(&self, name: &str, database: Uuid) -> String {
        format!("{}{name}.{}", self.topic_prefix, database.simple())
    }

    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.kafka_brokers)
            .set("client.id", "haochaping")
            .set("allow.auto.create.topics", "false")
            // librdkafka does not look for overdue messages while it pauses between two attempts to
            // connect; by default it pauses for up to ten seconds.
            .set("reconnect.backoff.max.ms", "1000");
        config
    }

    /// Settings of a producer whose delivery reports are promises (D1).
    pub fn producer(&self, delivery_timeout: Duration) -> ClientConfig {
        let mut config = self.client();
        config
            // Success means: on every in-sync replica, once, in order.
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("message.timeout.ms", delivery_timeout.as_millis().to_string())
            // The Java client's choice, so that every producer puts a case into one partition.
            .set("partitioner", "murmur2_random")
            .set("compression.type", "lz4")
            .set("batch.num.messages", BATCH_RECORDS_MAX.to_string())
            .set("linger.ms", "2");
        config
    }

    /// Settings of a consumer that commits explicitly, after its work is durable (D3), and that never
    /// skips: where there is no committed offset, or one that the broker no longer has, it must say
    /// where it starts.
    pub fn consumer(&self, group: &str, database: Uuid) -> ClientConfig {
        let mut config = self.client();
        config
            .set("group.id", self.group(group, database))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "error")
            // Eager: cooperative assignment has open faults with commits by hand (librdkafka
            // #4059, #4220).
            .set("partition.assignment.strategy", "range")
            // How long a killed member goes unnoticed; its partitions are not read meanwhile.
            .set("session.timeout.ms", "6000")
            .set("heartbeat.interval.ms", "1500")
            .set("isolation.level", "read_committed")
            // Records are fetched in batches: an answer costs the broker more than the records in it.
            .set("fetch.min.bytes", "65536")
            // The longest that a record waits for others.
            .set("fetch.wait.max.ms", "100")
            .set("enable.partition.eof", "false");
        config
    }

    /// Settings of a consumer that reads records whose positions are known. It joins no group and
    /// commits nothing; librdkafka nevertheless requires the name of one.
    pub fn reader(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("group.id", format!("{}reader", self.topic_prefix))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            // A record that is gone is an error, and is not replaced by the next one.
            .set("auto.offset.reset", "error")
            .set("isolation.level", "read_committed")
            .set("enable.partition.eof", "true");
        config
    }

    pub(crate) fn admin(&self) -> anyhow::Result<AdminClient<DefaultClientContext>> {
        self.client().create().context("failed to create a Kafka client")
    }
}
