//! Decides where reading begins, and assigns partitions accordingly. It never skips a record: an
//! offset that the broker no longer has is an error.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use daemon::admin::PartReadiness;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};
use topics::settled;

/// How long a broker may take to say what was committed. Polling waits for it.
const COMMITTED_TIMEOUT: Duration = Duration::from_secs(10);

/// Assigns partitions with explicit starts, and notes changes and failures for the worker.
pub(crate) struct Assignment {
    has_changed: AtomicBool,
    failure: Mutex<Option<KafkaError>>,
    readiness: PartReadiness,
}

impl Assignment {
    pub(crate) fn new(readiness: PartReadiness) -> Self {
        Self { has_changed: AtomicBool::new(false), failure: Mutex::new(None), readiness }
    }

    /// Whether partitions were assigned or revoked since the last call.
    ///
    /// # Errors
    ///
    /// If partitions could not be assigned: the worker no longer reads anything.
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
        let is_assigned = event == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        self.readiness.set(is_assigned);
        let done = if is_assigned {
            starts(consumer, partitions).and_then(|starts| {
                consumer.assign(&starts)?;
                // A pause may be left from the previous assignment.
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

/// Where to begin: at the committed offset; at the beginning, said explicitly, if nothing was ever
/// committed. An offset that the broker no longer has is not replaced by another one: it is an error
/// when the partition is read (D3).
fn starts(
    consumer: &BaseConsumer<Assignment>,
    partitions: &TopicPartitionList,
) -> KafkaResult<TopicPartitionList> {
    let committed = settled(COMMITTED_TIMEOUT, || {
        let committed = consumer.committed_offsets(partitions.clone(), COMMITTED_TIMEOUT)?;
        committed.elements().iter().try_for_each(TopicPartitionListElem::error)?;
        Ok(committed)
    })?;
    let mut starts = TopicPartitionList::new();
    for partition in committed.elements() {
        let start = match partition.offset() {
            Offset::Invalid => Offset::Beginning,
            committed => committed,
        };
        starts.add_partition_offset(partition.topic(), partition.partition(), start)?;
    }
    Ok(starts)
}
