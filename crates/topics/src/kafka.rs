//! The topics, and the settings of Kafka on which promises rest. Those are code and not
//! configuration: nobody may turn them off.

use std::time::Duration;

use anyhow::{Context, bail};
use domain::Kind;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::types::RDKafkaErrorCode;
use strum::{Display, EnumString, IntoStaticStr, VariantArray};
use uuid::Uuid;

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

/// The topics.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum Topic {
    /// What was done.
    Services,
    /// How it was rated.
    Reviews,
    /// What was decided about reviews.
    Dispositions,
    /// What could not be loaded, and what of it was given up.
    Quarantine,
    /// Which buckets have new records.
    Touched,
}

/// The header of a record that says who posted it, for records whose value cannot be read.
pub const SOURCE_HEADER: &str = "source";

impl Topic {
    /// The topics that the loader brings into the table of records.
    pub const LOADED: [Self; 3] = [Self::Services, Self::Reviews, Self::Dispositions];

    /// The topics that the loader reads: those of records, and what is said about records that could
    /// not be loaded.
    pub const READ: [Self; 4] =
        [Self::Services, Self::Reviews, Self::Dispositions, Self::Quarantine];

    /// Where events of a kind go.
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Service => Self::Services,
            Kind::Review => Self::Reviews,
            Kind::Disposition => Self::Dispositions,
        }
    }
}

impl KafkaConfig {
    /// The full name of a topic.
    pub fn topic(&self, topic: Topic) -> String {
        format!("{}{topic}", self.topic_prefix)
    }

    /// The full name of a consumer group. What a group has committed is true of one database, so
    /// its name has the database's id: another database begins anew.
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

    /// Settings of a consumer that commits by itself, after its work is durable (D3), and that
    /// never skips: where there is no offset, or one that the broker no longer has, it must say
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
            // A member that was killed is missed for so long; its partitions are not read meanwhile.
            .set("session.timeout.ms", "6000")
            .set("heartbeat.interval.ms", "1500")
            .set("isolation.level", "read_committed")
            // Records are fetched in batches and not one by one: an answer costs the broker more than what is
            // in it.
            .set("fetch.min.bytes", "65536")
            // The longest that a record waits for others.
            .set("fetch.wait.max.ms", "100")
            .set("enable.partition.eof", "false");
        config
    }

    /// Settings of a consumer that reads records whose positions are known. It is never member of a
    /// group and commits nothing: librdkafka wants the name of one all the same.
    pub fn reader(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("group.id", format!("{}reader", self.topic_prefix))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            // What is not there any more must be said, and not be replaced by what comes next.
            .set("auto.offset.reset", "error")
            .set("isolation.level", "read_committed")
            .set("enable.partition.eof", "true");
        config
    }

    pub(crate) fn admin(&self) -> anyhow::Result<AdminClient<DefaultClientContext>> {
        self.client().create().context("failed to make a Kafka client")
    }
}

/// The most records that a producer puts into one batch, which a broker appends as a whole.
pub const BATCH_RECORDS_MAX: u16 = 10_000;

/// The most partitions of a topic: a position has twelve bits for the number of one.
pub const PARTITIONS_MAX: u16 = 1 << 12;

/// How topics are made.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct TopicLayout {
    /// Partitions of each topic of events. More of them let more loaders share the work.
    #[arg(long, env = "HAOCHAPING_PARTITIONS", default_value_t = 6,
        value_parser = clap::value_parser!(u16).range(1..=i64::from(PARTITIONS_MAX)))]
    pub partitions: u16,
    /// Copies of each record. With more than two, an acknowledgement waits for two of them.
    #[arg(long, env = "HAOCHAPING_REPLICATION", default_value_t = 3,
        value_parser = clap::value_parser!(u16).range(1..=99))]
    pub replication: u16,
}

/// How long Kafka keeps events: for ever. They are what everything else is derived from.
const EVENTS_RETENTION_MS: &str = "-1";

/// How long Kafka keeps touches. The sweep finds what a lost one would have told.
const TOUCHED_RETENTION: Duration = Duration::from_hours(24 * 2);

/// Makes the topics that are missing, and returns all with their ids.
///
/// # Errors
///
/// If Kafka cannot be reached or refuses.
pub async fn create_topics(
    config: &KafkaConfig,
    layout: TopicLayout,
) -> anyhow::Result<Vec<(Topic, Uuid)>> {
    let admin = config.admin()?;
    let names: Vec<_> = Topic::VARIANTS.iter().map(|topic| config.topic(*topic)).collect();
    let in_sync = if layout.replication > 2 { "2" } else { "1" };
    let touched_ms = TOUCHED_RETENTION.as_millis().to_string();
    let topics = Topic::VARIANTS.iter().zip(&names).map(|(topic, name)| {
        let retention = if *topic == Topic::Touched { &touched_ms } else { EVENTS_RETENTION_MS };
        NewTopic::new(
            name,
            i32::from(layout.partitions),
            TopicReplication::Fixed(i32::from(layout.replication)),
        )
        .set("min.insync.replicas", in_sync)
        // By the broker's clock, or retention would delete what a hall posts late.
        .set("message.timestamp.type", "LogAppendTime")
        .set("retention.ms", retention)
    });
    let topics: Vec<_> = topics.collect();
    let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(30)));
    for created in admin.create_topics(&topics, &options).await.context("failed to make topics")? {
        match created {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((name, error)) => bail!("failed to make the topic {name}: {error}"),
        }
    }
    // A broker answers before all of them know of it.
    let deadline = tokio::time::Instant::now() + KNOWN_TIMEOUT;
    loop {
        match topic_ids(config).await {
            Err(error) if tokio::time::Instant::now() < deadline => {
                tracing::debug!(error = format!("{error:#}"), "the topics are not known yet");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            ids => return ids,
        }
    }
}

/// How long a broker may take to say which topics there are.
const DESCRIBED_TIMEOUT: Duration = Duration::from_secs(30);

/// How long it may take until every broker knows of a new topic.
const KNOWN_TIMEOUT: Duration = Duration::from_secs(30);

/// The ids of all topics. A topic that is deleted and made anew under the same name has another.
///
/// # Errors
///
/// If Kafka cannot be reached or a topic does not exist.
pub async fn topic_ids(config: &KafkaConfig) -> anyhow::Result<Vec<(Topic, Uuid)>> {
    let names: Vec<_> = Topic::VARIANTS.iter().map(|topic| config.topic(*topic)).collect();
    let admin = config.admin()?;
    let ids = tokio::task::spawn_blocking(move || {
        crate::ids::describe(&admin, &names, DESCRIBED_TIMEOUT)
    })
    .await
    .context("the look-up of topics panicked")??;
    Ok(Topic::VARIANTS.iter().copied().zip(ids).collect())
}
