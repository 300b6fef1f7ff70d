//! Which topics are read, and where reading begins.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use daemon::kafka::{KafkaConfig, Topic};
use domain::Kind;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};

/// How long a broker may take to say what was committed.
const COMMITTED_TIMEOUT: Duration = Duration::from_secs(30);

/// What is known of a topic that is read.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub topic: Topic,
    pub kind: Kind,
    pub number: u8,
    pub name: String,
}

/// The topics of events.
#[derive(Debug)]
pub(crate) struct Topics {
    by_name: HashMap<String, Known>,
    by_topic: HashMap<Topic, String>,
}

impl Topics {
    pub(crate) fn new(config: &KafkaConfig, numbers: &[(Topic, u8)]) -> Self {
        let kinds = [Kind::Service, Kind::Review, Kind::Disposition];
        let known = numbers.iter().filter_map(|(topic, number)| {
            let kind = kinds.into_iter().find(|kind| Topic::of(*kind) == *topic)?;
            Some(Known { topic: *topic, kind, number: *number, name: config.topic(*topic) })
        });
        let by_name: HashMap<_, _> = known.map(|known| (known.name.clone(), known)).collect();
        let by_topic = by_name.values().map(|known| (known.topic, known.name.clone())).collect();
        Self { by_name, by_topic }
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.by_name.keys().map(String::as_str).collect()
    }

    pub(crate) fn by_name(&self, name: &str) -> Option<&Known> {
        self.by_name.get(name)
    }

    pub(crate) fn name(&self, topic: Topic) -> &str {
        &self.by_topic[&topic]
    }
}

/// Assigns partitions with explicit starts and notes that the assignment has changed.
#[derive(Debug, Default)]
pub(crate) struct Assignment {
    has_changed: AtomicBool,
}

impl Assignment {
    /// Whether partitions were given or taken since the last call.
    pub(crate) fn take_change(&self) -> bool {
        self.has_changed.swap(false, Ordering::AcqRel)
    }
}

impl ClientContext for Assignment {}

impl ConsumerContext for Assignment {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        event: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        self.has_changed.store(true, Ordering::Release);
        let done = match event {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                starts(consumer, partitions).and_then(|starts| {
                    consumer.assign(&starts)?;
                    // A pause belongs to the assignment before.
                    consumer.resume(&starts)
                })
            }
            _ => consumer.unassign(),
        };
        if let Err(error) = done {
            // Without an assignment nothing is read; leaving the group makes the broker try again.
            tracing::error!(%error, "failed to take partitions");
            consumer.unsubscribe();
        }
    }
}

/// Where to begin: at what was committed; at the very beginning, said explicitly, if nothing ever
/// was. An offset that the broker no longer has is not replaced by another one: it is an error when
/// the partition is read (D3).
fn starts(
    consumer: &BaseConsumer<Assignment>,
    partitions: &TopicPartitionList,
) -> rdkafka::error::KafkaResult<TopicPartitionList> {
    let mut starts = consumer.committed_offsets(partitions.clone(), COMMITTED_TIMEOUT)?;
    let unknown: Vec<_> = starts
        .elements()
        .iter()
        .filter(|partition| partition.offset() == Offset::Invalid)
        .map(|partition| (partition.topic().to_owned(), partition.partition()))
        .collect();
    for (topic, partition) in unknown {
        starts.set_partition_offset(&topic, partition, Offset::Beginning)?;
    }
    Ok(starts)
}
