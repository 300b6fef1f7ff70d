//! Which topics are read, and where reading begins.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use daemon::admin::PartReadiness;
use daemon::kafka::{KafkaConfig, Topic};
use domain::Kind;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};

/// How long a broker may take to say what was committed. Polling waits for it.
const COMMITTED_TIMEOUT: Duration = Duration::from_secs(10);

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

/// Assigns partitions with explicit starts, and notes what has become of it.
pub(crate) struct Assignment {
    has_changed: AtomicBool,
    failure: Mutex<Option<KafkaError>>,
    readiness: PartReadiness,
}

impl Assignment {
    pub(crate) fn new(readiness: PartReadiness) -> Self {
        Self { has_changed: AtomicBool::new(false), failure: Mutex::new(None), readiness }
    }

    /// Whether partitions were given or taken since the last call.
    ///
    /// # Errors
    ///
    /// If partitions could not be taken on: the worker reads nothing any more.
    pub(crate) fn take_change(&self) -> KafkaResult<bool> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        failure.map_or_else(|| Ok(self.has_changed.swap(false, Ordering::AcqRel)), Err)
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
        let is_given = event == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        self.readiness.set(is_given);
        let done = if is_given {
            starts(consumer, partitions).and_then(|starts| {
                consumer.assign(&starts)?;
                // A pause belongs to the assignment before.
                consumer.resume(&starts)
            })
        } else {
            consumer.unassign()
        };
        if let Err(error) = done {
            self.readiness.set(false);
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, _: &TopicPartitionList) {
        if let Err(error) = result {
            metrics::counter!("haochaping_loader_failed_commits_total").increment(1);
            tracing::warn!(%error, "failed to commit; the records will be read again");
        }
    }
}

/// Where to begin: at what was committed; at the very beginning, said explicitly, if nothing ever
/// was. An offset that the broker no longer has is not replaced by another one: it is an error when
/// the partition is read (D3).
fn starts(
    consumer: &BaseConsumer<Assignment>,
    partitions: &TopicPartitionList,
) -> KafkaResult<TopicPartitionList> {
    let committed = consumer.committed_offsets(partitions.clone(), COMMITTED_TIMEOUT)?;
    let mut starts = TopicPartitionList::new();
    for partition in committed.elements() {
        partition.error()?;
        let start = match partition.offset() {
            Offset::Invalid => Offset::Beginning,
            committed => committed,
        };
        starts.add_partition_offset(partition.topic(), partition.partition(), start)?;
    }
    Ok(starts)
}
