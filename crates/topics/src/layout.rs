//! How topics are created, and the ids under which brokers know them.
//!
//! What a topic must be configured with is code and not configuration: promises rest on it.

use std::time::Duration;

use anyhow::{Context, bail};
use rdkafka::admin::{AdminOptions, NewTopic, TopicReplication};
use rdkafka::types::RDKafkaErrorCode;
use strum::VariantArray;
use uuid::Uuid;

use crate::settings::KafkaConfig;
use crate::topic::Topic;

/// The most partitions of a topic: a position has twelve bits for the number of one.
pub const PARTITIONS_MAX: u16 = 1 << 12;

/// Partitions and copies of topics that are created.
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

/// How long Kafka keeps touches. The sweep finds what a lost one would have told.
const TOUCHED_RETENTION: Duration = Duration::from_hours(24 * 2);

/// How long a broker may take to create topics.
const CREATED_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a broker may take to say which topics there are.
const DESCRIBED_TIMEOUT: Duration = Duration::from_secs(30);

/// How long it may take until every broker knows a new topic.
const KNOWN_TIMEOUT: Duration = Duration::from_secs(30);

/// How long until a broker is asked again whether it knows a new topic.
const KNOWN_PAUSE: Duration = Duration::from_millis(100);

/// The only partition of a topic of state. All its events have one order, so that every process
/// that has read to the end has the same state; there are few of them, and no work to be shared.
pub(crate) const STATE_PARTITION: i32 = 0;

/// How long Kafka keeps the records of a topic; nothing means permanently. Everything else is
/// derived from events and from what is said about them, so none of those expires. Of state the last
/// record of each key is kept, whatever its age.
fn retention(topic: Topic) -> Option<Duration> {
    match topic {
        Topic::Services
        | Topic::Reviews
        | Topic::Dispositions
        | Topic::Quarantine
        | Topic::Accounts => None,
        Topic::Touched => Some(TOUCHED_RETENTION),
    }
}

/// How many partitions a topic is created with.
fn partitions(topic: Topic, layout: TopicLayout) -> u16 {
    if topic.is_state() { 1 } else { layout.partitions }
}

/// The configuration that a topic must have.
fn configuration(topic: Topic, layout: TopicLayout) -> [(&'static str, String); 4] {
    let in_sync = if layout.replication > 2 { "2" } else { "1" };
    let retention = retention(topic).map_or("-1".to_owned(), |kept| kept.as_millis().to_string());
    let cleanup = if topic.is_state() { "compact" } else { "delete" };
    [
        ("cleanup.policy", cleanup.to_owned()),
        ("min.insync.replicas", in_sync.to_owned()),
        // By the broker's clock, or retention would delete what a hall posts late.
        ("message.timestamp.type", "LogAppendTime".to_owned()),
        ("retention.ms", retention),
    ]
}

/// Creates the topics that are missing, and returns those with their ids that tables know.
///
/// # Errors
///
/// If Kafka cannot be reached or refuses.
pub async fn create_topics(
    config: &KafkaConfig,
    layout: TopicLayout,
) -> anyhow::Result<Vec<(Topic, Uuid)>> {
    let admin = config.admin()?;
    let described: Vec<_> = Topic::VARIANTS
        .iter()
        .map(|topic| {
            (config.topic(*topic), partitions(*topic, layout), configuration(*topic, layout))
        })
        .collect();
    let topics = described.iter().map(|(name, partitions, configuration)| {
        let topic = NewTopic::new(
            name,
            i32::from(*partitions),
            TopicReplication::Fixed(i32::from(layout.replication)),
        );
        configuration.iter().fold(topic, |topic, (key, value)| topic.set(key, value))
    });
    let topics: Vec<_> = topics.collect();
    let options = AdminOptions::new().operation_timeout(Some(CREATED_TIMEOUT));
    let created = admin.create_topics(&topics, &options).await;
    for created in created.context("failed to create topics")? {
        match created {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((name, error)) => bail!("failed to create the topic {name}: {error}"),
        }
    }
    // A broker answers before all of them know of it.
    let deadline = tokio::time::Instant::now() + KNOWN_TIMEOUT;
    loop {
        match ids(config, Topic::VARIANTS).await {
            Err(error) if tokio::time::Instant::now() < deadline => {
                tracing::debug!(error = format!("{error:#}"), "the topics are not known yet");
                tokio::time::sleep(KNOWN_PAUSE).await;
            }
            ids => {
                return ids
                    .map(|ids| ids.into_iter().filter(|(topic, _)| !topic.is_state()).collect());
            }
        }
    }
}

/// The ids of the topics that tables know. A topic that is deleted and recreated under the same name
/// gets another id.
///
/// # Errors
///
/// If Kafka cannot be reached or a topic does not exist.
pub async fn topic_ids(config: &KafkaConfig) -> anyhow::Result<Vec<(Topic, Uuid)>> {
    let known: Vec<_> = Topic::VARIANTS.iter().copied().filter(|it| !it.is_state()).collect();
    ids(config, &known).await
}

async fn ids(config: &KafkaConfig, topics: &[Topic]) -> anyhow::Result<Vec<(Topic, Uuid)>> {
    let names: Vec<_> = topics.iter().map(|topic| config.topic(*topic)).collect();
    let admin = config.admin()?;
    let ids = tokio::task::spawn_blocking(move || {
        crate::ids::describe(&admin, &names, DESCRIBED_TIMEOUT)
    })
    .await
    .context("the look-up of topics panicked")??;
    Ok(topics.iter().copied().zip(ids).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_never_expire_and_an_acknowledgement_waits_for_a_second_copy_where_there_are_three() {
        let value = |topic, replication, wanted| {
            let layout = TopicLayout { partitions: 6, replication };
            let mut values = configuration(topic, layout).into_iter();
            values.find(|(key, _)| *key == wanted).expect("it is configured").1
        };
        for topic in Topic::READ {
            assert_eq!(value(topic, 3, "retention.ms"), "-1");
        }
        assert_eq!(value(Topic::Touched, 3, "retention.ms"), "172800000");
        for topic in Topic::VARIANTS {
            let policy = value(*topic, 3, "cleanup.policy");
            assert_eq!(policy == "compact", *topic == Topic::Accounts, "{topic}");
        }
        for (replication, in_sync) in [(1, "1"), (2, "1"), (3, "2")] {
            assert_eq!(value(Topic::Reviews, replication, "min.insync.replicas"), in_sync);
        }
    }
}
