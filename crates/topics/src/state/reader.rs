//! Reads the topic of a state from its beginning, record by record, into a fold.

use std::time::Duration;

use anyhow::Context;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};

use super::fold::{Fold, State};
use super::quiet::Quiet;
use crate::layout::STATE_PARTITION;
use crate::settings::KafkaConfig;
use crate::settled::settled;

/// How long a broker waits for more before it says that there is none. A record ends it at once; only
/// "this was all" comes so much later, which every catch-up and every command waits for.
const END_WAIT: Duration = Duration::from_millis(100);

/// A fold and what it is read from.
pub(super) struct Reader<S: State> {
    consumer: BaseConsumer<Quiet>,
    fold: Fold<S>,
}

/// What a step of reading has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A record, which is in the fold now.
    Record,
    /// Everything that Kafka had is in the fold.
    End,
    /// Nothing: Kafka has nothing new, or does not answer.
    Nothing,
}

impl<S: State> Reader<S> {
    /// Begins before the first record.
    ///
    /// # Errors
    ///
    /// If no Kafka client can be created.
    pub(super) fn new(config: &KafkaConfig) -> anyhow::Result<Self> {
        Self::unassigned(config)?.assigned(config)
    }

    /// The same, once the leader knows where the topic ends. Just after an election a new leader may
    /// take an earlier offset for the end; asked for its offsets, it answers only when it has caught up
    /// (KIP-207). Whoever decides by the state must not miss its last records. Blocks.
    ///
    /// # Errors
    ///
    /// If no Kafka client can be created, or the leader does not answer within `patience`.
    pub(super) fn with_known_end(config: &KafkaConfig, patience: Duration) -> anyhow::Result<Self> {
        let reader = Self::unassigned(config)?;
        let topic = config.topic(S::TOPIC);
        settled(patience, || reader.consumer.fetch_watermarks(&topic, STATE_PARTITION, patience))
            .with_context(|| format!("failed to find the end of {topic}"))?;
        reader.assigned(config)
    }

    fn unassigned(config: &KafkaConfig) -> anyhow::Result<Self> {
        let mut settings = config.reader();
        settings.set("fetch.wait.max.ms", END_WAIT.as_millis().to_string());
        let consumer = BaseConsumer::from_config_and_context(&settings, Quiet)
            .context("failed to create a Kafka client")?;
        Ok(Self { consumer, fold: Fold::default() })
    }

    fn assigned(self, config: &KafkaConfig) -> anyhow::Result<Self> {
        let mut at = TopicPartitionList::new();
        at.add_partition_offset(&config.topic(S::TOPIC), STATE_PARTITION, Offset::Beginning)
            .context("failed to begin reading")?;
        self.consumer.assign(&at).context("failed to begin reading")?;
        Ok(self)
    }

    /// What was read.
    pub(super) fn into_fold(self) -> Fold<S> {
        self.fold
    }

    /// What was read so far.
    pub(super) fn fold(&self) -> &Fold<S> {
        &self.fold
    }

    /// Reads the next record, if there is one within so long. Blocks.
    ///
    /// # Errors
    ///
    /// If this reader cannot continue and another has to begin from the start.
    pub(super) fn step(&mut self, wait: Duration) -> anyhow::Result<Step> {
        match self.consumer.poll(wait) {
            None => Ok(Step::Nothing),
            Some(Ok(message)) => {
                let (key, value) = (message.key(), message.payload());
                if let Err(unreadable) = self.fold.apply(key, value, message.offset()) {
                    tracing::error!(
                        topic = <&str>::from(S::TOPIC),
                        error = %unreadable,
                        "a change of state cannot be read; what it is about has no effect until it \
                         is changed again"
                    );
                }
                Ok(Step::Record)
            }
            Some(Err(KafkaError::PartitionEOF(_))) => Ok(Step::End),
            Some(Err(error)) if is_lasting(&error) => Err(error).context("failed to read on"),
            Some(Err(error)) => {
                tracing::debug!(%error, "Kafka does not answer");
                Ok(Step::Nothing)
            }
        }
    }
}

/// librdkafka reconnects by itself, as often as it takes. It does not recover where the topic is not
/// what it was.
fn is_lasting(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{
        AutoOffsetReset, Fatal, OffsetOutOfRange, UnknownPartition, UnknownTopic,
        UnknownTopicOrPartition,
    };
    matches!(
        error.rdkafka_error_code(),
        Some(
            AutoOffsetReset
                | Fatal
                | OffsetOutOfRange
                | UnknownPartition
                | UnknownTopic
                | UnknownTopicOrPartition
        )
    )
}
