//! Decides when each batch is to be sent.

use std::time::Duration;

use arrayvec::ArrayVec;
use client::{Batch, Batcher};
use domain::Kind;
use strum::VariantArray;
use wire::CloudEvent;

/// A batch, and when it is to be sent after the start; nothing if as soon as can be.
#[derive(Clone, Debug)]
pub(crate) struct Paced {
    pub(crate) batch: Batch,
    pub(crate) due: Option<Duration>,
}

/// Batches that become due at a time: at most one of each kind.
pub(crate) type PacedBatches = ArrayVec<Paced, { Kind::VARIANTS.len() }>;

/// Gathers events into batches, and paces these.
pub(crate) struct Pacer {
    batcher: Batcher,
    /// Events a second; nothing if as many as can be.
    rate: Option<f64>,
    /// How many events were taken.
    taken: u64,
}

/// At a given rate a batch holds at most so much of a second.
const PACED_BATCHES_PER_SECOND: f64 = 10.0;

impl Pacer {
    /// Batches of at most `size` events, due at a rate if one is given.
    pub(crate) fn new(size: u16, rate: Option<f64>) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is bounded by the size before it is converted"
        )]
        let paced = rate.map_or(size, |rate| {
            (rate / PACED_BATCHES_PER_SECOND).clamp(1.0, f64::from(size)) as u16
        });
        Self { batcher: Batcher::new(paced.into()), rate, taken: 0 }
    }

    /// Takes an event, and gives the batches that are to be sent.
    pub(crate) fn push(&mut self, event: &CloudEvent) -> PacedBatches {
        self.taken += 1;
        let batches = self.batcher.push(event.event.kind(), &event.to_json());
        self.pace(batches)
    }

    /// Gives what is left.
    pub(crate) fn finish(&mut self) -> PacedBatches {
        let batches = self.batcher.finish();
        self.pace(batches)
    }

    fn pace(&self, batches: impl IntoIterator<Item = Batch>) -> PacedBatches {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53 events")]
        let due = self.rate.map(|rate| Duration::from_secs_f64(self.taken as f64 / rate));
        batches.into_iter().map(|batch| Paced { batch, due }).collect()
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

    fn batches(size: u16, rate: Option<f64>) -> Vec<Paced> {
        let mut gathering = Pacer::new(size, rate);
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
        for Paced { batch, .. } in batches(40, None) {
            assert!((1..=40).contains(&batch.events()));
            let array: Vec<serde_json::Value> = serde_json::from_slice(batch.body()).expect("JSON");
            assert_eq!(array.len(), batch.events());
            for index in 0..batch.events() {
                let event = CloudEvent::parse(batch.event(index)).expect("an event");
                assert_eq!(event.event.kind(), batch.kind());
                in_batches.push(batch.event(index).to_vec());
            }
            let some = batch.only(&[batch.events() - 1]);
            let body = some.body();
            assert_eq!(body[1..body.len() - 1], *batch.event(batch.events() - 1));
        }
        let mut sent: Vec<_> = events().iter().map(CloudEvent::to_json).collect();
        sent.sort_unstable();
        in_batches.sort_unstable();
        assert_eq!(in_batches, sent);
    }

    #[test]
    fn a_kind_that_is_rare_does_not_wait_for_a_full_batch() {
        let batches = batches(20, None);
        let first = batches.iter().position(|batch| batch.batch.kind() == Kind::Disposition);
        assert!(first.expect("there are dispositions") < batches.len() / 2);
    }

    #[test]
    fn at_a_rate_batches_are_small_and_due_in_turn() {
        let batches = batches(500, Some(50.0));
        assert!(batches.iter().all(|batch| batch.batch.events() <= 5));
        let due: Vec<_> = batches.iter().map(|batch| batch.due.expect("a time")).collect();
        assert!(due.is_sorted());
        let all = events().len();
        let seconds = due.last().expect("a batch").as_secs_f64();
        assert!((seconds * 50.0 - f64::from(u32::try_from(all).expect("few"))).abs() < 1.0);
    }
}
