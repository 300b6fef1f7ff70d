//! Posts events until each is acknowledged, as a source must, and remembers the receipts.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use client::{Batch, Client, Progress, Settings};
use domain::{EventHash, Kind};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use wire::{CloudEvent, Receipt};

use crate::history::History;
use testbed::world::{SOURCES, World};

/// How long a source waits before it sends unacknowledged events again.
const PAUSE: Duration = Duration::from_millis(200);

/// The time limit for an answer of the intake.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// How long one event may stay unacknowledged, whatever is broken meanwhile.
const PATIENCE: Duration = Duration::from_mins(5);

/// The largest number of events in a request.
const BATCH: usize = 100;

/// The acknowledged events, by the first bytes of their hashes, as in the tables.
#[derive(Clone, Default)]
pub struct Acknowledged {
    /// The events.
    pub events: HashMap<u64, CloudEvent<'static>>,
    /// The number of receipts. An event can have several.
    pub receipts: u64,
    /// Records that strangers wrote into the topics around the intake. None of them is an event.
    pub foreign: BTreeSet<u64>,
}

/// Sources with accounts of their own.
#[derive(Clone)]
pub struct Sender {
    clients: BTreeMap<&'static str, Client>,
    acknowledged: Arc<Mutex<Acknowledged>>,
    refused: Arc<AtomicU64>,
}

impl Sender {
    /// The sources of a world.
    pub fn of(world: &World) -> Self {
        let client = |source| {
            let settings = Settings {
                answer_timeout: ANSWER_TIMEOUT,
                backoff_min: PAUSE,
                backoff_max: PAUSE,
                patience: PATIENCE,
                ..world.posting_as(source)
            };
            (source, Client::new(settings).expect("an HTTP client"))
        };
        Self {
            clients: SOURCES.into_iter().map(client).collect(),
            acknowledged: Arc::default(),
            refused: Arc::default(),
        }
    }

    /// Posts events, in requests of one source and kind, until all are acknowledged.
    pub async fn send(&self, events: &[CloudEvent<'static>]) {
        let mut requests: BTreeMap<_, Vec<&CloudEvent>> = BTreeMap::new();
        for event in events {
            requests.entry((event.source, event.event.kind())).or_default().push(event);
        }
        for ((source, kind), events) in requests {
            for batch in events.chunks(BATCH) {
                self.send_batch(source.as_str(), kind, batch.to_vec()).await;
            }
        }
    }

    async fn send_batch(&self, source: &str, kind: Kind, events: Vec<&CloudEvent<'static>>) {
        let values: Vec<_> = events.iter().map(|event| event.to_json()).collect();
        let batch = Batch::of(kind, values.iter().map(Vec::as_slice));
        let posting = self.clients[source].post_each(batch, |progress| match progress {
            Progress::Accepted { index, receipt } => {
                self.acknowledge(events[index], &values[index], &receipt);
            }
            Progress::NotAcknowledged { events } => {
                self.refused.fetch_add(events as u64, Ordering::Relaxed);
            }
        });
        let posted = timeout(PATIENCE, posting).await;
        let posted = posted.unwrap_or_else(|_| panic!("events were never acknowledged"));
        posted.unwrap_or_else(|error| panic!("events were not posted: {error}"));
    }

    /// Takes note of a receipt.
    fn acknowledge(&self, event: &CloudEvent<'static>, value: &[u8], receipt: &Receipt) {
        let hash = EventHash::of(value);
        assert_eq!(receipt.event, hash.to_string(), "a receipt is of what was sent");
        let mut acknowledged = self.lock();
        acknowledged.receipts += 1;
        acknowledged.events.insert(hash.short(), event.clone());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Acknowledged> {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a record that somebody wrote around the intake.
    pub fn note_foreign(&self, value: &[u8]) {
        self.lock().foreign.insert(EventHash::of(value).short());
    }

    /// The number of acknowledged events so far.
    pub fn events(&self) -> usize {
        self.lock().events.len()
    }

    /// How often an event was not acknowledged so far.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// The events acknowledged so far.
    pub fn acknowledged(&self) -> Acknowledged {
        self.lock().clone()
    }

    /// Posts a history in the background, with events about this many services at a time.
    pub fn load(&self, seed: u64, every: Duration, services: usize) -> Load {
        let stop = CancellationToken::new();
        let (sender, stopped) = (self.clone(), stop.clone());
        let task = tokio::spawn(async move {
            let mut history = History::of_seed(seed);
            let mut before: Vec<CloudEvent<'static>> = Vec::new();
            let mut ticks = interval(every);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            while !stopped.is_cancelled() {
                ticks.tick().await;
                let events = history.about(services);
                // An upload of an hour or a month is repeated: some events of each, and all of one.
                before.truncate(events.len() / 4);
                before.extend_from_slice(&events);
                sender.send(&before).await;
            }
        });
        Load { stop, task }
    }
}

/// A running load.
pub struct Load {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Load {
    /// Whether it is still running.
    pub fn is_running(&self) -> bool {
        !self.task.is_finished()
    }

    /// Stops posting, and returns when everything that was posted is acknowledged.
    pub async fn finish(self) {
        self.stop.cancel();
        self.task.await.expect("the load does not panic");
    }
}

/// A handwritten event, for [`Sender::send`].
pub fn event(json: &Value) -> CloudEvent<'static> {
    // An event borrows its strings. Only tests have such events, and only a few.
    let json: &'static [u8] = Box::leak(json.to_string().into_bytes().into_boxed_slice());
    CloudEvent::parse(json).expect("an event")
}
