//! Posts events until each is acknowledged, as a source must, and remembers what it was promised.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::{EventHash, Kind};
use reqwest::StatusCode;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use topics::Topic;
use wire::{CloudEvent, EventResult, Results};

use crate::history::History;
use testbed::world::{SOURCES, World};

/// How long a source waits before it sends again what was not acknowledged.
const PAUSE: Duration = Duration::from_millis(200);

/// How long the intake may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// How long one event may stay without an acknowledgement, with everything that is broken meanwhile.
const PATIENCE: Duration = Duration::from_mins(5);

/// The most events of a request.
const BATCH: usize = 100;

/// Events that were acknowledged, by the first bytes of their hashes, as the tables have them.
#[derive(Clone, Default)]
pub struct Acknowledged {
    /// The events.
    pub events: HashMap<u64, CloudEvent<'static>>,
    /// How many receipts there were: one event can have several.
    pub receipts: u64,
    /// What strangers wrote into the topics past the intake: none of it is an event.
    pub foreign: BTreeSet<u64>,
}

/// Sources with accounts of their own.
#[derive(Clone)]
pub struct Sender {
    http: reqwest::Client,
    intake: String,
    keys: BTreeMap<&'static str, String>,
    acknowledged: Arc<Mutex<Acknowledged>>,
    refused: Arc<AtomicU64>,
}

impl Sender {
    /// The sources of a world.
    pub fn of(world: &World) -> Self {
        let http = reqwest::Client::builder().no_proxy().timeout(ANSWER_TIMEOUT).build();
        Self {
            http: http.expect("an HTTP client"),
            intake: world.intake(),
            keys: SOURCES.into_iter().map(|source| (source, world.key_of(source))).collect(),
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

    async fn send_batch(&self, source: &str, kind: Kind, mut left: Vec<&CloudEvent<'static>>) {
        let deadline = Instant::now() + PATIENCE;
        while !left.is_empty() {
            assert!(Instant::now() < deadline, "{} events were never acknowledged", left.len());
            match self.post(source, kind, &left).await {
                Some(results) => {
                    assert_eq!(results.results.len(), left.len(), "an answer for each event");
                    let mut again = Vec::new();
                    for (event, result) in left.into_iter().zip(results.results) {
                        if !self.take(event, result) {
                            again.push(event);
                        }
                    }
                    left = again;
                }
                None => {
                    self.refused.fetch_add(1, Ordering::Relaxed);
                }
            }
            if !left.is_empty() {
                sleep(PAUSE).await;
            }
        }
    }

    /// What became of each event; nothing if that is not known, or all is to be sent again.
    async fn post(&self, source: &str, kind: Kind, events: &[&CloudEvent<'_>]) -> Option<Results> {
        let values: Vec<_> = events.iter().map(|event| event.to_json()).collect();
        let body = [b"[".as_slice(), &values.join(&b','), b"]"].concat();
        let answer = self
            .http
            .post(format!("{}/v1/{}", self.intake, <&str>::from(Topic::of(kind))))
            .bearer_auth(&self.keys[source])
            .header("content-type", "application/cloudevents-batch+json")
            .body(body)
            .send()
            .await
            .ok()?;
        match answer.status() {
            StatusCode::OK => answer.json().await.ok(),
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => None,
            status => panic!("the intake answered {status}: {:?}", answer.text().await),
        }
    }

    /// Takes note of a result; false if the event is to be sent again.
    fn take(&self, event: &CloudEvent<'static>, result: EventResult) -> bool {
        match result {
            EventResult::Accepted { receipt } => {
                let hash = EventHash::of(&event.to_json());
                assert_eq!(receipt.event, hash.to_string(), "a receipt is of what was sent");
                let mut acknowledged = self.lock();
                acknowledged.receipts += 1;
                acknowledged.events.insert(hash.short(), event.clone());
                true
            }
            EventResult::Retry { .. } => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                false
            }
            EventResult::Rejected { problem } => panic!("an event was rejected: {problem:?}"),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Acknowledged> {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of what somebody wrote past the intake.
    pub fn note_foreign(&self, value: &[u8]) {
        self.lock().foreign.insert(EventHash::of(value).short());
    }

    /// How many events were acknowledged so far.
    pub fn events(&self) -> usize {
        self.lock().events.len()
    }

    /// How often an event or a request was not acknowledged so far.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// What was acknowledged so far.
    pub fn acknowledged(&self) -> Acknowledged {
        self.lock().clone()
    }

    /// Goes on to post a history in the background, about so many services at a time.
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
                // An hour's or a month's upload comes again: some events of each, and all of one.
                before.truncate(events.len() / 4);
                before.extend_from_slice(&events);
                sender.send(&before).await;
            }
        });
        Load { stop, task }
    }
}

/// A load that is under way.
pub struct Load {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Load {
    /// Whether it goes on.
    pub fn is_running(&self) -> bool {
        !self.task.is_finished()
    }

    /// Posts no more; returns when all that was posted is acknowledged.
    pub async fn finish(self) {
        self.stop.cancel();
        self.task.await.expect("the load does not panic");
    }
}

/// An event that was written by hand, for [`Sender::send`].
pub fn event(json: &Value) -> CloudEvent<'static> {
    // An event borrows its words. There are a few such events in a test, and nowhere else.
    let json: &'static [u8] = Box::leak(json.to_string().into_bytes().into_boxed_slice());
    CloudEvent::parse(json).expect("an event")
}
