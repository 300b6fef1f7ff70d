//! Events gathered into the bodies of requests.

use std::time::Duration;

use arrayvec::ArrayVec;
use bytes::Bytes;
use domain::Kind;
use strum::VariantArray;
use wire::CloudEvent;

/// The most events of a request: what the intake takes.
pub(crate) const BATCH_MAX: i64 = 1_000;

/// Events of one kind as the body of one request: a JSON array.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) kind: Kind,
    pub(crate) body: Bytes,
    /// Where in the body each event ends.
    ends: Vec<usize>,
    /// When it is to be sent, after the start; nothing if as soon as can be.
    pub(crate) due: Option<Duration>,
}

impl Batch {
    /// How many events it has.
    pub(crate) fn events(&self) -> usize {
        self.ends.len()
    }

    /// An event by its place in the batch.
    pub(crate) fn event(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]) + 1;
        &self.body[start..self.ends[index]]
    }

    /// A batch of some of the events, to be sent at once.
    pub(crate) fn only(&self, indices: &[usize]) -> Self {
        let mut open = Open::default();
        for index in indices {
            open.push(self.event(*index), 0);
        }
        open.close(self.kind, None)
    }
}

/// A batch that is not full.
#[derive(Default)]
struct Open {
    body: Vec<u8>,
    ends: Vec<usize>,
    /// The number of its first event among all.
    first: u64,
}

impl Open {
    fn push(&mut self, json: &[u8], number: u64) {
        if self.ends.is_empty() {
            self.first = number;
        }
        self.body.push(if self.ends.is_empty() { b'[' } else { b',' });
        self.body.extend_from_slice(json);
        self.ends.push(self.body.len());
    }

    fn close(&mut self, kind: Kind, due: Option<Duration>) -> Batch {
        let mut body = std::mem::take(&mut self.body);
        body.push(b']');
        Batch { kind, body: body.into(), ends: std::mem::take(&mut self.ends), due }
    }
}

/// Gathers events, kind by kind, since each kind has an address of its own.
pub(crate) struct Batcher {
    open: [Open; 3],
    size: usize,
    /// Events a second; nothing if as many as can be.
    rate: Option<f64>,
    /// How many events were taken.
    taken: u64,
}

/// A batch that waits while so many batches of other kinds are filled is sent as it is.
const OTHERS_MAX: u64 = 20;

/// At a given rate a batch holds at most so much of a second.
const PACED_BATCHES_PER_SECOND: f64 = 10.0;

impl Batcher {
    /// Batches of at most `size` events, due at a rate if one is given.
    pub(crate) fn new(size: usize, rate: Option<f64>) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is bounded by the size before it is converted"
        )]
        let paced = rate.map_or(size, |rate| {
            let size = f64::from(u32::try_from(size).expect("at most a thousand"));
            (rate / PACED_BATCHES_PER_SECOND).clamp(1.0, size) as usize
        });
        Self { open: Default::default(), size: paced, rate, taken: 0 }
    }

    /// Takes an event, and gives the batches that are to be sent.
    pub(crate) fn push(&mut self, event: &CloudEvent) -> ArrayVec<Batch, 3> {
        let grown = event.event.kind() as usize;
        self.open[grown].push(&event.to_json(), self.taken);
        self.taken += 1;
        let mut batches = ArrayVec::new();
        if self.open[grown].ends.len() >= self.size {
            // The moment to look at the others too.
            let oldest = self.taken.saturating_sub(OTHERS_MAX * self.size as u64);
            let due = self.due();
            for (kind, open) in Kind::VARIANTS.iter().zip(&mut self.open) {
                let is_old = !open.ends.is_empty() && open.first < oldest;
                if is_old || open.ends.len() >= self.size {
                    batches.push(open.close(*kind, due));
                }
            }
        }
        batches
    }

    /// Gives what is left.
    pub(crate) fn finish(&mut self) -> ArrayVec<Batch, 3> {
        let due = self.due();
        let left = Kind::VARIANTS.iter().zip(&mut self.open);
        left.filter(|(_, open)| !open.ends.is_empty())
            .map(|(kind, open)| open.close(*kind, due))
            .collect()
    }

    fn due(&self) -> Option<Duration> {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53 events")]
        self.rate.map(|rate| Duration::from_secs_f64(self.taken as f64 / rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Plan, Published, generate};

    fn events() -> Vec<CloudEvent<'static>> {
        let json = include_str!("../months/guangdong-2023-07.json");
        let published = Published::parse(json.as_bytes()).expect("a month").0;
        let plan = Plan::new(&published, 0.000_1, 1).expect("a plan");
        generate::events(&plan).collect()
    }

    fn batches(size: usize, rate: Option<f64>) -> Vec<Batch> {
        let mut gathering = Batcher::new(size, rate);
        let mut batches = Vec::new();
        for event in events() {
            batches.extend(gathering.push(&event));
        }
        batches.extend(gathering.finish());
        batches
    }

    #[test]
    fn every_event_is_in_one_batch_of_its_kind() {
        let mut in_batches: Vec<Vec<u8>> = Vec::new();
        for batch in batches(40, None) {
            assert!((1..=40).contains(&batch.events()));
            let array: Vec<serde_json::Value> = serde_json::from_slice(&batch.body).expect("JSON");
            assert_eq!(array.len(), batch.events());
            for index in 0..batch.events() {
                let event = CloudEvent::parse(batch.event(index)).expect("an event");
                assert_eq!(event.event.kind(), batch.kind);
                in_batches.push(batch.event(index).to_vec());
            }
            let some = batch.only(&[batch.events() - 1]);
            assert_eq!(some.body[1..some.body.len() - 1], *batch.event(batch.events() - 1));
        }
        let mut sent: Vec<_> = events().iter().map(CloudEvent::to_json).collect();
        sent.sort_unstable();
        in_batches.sort_unstable();
        assert_eq!(in_batches, sent);
    }

    #[test]
    fn a_kind_that_is_rare_does_not_wait_for_a_full_batch() {
        let batches = batches(20, None);
        let first = batches.iter().position(|batch| batch.kind == Kind::Disposition);
        assert!(first.expect("there are dispositions") < batches.len() / 2);
    }

    #[test]
    fn at_a_rate_batches_are_small_and_due_in_turn() {
        let batches = batches(500, Some(50.0));
        assert!(batches.iter().all(|batch| batch.events() <= 5));
        let due: Vec<_> = batches.iter().map(|batch| batch.due.expect("a time")).collect();
        assert!(due.is_sorted());
        let all = events().len();
        let seconds = due.last().expect("a batch").as_secs_f64();
        assert!((seconds * 50.0 - f64::from(u32::try_from(all).expect("few"))).abs() < 1.0);
    }
}
