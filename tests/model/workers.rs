//! The workers of loaders, which drive their core as `loader::worker` and `loader::writer` do.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use loader::core::{Core, Limits, Partition, Slot, Step as WriteStep};

use crate::kafka::{Commit, Kafka, Log, Position};
use crate::steps::Outcome;
use crate::store::{Record, buckets, touches};
use crate::world::{Effect, Rule, World};

const LIMITS: Limits = Limits {
    records_max: 3,
    age_max: Duration::from_millis(10),
    back_fill_records: 2,
    back_fill_age_max: Duration::from_millis(20),
};

#[derive(Clone, Default)]
struct Batch {
    rows: Vec<Record>,
    again: Vec<Record>,
}

/// The reading position of a worker in a partition. It sees nothing below its start.
struct Reading {
    start: i64,
    next: i64,
    /// The number of second records that it has read after the last offset.
    second: usize,
}

pub struct Worker {
    core: Core<Batch>,
    /// A rebalance that it has yet to learn of.
    given: Option<Vec<Partition>>,
    reading: BTreeMap<Partition, Reading>,
    to_write: VecDeque<Batch>,
    /// The writer's current step.
    step: usize,
    /// Written batches that the reader does not know of yet.
    written: usize,
    /// Second records that it has read and not yet appended again.
    unsaved: Vec<Position>,
}

impl Worker {
    pub fn new() -> Self {
        Self {
            core: Core::new(LIMITS),
            given: None,
            reading: BTreeMap::new(),
            to_write: VecDeque::new(),
            step: 0,
            written: 0,
            unsaved: Vec::new(),
        }
    }

    /// Replaces the worker with a new one that gets the same partitions.
    pub fn begin_again(&mut self) {
        let mut other = Self::new();
        other.give(self.reading.keys().copied().collect());
        *self = other;
    }

    pub fn give(&mut self, partitions: Vec<Partition>) {
        self.given = Some(partitions);
    }

    pub fn is_idle(&self) -> bool {
        self.core.is_idle()
    }

    /// One pass of the loop of `Reader::step`. Its commits are pending when it ends.
    pub fn poll(
        &mut self,
        at: Partition,
        kafka: &mut Kafka,
        rule: Rule,
        now: Instant,
    ) -> Result<(), String> {
        if let Some(given) = self.given.take() {
            let reading = |start| Reading { start, next: start, second: 0 };
            self.reading = given.iter().map(|at| (*at, reading(kafka.start(*at)))).collect();
            self.unsaved.clear();
            if rule != Rule::RebalanceUnnoticed {
                self.core.on_rebalance();
            }
        }
        self.read(at, kafka, now)?;
        for _ in 0..std::mem::take(&mut self.written) {
            let ends = self.core.on_written();
            if let Some((at, offset)) = self
                .unsaved
                .iter()
                .find(|(at, offset)| ends.get(at).is_some_and(|end| end > offset))
            {
                return Err(format!(
                    "the second record at {offset} of {at:?} is committed and lost"
                ));
            }
            if !ends.is_empty() {
                kafka.commits.push(Commit::Events(ends));
            }
        }
        if let Some(batch) = self.core.take(now) {
            if rule == Rule::CommitOnTake {
                kafka.commits.push(Commit::Events(ends(&batch.rows)));
            }
            self.to_write.push_back(batch);
        }
        Ok(())
    }

    fn read(&mut self, at: Partition, kafka: &Kafka, now: Instant) -> Result<(), String> {
        if self.core.is_saturated() {
            return Ok(());
        }
        let Some(log) = kafka.events.get(&at) else { return Ok(()) };
        let Some(reading) = self.reading.get_mut(&at) else { return Ok(()) };
        let Some((offset, bucket)) = reading.read(log) else { return Ok(()) };
        let read = self.core.on_record(at, offset, now);
        let (slot, batch) = read.map_err(|error| error.to_string())?;
        let record = Record { position: (at, offset), bucket };
        match slot {
            Slot::Free => batch.rows.push(record),
            Slot::Taken => {
                batch.again.push(record);
                self.unsaved.push(record.position);
            }
        }
        Ok(())
    }
}

impl Reading {
    fn read(&mut self, log: &Log<u8>) -> Option<(i64, u8)> {
        let last = log.records.range(self.start..self.next).next_back();
        let second = last.and_then(|(last, _)| log.second.get(last));
        let mut second = second.into_iter().flatten().filter(|(offset, _)| *offset >= self.start);
        if let Some(second) = second.nth(self.second) {
            self.second += 1;
            return Some(*second);
        }
        let (offset, bucket) = log.read(self.next)?;
        (self.next, self.second) = (offset + 1, 0);
        Some((offset, *bucket))
    }
}

/// The order of the writer's steps under a rule.
fn order(rule: Rule) -> Vec<WriteStep> {
    let mut order = WriteStep::ALL.to_vec();
    if rule == Rule::TouchBeforeInsert {
        order.reverse();
    }
    order
}

fn ends(batch: &[Record]) -> loader::core::Ends {
    batch.iter().map(|record| (record.position.0, record.position.1 + 1)).collect()
}

impl World {
    /// A writer tries its current step once.
    pub fn write(&mut self, worker: usize, outcome: Outcome) {
        let order = order(self.rule);
        let step = self.workers[worker].step;
        let Some(batch) = self.workers[worker].to_write.front().cloned() else { return };
        let effects = match order[step] {
            WriteStep::Records => vec![Effect::Insert(batch.rows.clone())],
            // No offset and no count depends on these.
            WriteStep::Names | WriteStep::Quarantine | WriteStep::Quarantined => vec![],
            WriteStep::Again if self.rule == Rule::TakenForgotten => vec![],
            WriteStep::Again => batch.again.iter().copied().map(Effect::Again).collect(),
            WriteStep::Touches => {
                let of = buckets(batch.rows.iter().map(|record| record.bucket));
                touches(&of).into_iter().map(Effect::Touch).collect()
            }
        };
        if !self.request(effects, outcome) {
            return;
        }
        if order[step] == WriteStep::Touches {
            self.told.extend(batch.rows.iter().map(|record| record.position));
        }
        if order[step] == WriteStep::Records && self.rule == Rule::CommitBeforeTouch {
            self.kafka.commits.push(Commit::Events(ends(&batch.rows)));
        }
        let worker = &mut self.workers[worker];
        if order[step] == WriteStep::Again && self.rule != Rule::TakenForgotten {
            for record in &batch.again {
                let saved = worker.unsaved.iter().position(|one| *one == record.position);
                if let Some(saved) = saved {
                    worker.unsaved.remove(saved);
                }
            }
        }
        worker.step += 1;
        if worker.step == order.len() {
            worker.step = 0;
            worker.to_write.pop_front();
            worker.written += 1;
        }
    }
}
