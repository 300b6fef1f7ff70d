//! Changes a state: one event, written only if a decision about the current state says so.
//!
//! Kafka has no conditional write, and two people may change the same entity at once. So each change
//! is a transaction under the one transactional id of the topic: to begin one fences every writer
//! that began before. The state is read to its end after that, so when the transaction can be
//! committed nothing has changed since it was read. A writer that was fenced has written nothing; it
//! begins again, and decides about what the other has made. So does one whose commit was not
//! answered: a decision that was carried out says that nothing is left to be done.
//!
//! A writer that dies before its commit leaves nothing behind: readers skip what was not committed.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use uuid::Uuid;

use super::fold::{Fold, State};
use super::quiet::Quiet;
use super::reader::{Reader, Step};
use crate::ids::NoTopic;
use crate::layout::STATE_PARTITION;
use crate::settings::KafkaConfig;
use crate::watch::TopicWatch;

/// How long one poll waits; a record ends it at once.
const POLL: Duration = Duration::from_millis(100);

/// When a broker aborts a change whose writer has died. Until then readers see no later change,
/// unless another writer begins, which aborts it at once.
const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest that a writer waits before it begins again after another has fenced it, the first time
/// and every later time. Two that begin again at the same moment would fence each other once more, so
/// each waits for a random part of it, and it doubles until one of several gets through.
const FENCED_PAUSE_MAX: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(4));

/// Why a state was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError<R> {
    /// The decision was against it.
    #[error(transparent)]
    Refused(R),
    /// The topic of the state does not exist.
    #[error("nothing was changed. Run `haochaping migrate`, which creates the topics")]
    NoTopic(#[source] anyhow::Error),
    /// Kafka was not reached in time, or did not take the change.
    #[error("nothing was changed, since Kafka cannot be used now. Try again once it can")]
    Unreachable(#[source] anyhow::Error),
    /// Others changed the state all the time.
    #[error("others are changing the same state; nothing was changed. Try again")]
    Contended,
    /// Kafka was asked for the change and did not answer any more.
    #[error(
        "Kafka did not answer in time, so it is not known whether the change was made. Look at the \
         current state before you try again"
    )]
    Unknown(#[source] anyhow::Error),
}

/// Changes one entity. `decide` gets the current state and says what the entity is to be; nothing
/// if it is so already. It is asked again when another writer comes first. Returns the state in
/// which the change can be seen. Blocks.
///
/// # Errors
///
/// What `decide` refuses, or why Kafka has not taken the change.
pub fn change<S: State, R: std::error::Error + 'static>(
    config: &KafkaConfig,
    within: Duration,
    mut decide: impl FnMut(&Fold<S>) -> Result<Option<S::Entity>, R>,
) -> Result<Fold<S>, ChangeError<R>> {
    let deadline = Instant::now() + within;
    // Set while it is not known whether an earlier attempt was committed.
    let mut doubt = None;
    let (mut pause_max, longest_pause) = FENCED_PAUSE_MAX;
    loop {
        let attempt = Attempt::<S>::begin(config, deadline).and_then(|attempt| {
            match decide(attempt.reader.fold()) {
                Ok(Some(entity)) => attempt.commit(config, &entity, deadline).map(Ok),
                Ok(None) => Ok(Ok(attempt.reader.into_fold())),
                Err(refused) => Ok(Err(ChangeError::Refused(refused))),
            }
        });
        let is_late = Instant::now() >= deadline;
        match attempt {
            Ok(decided) => return decided,
            Err(NotCommitted::Unknown(error)) if is_late => {
                return Err(ChangeError::Unknown(error));
            }
            Err(NotCommitted::Unknown(error)) => doubt = Some(error),
            Err(NotCommitted::Nothing(error)) => {
                return Err(match doubt {
                    Some(doubt) => ChangeError::Unknown(doubt),
                    None if error.is::<NoTopic>() => ChangeError::NoTopic(error),
                    None => ChangeError::Unreachable(error),
                });
            }
            Err(NotCommitted::Fenced) if is_late => {
                return Err(doubt.map_or(ChangeError::Contended, ChangeError::Unknown));
            }
            Err(NotCommitted::Fenced) => {}
        }
        thread::sleep(random_part_of(pause_max));
        pause_max = (2 * pause_max).min(longest_pause);
    }
}

/// Reads a state to its end. Blocks.
///
/// # Errors
///
/// If Kafka is not reached in time, or has no such topic.
pub fn read<S: State>(config: &KafkaConfig, within: Duration) -> anyhow::Result<Fold<S>> {
    let deadline = Instant::now() + within;
    if let Err(error) = TopicWatch::begin(config, &[S::TOPIC]) {
        return Err(if error.is::<NoTopic>() {
            error.context("run `haochaping migrate`, which creates the topics")
        } else {
            error
        });
    }
    let mut reader = Reader::with_known_end(config, left(deadline))?;
    read_to_end(&mut reader, deadline)?;
    Ok(reader.into_fold())
}

fn read_to_end<S: State>(reader: &mut Reader<S>, deadline: Instant) -> anyhow::Result<()> {
    loop {
        let step = reader.step(POLL)?;
        if step == Step::End {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(anyhow!("the state was not read to its end in time"));
        }
    }
}

/// Why an attempt has not changed anything, as far as that is known.
enum NotCommitted {
    /// Another writer has begun since.
    Fenced,
    /// Nothing was written.
    Nothing(anyhow::Error),
    /// It may have been written.
    Unknown(anyhow::Error),
}

/// A writer that has fenced all others, and the state as it was after that.
struct Attempt<S: State> {
    producer: ThreadedProducer<Quiet>,
    reader: Reader<S>,
}

impl<S: State> Attempt<S> {
    fn begin(config: &KafkaConfig, deadline: Instant) -> Result<Self, NotCommitted> {
        Self::try_begin(config, deadline).map_err(|error| {
            match error.downcast_ref::<KafkaError>() {
                Some(cause) if is_fenced(cause) => NotCommitted::Fenced,
                _ => NotCommitted::Nothing(error),
            }
        })
    }

    fn try_begin(config: &KafkaConfig, deadline: Instant) -> anyhow::Result<Self> {
        TopicWatch::begin(config, &[S::TOPIC])?;
        let mut settings = config.producer(TRANSACTION_TIMEOUT);
        settings
            .set("transactional.id", format!("{}.writer", config.topic(S::TOPIC)))
            .set("transaction.timeout.ms", TRANSACTION_TIMEOUT.as_millis().to_string())
            .set("linger.ms", "0");
        let producer = ThreadedProducer::from_config_and_context(&settings, Quiet)
            .context("failed to create a Kafka producer")?;
        loop {
            match producer.init_transactions(left(deadline)) {
                Ok(()) => break,
                Err(error) if may_be_repeated(&error) && Instant::now() < deadline => {}
                Err(error) => return Err(error).context("failed to begin a transaction"),
            }
        }
        let mut reader = Reader::with_known_end(config, left(deadline))?;
        read_to_end(&mut reader, deadline)?;
        Ok(Self { producer, reader })
    }

    fn commit(
        mut self,
        config: &KafkaConfig,
        entity: &S::Entity,
        deadline: Instant,
    ) -> Result<Fold<S>, NotCommitted> {
        let (topic, key, event) = (config.topic(S::TOPIC), S::key(entity), S::to_event(entity));
        let nothing = |error: KafkaError, what: &'static str| {
            if is_fenced(&error) {
                NotCommitted::Fenced
            } else {
                NotCommitted::Nothing(anyhow::Error::new(error).context(what))
            }
        };
        self.producer
            .begin_transaction()
            .map_err(|error| nothing(error, "failed to begin a transaction"))?;
        let record = BaseRecord::to(&topic).partition(STATE_PARTITION).key(&key).payload(&event);
        self.producer
            .send(record)
            .map_err(|(error, _)| nothing(error, "failed to hand the change over"))?;
        // All that comes before the commit itself can be waited for without an effect.
        self.producer
            .flush(left(deadline))
            .map_err(|error| nothing(error, "failed to write the change"))?;
        loop {
            match self.producer.commit_transaction(left(deadline)) {
                Ok(()) => break,
                Err(error) if may_be_repeated(&error) && Instant::now() < deadline => {}
                // Whatever the broker says here, an earlier answer of it may have been lost. The next
                // attempt ends this transaction, and sees whether it was committed.
                Err(error) => {
                    let error = anyhow::Error::new(error).context("failed to commit the change");
                    return Err(NotCommitted::Unknown(error));
                }
            }
        }
        // The change is made. It can be seen once our own fold has read it.
        while self.reader.fold().get(&key).map(S::to_event).as_ref() != Some(&event) {
            let step = self.reader.step(POLL).map_err(NotCommitted::Unknown)?;
            if step == Step::Nothing && Instant::now() >= deadline {
                let error = anyhow!("the change was made and could not be read back in time");
                return Err(NotCommitted::Unknown(error));
            }
        }
        Ok(self.reader.into_fold())
    }
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

fn may_be_repeated(error: &KafkaError) -> bool {
    matches!(error, KafkaError::Transaction(error) if error.is_retriable())
}

fn is_fenced(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{Fenced, InvalidProducerEpoch, ProducerFenced};
    matches!(error.rdkafka_error_code(), Some(Fenced | InvalidProducerEpoch | ProducerFenced))
}

/// A random part, from the random bits of a UUID.
fn random_part_of(longest: Duration) -> Duration {
    let (part, whole) = (Uuid::new_v4().as_bytes()[0], f64::from(u8::MAX));
    longest.mul_f64(f64::from(part) / whole)
}
