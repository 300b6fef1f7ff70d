//! Hands events to Kafka and says what became of each: acknowledged by every in-sync replica (D1),
//! or not.
//!
//! An event that was handed over goes its way whether or not anybody waits for it: a request that
//! is dropped loses its answer and nothing else.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use accounts::Account;
use anyhow::{Context, bail};
use domain::Kind;
use rdkafka::ClientContext;
use rdkafka::config::{ClientConfig, FromClientConfigAndContext};
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, Message, OwnedHeaders};
use rdkafka::metadata::MetadataTopic;
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer};
use rdkafka::types::RDKafkaErrorCode;
use strum::VariantArray;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout;
use topics::{SIMULATED_HEADER, SOURCE_HEADER, Topic};

use crate::config::{Config, REPORT_DELAY};
use crate::intake::Record;
use crate::telemetry::{self, Became};

/// How much longer than [`Config::publish_timeout`] a report is waited for. It always comes before;
/// this bound is for the case that it does not.
const REPORT_GRACE: Duration = Duration::from_secs(5);

/// What became of an event that was handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is on every in-sync replica.
    Acknowledged {
        /// The partition.
        partition: i32,
        /// The offset in it.
        offset: i64,
    },
    /// It is larger than Kafka takes, now and later.
    TooLarge,
    /// Nobody knows: it may be stored nevertheless.
    Unacknowledged,
}

impl Outcome {
    fn became(self) -> Became {
        match self {
            Self::Acknowledged { .. } => Became::Accepted,
            Self::TooLarge => Became::Rejected,
            Self::Unacknowledged => Became::Retry,
        }
    }
}

/// There are so many events on their way to Kafka that these would not fit.
#[derive(Debug, thiserror::Error)]
#[error("too many events wait for Kafka")]
pub(crate) struct QueueFull;

/// The events of one request. It lives as long as one of them is on its way, which holds their
/// places in the queue; when the last report has come, or cannot come any more, it answers.
struct Pending {
    kind: Kind,
    places: u32,
    /// By the events' places in the request; nothing for what was not handed over.
    outcomes: Mutex<Vec<Option<Outcome>>>,
    answer: Option<oneshot::Sender<Vec<Option<Outcome>>>>,
    _permit: OwnedSemaphorePermit,
}

impl Pending {
    fn set(&self, index: usize, outcome: Outcome) {
        // Nothing can panic while the lock is held.
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner)[index] = Some(outcome);
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        let outcomes = self.outcomes.get_mut().unwrap_or_else(PoisonError::into_inner);
        let outcomes = mem::take(outcomes);
        telemetry::no_longer_in_flight(self.places);
        for became in Became::VARIANTS {
            let events = outcomes.iter().flatten().filter(|outcome| outcome.became() == *became);
            telemetry::count(self.kind, *became, events.count());
        }
        if let Some(answer) = self.answer.take() {
            // Nobody waits for it if the client has gone.
            let _ = answer.send(outcomes);
        }
    }
}

/// One event on its way: the request that it came with, and its index there.
struct Handed {
    pending: Arc<Pending>,
    index: usize,
}

/// Receives the reports of librdkafka, on its own thread.
struct Reports;

impl ClientContext for Reports {
    fn error(&self, error: KafkaError, reason: &str) {
        // librdkafka's log says the same, and readiness says whether it matters.
        tracing::debug!(%error, reason, "Kafka has an error");
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = Box<Handed>;

    fn delivery(&self, result: &DeliveryResult<'_>, handed: Box<Handed>) {
        let outcome = match result {
            // After a lost answer the broker can confirm an event without saying where it lies. A
            // receipt has to say it, and to send an event again does no harm (D2).
            Ok(message) if message.offset() < 0 => Outcome::Unacknowledged,
            Ok(message) => {
                Outcome::Acknowledged { partition: message.partition(), offset: message.offset() }
            }
            Err((error, _)) => failure(error),
        };
        handed.pending.set(handed.index, outcome);
    }
}

fn failure(error: &KafkaError) -> Outcome {
    if error.rdkafka_error_code() == Some(RDKafkaErrorCode::MessageSizeTooLarge) {
        return Outcome::TooLarge;
    }
    tracing::debug!(%error, "an event was not acknowledged");
    Outcome::Unacknowledged
}

fn settings(config: &Config) -> ClientConfig {
    let mut settings = config.kafka.producer(config.delivery_timeout());
    settings
        .set("reconnect.backoff.max.ms", REPORT_DELAY.as_millis().to_string())
        // The queue is bounded here, by events that wait for their reports. librdkafka's own bound
        // only has to be wider, since it counts an event until some time after its report.
        .set("queue.buffering.max.messages", (2 * u64::from(config.queue_events_max)).to_string());
    settings
}

/// The way to Kafka, for all requests.
#[derive(Clone)]
pub(crate) struct Publisher {
    producer: Arc<ThreadedProducer<Reports>>,
    topics: Arc<[(Topic, String)]>,
    queue: Arc<Semaphore>,
    report_timeout: Duration,
}

impl Publisher {
    /// Makes the producer. It connects by itself, now and whenever it has to.
    ///
    /// # Errors
    ///
    /// If librdkafka does not take the settings.
    pub(crate) fn new(config: &Config) -> anyhow::Result<Self> {
        let producer = ThreadedProducer::from_config_and_context(&settings(config), Reports)
            .context("failed to make a Kafka producer")?;
        let topics = Kind::VARIANTS.iter().map(|kind| {
            let topic = Topic::of(*kind);
            (topic, config.kafka.topic(topic))
        });
        Ok(Self {
            producer: Arc::new(producer),
            topics: topics.collect(),
            queue: Arc::new(Semaphore::new(config.queue_events_max as usize)),
            report_timeout: config.publish_timeout() + REPORT_GRACE,
        })
    }

    /// Takes places in the queue for the events of a request, all or none.
    ///
    /// # Errors
    ///
    /// If there are not enough.
    pub(crate) fn begin(&self, kind: Kind, events: usize) -> Result<Submission<'_>, QueueFull> {
        let places = u32::try_from(events).map_err(|_| QueueFull)?;
        let permit =
            Arc::clone(&self.queue).try_acquire_many_owned(places).map_err(|_| QueueFull)?;
        telemetry::in_flight(places);
        let (answer, answered) = oneshot::channel();
        let pending = Pending {
            kind,
            places,
            outcomes: Mutex::new(vec![None; events]),
            answer: Some(answer),
            _permit: permit,
        };
        let topic = self.topics.iter().find(|(topic, _)| *topic == Topic::of(kind));
        Ok(Submission {
            publisher: self,
            topic: &topic.expect("there is one for each kind").1,
            pending: Arc::new(pending),
            answered,
            events,
            since: Instant::now(),
        })
    }

    /// Asks a broker whether events of every kind can be published. Blocks.
    ///
    /// # Errors
    ///
    /// If none answers in time, or a topic has no leader.
    pub(crate) fn probe(&self, within: Duration) -> anyhow::Result<()> {
        for (_, name) in self.topics.iter() {
            let metadata = self
                .producer
                .client()
                .fetch_metadata(Some(name), within)
                .context("failed to reach Kafka")?;
            let topic = metadata.topics().iter().find(|topic| topic.name() == name);
            let partitions = topic.map(MetadataTopic::partitions).unwrap_or_default();
            if partitions.is_empty() || partitions.iter().any(|partition| partition.leader() < 0) {
                bail!("the topic {name} does not exist or has no leader");
            }
        }
        Ok(())
    }

    /// The fault after which this producer never publishes again, if there was one.
    pub(crate) fn fatal_error(&self) -> Option<String> {
        self.producer.client().fatal_error().map(|(code, reason)| format!("{code}: {reason}"))
    }

    /// Waits until nothing is on its way any more. Blocks.
    pub(crate) fn flush(&self, within: Duration) {
        if let Err(error) = self.producer.flush(within) {
            let events = self.producer.in_flight_count();
            tracing::warn!(%error, events, "some events were not acknowledged before the end");
        }
    }
}

/// A request's events, while they are being handed over.
pub(crate) struct Submission<'p> {
    publisher: &'p Publisher,
    topic: &'p str,
    pending: Arc<Pending>,
    answered: oneshot::Receiver<Vec<Option<Outcome>>>,
    events: usize,
    since: Instant,
}

impl Submission<'_> {
    /// Hands over the event that has this place in the request, as one of this account. Never blocks.
    pub(crate) fn send(&self, index: usize, account: &Account, record: &Record) {
        let mut headers = OwnedHeaders::new_with_capacity(2)
            .insert(Header { key: SOURCE_HEADER, value: Some(account.source.as_str()) });
        if account.simulated {
            headers = headers.insert(Header { key: SIMULATED_HEADER, value: Some("true") });
        }
        let handed = Box::new(Handed { pending: Arc::clone(&self.pending), index });
        let message = BaseRecord::with_opaque_to(self.topic, handed)
            .key(record.key.as_slice())
            .payload(record.value.as_slice())
            .headers(headers);
        if let Err((error, message)) = self.publisher.producer.send(message) {
            // librdkafka's queue is full, most likely. The event was not handed over.
            message.delivery_opaque.pending.set(index, failure(&error));
        }
    }

    /// Ends the handing over.
    pub(crate) fn finish(self) -> Delivery {
        let Self { publisher, answered, events, since, .. } = self;
        // `pending` is dropped: from now on only events on their way hold it.
        Delivery { report_timeout: publisher.report_timeout, answered, events, since }
    }
}

/// A request's events on their way.
pub(crate) struct Delivery {
    report_timeout: Duration,
    answered: oneshot::Receiver<Vec<Option<Outcome>>>,
    events: usize,
    since: Instant,
}

impl Delivery {
    /// What became of each event, once all is known; nothing for one that was not handed over.
    pub(crate) async fn outcomes(self) -> Vec<Option<Outcome>> {
        let answer = timeout(self.report_timeout, self.answered).await;
        let outcomes = answer.ok().and_then(Result::ok).unwrap_or_else(|| {
            tracing::error!("a report of Kafka did not come");
            vec![None; self.events]
        });
        telemetry::published(self.since.elapsed());
        outcomes
    }
}
