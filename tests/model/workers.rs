//! Workers of loaders, as `loader::worker` and `loader::writer` drive their core.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use loader::core::{Core, Limits, Partition, Slot, Step as WriteStep};

use crate::kafka::{Commit, Kafka};
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
    again: Vec<(Partition, u8)>,
}

/// Where a worker reads on in a partition.
struct Reading {
    next: i64,
    /// The last offset may have a second record.
    is_second_due: bool,
}

pub struct Worker {
    core: Core<Batch>,
    /// A rebalance that it will hear of.
    given: Option<Vec<Partition>>,
    reading: BTreeMap<Partition, Reading>,
    to_write: VecDeque<Batch>,
    /// At which step the writer stands.
    step: usize,
    /// Batches that are written and that the reader has not heard of.
    written: usize,
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
        }
    }

    /// Another one that is given the same partitions.
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

    /// Once around the loop of `Reader::step`. Commits are on their way when it ends.
    pub fn poll(
        &mut self,
        at: Partition,
        kafka: &mut Kafka,
        rule: Rule,
        now: Instant,
    ) -> Result<(), String> {
        if let Some(given) = self.given.take() {
            let start = |at: &Partition| Reading { next: kafka.start(*at), is_second_due: false };
            self.reading = given.iter().map(|at| (*at, start(at))).collect();
            if rule != Rule::RebalanceUnnoticed {
                self.core.on_rebalance();
            }
        }
        self.read(at, kafka, now)?;
        for _ in 0..std::mem::take(&mut self.written) {
            let ends = self.core.on_written();
            if !ends.is_empty() {
                kafka.commits.push(Commit::Events(ends));
            }
        }
        if let Some(batch) = self.core.cut(now) {
            if rule == Rule::CommitOnCut {
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
        let last = reading.next - 1;
        let second = log.second.get(&last).filter(|_| reading.is_second_due);
        let read = second.map(|bucket| (last, bucket)).or_else(|| log.read(reading.next));
        let Some((offset, bucket)) = read else { return Ok(()) };
        *reading = Reading { next: offset + 1, is_second_due: second.is_none() };
        let read = self.core.on_record(at, offset, now);
        let (slot, batch) = read.map_err(|error| error.to_string())?;
        match slot {
            Slot::Free => batch.rows.push(Record { position: (at, offset), bucket: *bucket }),
            Slot::Taken => batch.again.push((at, *bucket)),
        }
        Ok(())
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
    /// A writer tries the step that it stands at, once.
    pub fn write(&mut self, worker: usize, outcome: Outcome) {
        let order = order(self.rule);
        let step = self.workers[worker].step;
        let Some(batch) = self.workers[worker].to_write.front().cloned() else { return };
        let effects = match order[step] {
            WriteStep::Records => vec![Effect::Insert(batch.rows.clone())],
            // Nobody's offset or count depends on these.
            WriteStep::Names | WriteStep::Quarantine | WriteStep::Quarantined => vec![],
            WriteStep::Again if self.rule == Rule::TakenForgotten => vec![],
            WriteStep::Again => {
                batch.again.iter().map(|(at, bucket)| Effect::Again(*at, *bucket)).collect()
            }
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
        worker.step += 1;
        if worker.step == order.len() {
            worker.step = 0;
            worker.to_write.pop_front();
            worker.written += 1;
        }
    }
}
