//! The world, what must hold in it after every step, and how it settles.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use loader::core::{IN_FLIGHT_MAX, Step as WriteStep};

use crate::counters::Counter;
use crate::kafka::{Kafka, PARTITIONS, Position, partition};
use crate::steps::{At, Outcome, Step};
use crate::store::{BUCKETS, Count, Record, Store, Table, Touch};
use crate::workers::Worker;

pub const WORKERS: usize = 3;

pub const TABLES: usize = 2;

/// The number of counters of each table.
pub const COUNTERS: usize = 2;

/// The true rules, or the rules broken in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    AsItIs,
    /// Offsets are committed when a batch is handed to the writer.
    CommitOnTake,
    /// Offsets are committed when the rows are durable, before the counter is told.
    CommitBeforeTouch,
    /// The counter is told before the rows are durable.
    TouchBeforeInsert,
    /// A record at a taken offset is ignored.
    TakenForgotten,
    /// A worker keeps the records that it has gathered when its partitions change.
    RebalanceUnnoticed,
    /// Touches are committed when a round begins.
    TouchCommittedAtBegin,
    /// Buckets that a failed round did not count are not counted again.
    LeftForgotten,
    /// The content is from the beginning of a recount, the label from its end.
    LabelAtTheEnd,
    /// Tables keep the row that was written last.
    LastRowWins,
}

/// The effect of a request on an engine.
#[derive(Clone, Debug)]
pub enum Effect {
    Insert(Vec<Record>),
    Again(Record),
    Touch(Touch),
    Count { table: usize, rows: Vec<(u8, Count)> },
}

pub struct World {
    pub rule: Rule,
    pub now: Instant,
    pub kafka: Kafka,
    pub store: Store,
    pub tables: [Table; TABLES],
    pub workers: [Worker; WORKERS],
    pub counters: [[Counter; COUNTERS]; TABLES],
    /// Effects of requests that timed out, which come later or never.
    pub late: Vec<Effect>,
    /// Records whose touches were acknowledged.
    pub told: BTreeSet<Position>,
    /// The number of second records of each position that were appended again.
    pub again: BTreeMap<Position, usize>,
}

impl World {
    /// A world in which nothing was posted yet and every partition is assigned.
    pub fn new(rule: Rule, now: Instant) -> Self {
        let mut world = Self {
            rule,
            now,
            kafka: Kafka::default(),
            store: Store::default(),
            tables: Default::default(),
            workers: std::array::from_fn(|_| Worker::new()),
            counters: std::array::from_fn(|_| std::array::from_fn(|_| Counter::new(now))),
            late: Vec::new(),
            told: BTreeSet::new(),
            again: BTreeMap::new(),
        };
        world.share_partitions();
        world
    }

    fn share_partitions(&mut self) {
        for (number, worker) in self.workers.iter_mut().enumerate() {
            let mine = (0..PARTITIONS).filter(|partition| partition % WORKERS == number);
            worker.give(mine.map(partition).collect());
        }
        self.share_touches();
    }

    fn share_touches(&mut self) {
        for (table, counters) in self.counters.iter_mut().enumerate() {
            for (partition, counter) in (0..).zip(counters) {
                counter.give(&[partition], &self.kafka, table);
            }
        }
    }

    /// Sends a request, and returns whether it was answered with success.
    pub fn request(&mut self, effects: Vec<Effect>, outcome: Outcome) -> bool {
        match outcome {
            Outcome::Done | Outcome::AnswerLost => {
                for effect in effects {
                    self.take_effect(effect);
                }
            }
            Outcome::Late => self.late.extend(effects),
            Outcome::Failed => {}
        }
        outcome == Outcome::Done
    }

    fn take_effect(&mut self, effect: Effect) {
        match effect {
            Effect::Insert(rows) => self.store.insert(&rows, self.now),
            Effect::Again(Record { position, bucket }) => {
                self.kafka.append(position.0, bucket, false);
                *self.again.entry(position).or_default() += 1;
            }
            Effect::Touch(touch) => self.kafka.touch(touch),
            Effect::Count { table, rows } => {
                for (bucket, count) in rows {
                    let row = self.tables[table].rows.entry(bucket).or_default();
                    if count.label >= row.label || self.rule == Rule::LastRowWins {
                        *row = count;
                    }
                }
            }
        }
    }

    /// Takes one step.
    ///
    /// # Errors
    ///
    /// What no longer holds.
    pub fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Append { partition: to, bucket, after_hole } => {
                self.kafka.append(partition(*to), *bucket, *after_hole);
            }
            Step::AppendSecond { partition: to, buckets } => {
                self.kafka.append_second(partition(*to), buckets);
            }
            Step::Wait(duration) => self.now += *duration,
            Step::Rebalance { worker, partitions } => {
                self.workers[*worker].give(partitions.iter().map(|to| partition(*to)).collect());
            }
            Step::Poll { worker, partition: at, times } => {
                let worker = &mut self.workers[*worker];
                for _ in 0..*times {
                    worker.poll(partition(*at), &mut self.kafka, self.rule, self.now)?;
                }
            }
            Step::Write { worker, outcome } => self.write(*worker, *outcome),
            Step::KillWorker { worker } => self.workers[*worker].begin_again(),
            Step::RebalanceCounter { at, partitions } => {
                let counter = &mut self.counters[at.table][at.counter];
                counter.give(partitions, &self.kafka, at.table);
            }
            Step::ReadTouches { at, partition, touches } => {
                for _ in 0..*touches {
                    self.read_touch(*at, *partition);
                }
            }
            Step::Count { at, outcome } => self.count(*at, *outcome),
            Step::Sweep { at, outcome } => self.sweep(*at, *outcome),
            Step::KillCounter { at } => {
                let counter = &mut self.counters[at.table][at.counter];
                counter.begin_again(&self.kafka, at.table, self.now);
            }
            Step::Deliver { which } if !self.kafka.commits.is_empty() => {
                let commit = which.index(self.kafka.commits.len());
                let commit = self.kafka.commits.swap_remove(commit);
                self.kafka.deliver(commit);
            }
            Step::LoseCommit { which } if !self.kafka.commits.is_empty() => {
                self.kafka.commits.swap_remove(which.index(self.kafka.commits.len()));
            }
            Step::Land { which } if !self.late.is_empty() => {
                let effect = self.late.swap_remove(which.index(self.late.len()));
                self.take_effect(effect);
            }
            Step::Deliver { .. } | Step::LoseCommit { .. } | Step::Land { .. } => {}
            Step::ForgetCommitted { partition: at } => {
                self.kafka.committed.remove(&partition(*at));
            }
            Step::ForgetTouchesCommitted { table, partition } => {
                self.kafka.touches_committed.remove(&(*table, *partition));
            }
            Step::LoseTouch { which } => self.lose_touch(*which),
        }
        self.check()
    }

    fn lose_touch(&mut self, which: proptest::sample::Index) {
        let all = self.kafka.touches.iter();
        let all = all.flat_map(|(at, log)| log.records.keys().map(|offset| (*at, *offset)));
        let all: Vec<_> = all.collect();
        if all.is_empty() {
            return;
        }
        let (at, offset) = all[which.index(all.len())];
        let log = self.kafka.touches.get_mut(&at).expect("it has touches");
        let touch = log.records.remove(&offset).expect("it was there");
        for table in &mut self.tables {
            table.untold.extend(&touch.buckets);
        }
    }

    /// Checks what must hold at every moment.
    ///
    /// # Errors
    ///
    /// What does not hold.
    pub fn check(&mut self) -> Result<(), String> {
        for (at, log) in &self.kafka.events {
            for (offset, bucket) in log.records.range(..self.kafka.start(*at)) {
                let row = Record { position: (*at, *offset), bucket: *bucket };
                if !self.store.has(row) {
                    return Err(format!("{row:?} is committed but not stored"));
                }
                if !self.told.contains(&row.position) {
                    return Err(format!("{row:?} is committed but no counter was told"));
                }
            }
        }
        for table in 0..TABLES {
            for bucket in 0..BUCKETS {
                self.check_bucket(table, bucket)?;
            }
        }
        Ok(())
    }

    fn check_bucket(&mut self, table: usize, bucket: u8) -> Result<(), String> {
        let (count, stored) = (self.tables[table].count(bucket), self.store.count(bucket));
        let here = || format!("bucket {bucket} of table {table}");
        if count.label != count.content.len() || !count.content.is_subset(&stored.content) {
            return Err(format!("{}: {count:?} is not what it says it saw", here()));
        }
        if count.content == stored.content {
            self.tables[table].untold.remove(&bucket);
            return Ok(());
        }
        // Each record that is stored but not counted must be certain to be counted: by a loader
        // that will read it again, by an unanswered touch, or by the sweep.
        let will_be_read = |(at, offset): &Position| *offset >= self.kafka.start(*at);
        let is_owed = self.tables[table].untold.contains(&bucket) || self.is_owed(table, bucket);
        let mut missing = stored.content.difference(&count.content);
        match missing.find(|position| !is_owed && !will_be_read(position)) {
            Some(position) => Err(format!("{}: nobody will count {position:?}", here())),
            None => Ok(()),
        }
    }

    /// Repairs everything and lets the world settle. Then the requests that timed out long ago take
    /// effect.
    ///
    /// # Errors
    ///
    /// What does not hold at some moment, or at the end.
    pub fn settle(&mut self) -> Result<(), String> {
        // Commits come first: one that was overtaken moves the offset back, and then records are
        // read again.
        self.deliver_commits()?;
        self.share_partitions();
        // All second records are read again.
        self.again.clear();
        let mut owed: BTreeMap<Position, usize> = BTreeMap::new();
        for second in self.kafka.second_ones() {
            *owed.entry(second).or_default() += 1;
        }
        self.drain()?;
        let again = |position| self.again.get(position).copied().unwrap_or_default();
        if let Some((lost, _)) = owed.iter().find(|(position, owed)| again(position) < **owed) {
            return Err(format!("a second record at {lost:?} was not appended again"));
        }
        self.compare()?;
        while let Some(effect) = self.late.pop() {
            self.take_effect(effect);
            self.check()?;
        }
        self.drain()?;
        self.compare()
    }

    fn drain(&mut self) -> Result<(), String> {
        for _ in 0..ROUNDS_MAX {
            self.now += Duration::from_mins(2);
            for worker in 0..WORKERS {
                for partition in 0..PARTITIONS {
                    self.step(&Step::Poll { worker, partition, times: 4 })?;
                }
                for _ in 0..IN_FLIGHT_MAX * WriteStep::ALL.len() {
                    self.step(&Step::Write { worker, outcome: Outcome::Done })?;
                }
            }
            // This is repeated, because a counter commits what it has read of partitions that it
            // has lost.
            self.share_touches();
            for at in ats() {
                self.step(&Step::Sweep { at, outcome: Outcome::Done })?;
                for partition in 0..2 {
                    self.step(&Step::ReadTouches { at, partition, touches: 20 })?;
                }
                for _ in 0..20 {
                    self.step(&Step::Count { at, outcome: Outcome::Done })?;
                }
            }
            self.deliver_commits()?;
            if self.is_at_rest() {
                return Ok(());
            }
        }
        Err("the world never settles".to_owned())
    }

    fn deliver_commits(&mut self) -> Result<(), String> {
        for commit in std::mem::take(&mut self.kafka.commits) {
            self.kafka.deliver(commit);
            self.check()?;
        }
        Ok(())
    }

    fn is_at_rest(&self) -> bool {
        let counters = self.counters.as_flattened();
        let events = &self.kafka.events;
        self.workers.iter().all(Worker::is_idle)
            && events.iter().all(|(at, log)| self.kafka.start(*at) == log.end)
            && counters.iter().all(|one| one.due_at().is_none() && !one.is_counting())
            && self.tables.iter().all(|table| table.untold.is_empty())
            && ats().all(|at| {
                let logs = self.kafka.touches.iter();
                logs.map(|(partition, log)| (self.kafka.touches_start(at.table, *partition), log))
                    .all(|(start, log)| log.read(start).is_none())
            })
    }

    /// Compares every table with the reference, which says which records each bucket has.
    fn compare(&self) -> Result<(), String> {
        let mut reference: BTreeMap<u8, BTreeSet<Position>> = BTreeMap::new();
        for (at, log) in &self.kafka.events {
            for (offset, bucket) in &log.records {
                reference.entry(*bucket).or_default().insert((*at, *offset));
            }
        }
        for (number, table) in self.tables.iter().enumerate() {
            let rows = table.rows.iter().filter(|(_, count)| count.label > 0);
            let counted: BTreeMap<_, _> =
                rows.map(|(bucket, count)| (*bucket, count.content.clone())).collect();
            if counted != reference {
                return Err(format!("table {number} has {counted:?}, and not {reference:?}"));
            }
        }
        Ok(())
    }
}

/// More rounds than a schedule's unfinished work can take.
const ROUNDS_MAX: usize = 200;

fn ats() -> impl Iterator<Item = At> {
    (0..TABLES).flat_map(|table| (0..COUNTERS).map(move |counter| At { table, counter }))
}
