//! Follows a state in the background, so that whoever needs it finds it in memory.
//!
//! - Before the first catch-up there is nothing to be seen, so a service is not ready.
//! - While Kafka is away later, what was known holds. A change cannot be made then either.
//! - A topic that was deleted and recreated is another state. It is read from its beginning, and what
//!   was known holds until that is done. An offset of the old topic would mean nothing in the new one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use metrics::{counter, describe_counter, describe_gauge, gauge};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::fold::{Fold, State};
use super::reader::{Reader, Step};
use crate::settings::KafkaConfig;
use crate::watch::TopicWatch;

/// How long one poll waits; a record ends it at once.
const POLL: Duration = Duration::from_millis(200);

/// How often it is checked that the topic is still the same. Less often than a change has to take
/// effect, since it only matters where somebody has deleted the topic.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);

/// How long until reading begins again after it has failed.
const PAUSE: Duration = Duration::from_millis(500);

/// How many entities cannot be read now, by topic. Anything but zero is for a person.
const UNREADABLE: &str = "haochaping_state_unreadable";

/// How often a state was read from its beginning, by topic.
const READ: &str = "haochaping_state_reads_total";

/// A state as it was last known.
#[derive(Debug)]
pub struct Followed<V>(watch::Receiver<Option<Arc<V>>>);

impl<V> Clone for Followed<V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<V> Followed<V> {
    /// A state that never changes, for tests.
    pub fn fixed(view: V) -> Self {
        Self(watch::channel(Some(Arc::new(view))).1)
    }

    /// The state; nothing before it was read to its end for the first time. Never blocks.
    pub fn get(&self) -> Option<Arc<V>> {
        self.0.borrow().clone()
    }

    /// Waits until the state was read to its end for the first time. Never returns if nobody reads
    /// it any more.
    pub async fn caught_up(&mut self) {
        if self.0.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// What keeps a [`Followed`] true.
pub struct Follower<S: State, V> {
    config: KafkaConfig,
    view: View<S, V>,
    shown: watch::Sender<Option<Arc<V>>>,
}

type View<S, V> = Box<dyn Fn(&Fold<S>, Option<&V>) -> V + Send>;

/// Follows a state. `view` makes what readers see out of the state and of what they saw before.
pub fn follow<S: State, V: Send + Sync + 'static>(
    config: &KafkaConfig,
    view: impl Fn(&Fold<S>, Option<&V>) -> V + Send + 'static,
) -> (Followed<V>, Follower<S, V>) {
    let (shown, seen) = watch::channel(None);
    (Followed(seen), Follower { config: config.clone(), view: Box::new(view), shown })
}

impl<S: State, V: Send + Sync + 'static> Follower<S, V> {
    /// Follows until `stop`, whatever Kafka does meanwhile.
    ///
    /// # Errors
    ///
    /// If the thread panics.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        tokio::task::spawn_blocking(move || self.follow(&stop))
            .await
            .context("the follower of a state panicked")
    }

    fn follow(&self, stop: &CancellationToken) {
        describe_gauge!(UNREADABLE, "Entities whose last event cannot be read.");
        describe_counter!(READ, "How often the state was read from its beginning.");
        let topic: &str = S::TOPIC.into();
        let mut last_failure = None;
        while !stop.is_cancelled() {
            let Err(error) = self.read(stop, &mut last_failure) else { return };
            let failure = format!("{error:#}");
            if last_failure.as_ref() != Some(&failure) {
                tracing::warn!(topic, error = failure, "failed to read a state; trying again");
            }
            last_failure = Some(failure);
            thread::sleep(PAUSE);
        }
    }

    /// Reads the state from its beginning and follows it until `stop`.
    fn read(
        &self,
        stop: &CancellationToken,
        last_failure: &mut Option<String>,
    ) -> anyhow::Result<()> {
        let topic: &str = S::TOPIC.into();
        // First which topic it is, then its records: so all records are of this topic as long as the
        // topic is the same later.
        let watch = TopicWatch::begin(&self.config, &[S::TOPIC])?;
        let reader = Reader::<S>::new(&self.config)?;
        counter!(READ, "topic" => topic).increment(1);
        // A broker that stands still takes seconds to say nothing about the topic. Changes that
        // another broker has already told are not to wait for that, so the topic is watched beside.
        let (is_other, over) = (AtomicBool::new(false), CancellationToken::new());
        thread::scope(|scope| {
            // Also when reading panics, or the panic would wait for the watch permanently.
            let _over = over.clone().drop_guard();
            let watching = scope.spawn(|| {
                loop {
                    thread::park_timeout(WATCH_INTERVAL);
                    if over.is_cancelled() {
                        return;
                    }
                    // Kafka that does not answer says nothing about the topic.
                    if let Ok(Err(_recreated)) = watch.check() {
                        return is_other.store(true, Ordering::Release);
                    }
                }
            });
            let ended = self.read_while_same(reader, &is_other, stop, last_failure);
            over.cancel();
            watching.thread().unpark();
            ended
        })
    }

    /// Reads on until `stop`, or until the topic is another.
    fn read_while_same(
        &self,
        mut reader: Reader<S>,
        is_other: &AtomicBool,
        stop: &CancellationToken,
        last_failure: &mut Option<String>,
    ) -> anyhow::Result<()> {
        let topic: &str = S::TOPIC.into();
        let (mut has_caught_up, mut has_changed) = (false, false);
        while !stop.is_cancelled() {
            if is_other.load(Ordering::Acquire) {
                bail!("the topic was deleted and recreated; it is read from its beginning");
            }
            match reader.step(POLL)? {
                Step::Record => has_changed = true,
                Step::End => {
                    if !has_caught_up || has_changed {
                        self.show(reader.fold());
                    }
                    if !has_caught_up {
                        tracing::info!(topic, "the state is known");
                        *last_failure = None;
                    }
                    (has_caught_up, has_changed) = (true, false);
                }
                Step::Nothing => {}
            }
        }
        Ok(())
    }

    fn show(&self, fold: &Fold<S>) {
        let topic: &str = S::TOPIC.into();
        gauge!(UNREADABLE, "topic" => topic)
            .set(u32::try_from(fold.unreadable().len()).unwrap_or(u32::MAX));
        self.shown.send_modify(|shown| {
            let view = (self.view)(fold, shown.as_deref());
            *shown = Some(Arc::new(view));
        });
    }
}
