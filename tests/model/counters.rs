//! Counters, as `counter::counting` and `counter::recount` drive their schedule.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use counter::pace::Pace;
use counter::schedule::{Ends, Schedule, pieces};
use tables::buckets::Buckets;

use crate::kafka::{Commit, Kafka};
use crate::steps::{At, Outcome};
use crate::store::{BUCKETS, Count, buckets, numbers};
use crate::world::{Effect, Rule, World};

const PACE: Pace = Pace::Live { even: Duration::from_secs(1), rest_max: Duration::from_secs(20) };

const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

pub struct Counter {
    schedule: Schedule,
    reading: BTreeMap<i32, i64>,
    round: Option<Running>,
    sweep: Option<(Instant, Buckets)>,
}

struct Running {
    began: Instant,
    ends: Ends,
    pieces: VecDeque<Buckets>,
    /// What the running statement has read, once it has read.
    seen: Option<Vec<(u8, Count)>>,
    left: Buckets,
}

impl Counter {
    pub fn new(now: Instant) -> Self {
        Self {
            schedule: Schedule::new(PACE, now),
            reading: BTreeMap::new(),
            round: None,
            sweep: None,
        }
    }

    /// Replaces the counter with a new one that has the same partitions.
    pub fn begin_again(&mut self, kafka: &Kafka, table: usize, now: Instant) {
        let partitions: Vec<_> = self.reading.keys().copied().collect();
        *self = Self::new(now);
        self.give(&partitions, kafka, table);
    }

    /// Assigns these partitions, without telling the schedule.
    pub fn give(&mut self, partitions: &[i32], kafka: &Kafka, table: usize) {
        let start = |partition: &i32| (*partition, kafka.touches_start(table, *partition));
        self.reading = partitions.iter().map(start).collect();
    }

    /// When it next has something to do, unless it is busy.
    pub fn due_at(&self) -> Option<Instant> {
        self.schedule.due_at()
    }

    pub fn is_counting(&self) -> bool {
        self.round.is_some()
    }
}

impl World {
    pub fn read_touch(&mut self, at: At, partition: i32) {
        let counter = &mut self.counters[at.table][at.counter];
        let Some(next) = counter.reading.get_mut(&partition) else { return };
        let read = self.kafka.touches.get(&partition).and_then(|log| log.read(*next));
        let Some((offset, touch)) = read else { return };
        counter.schedule.on_touch(partition, offset, &touch.touched, self.now);
        *next = offset + 1;
    }

    /// Begins a round if one is due, or lets its statement read, or lets it write and answer.
    pub fn count(&mut self, at: At, outcome: Outcome) {
        let counter = &mut self.counters[at.table][at.counter];
        let Some(running) = &mut counter.round else {
            let Some(round) = counter.schedule.begin(self.now) else { return };
            if self.rule == Rule::TouchCommittedAtBegin {
                let ends = round.ends.clone();
                self.kafka.commits.push(Commit::Touches { table: at.table, ends });
            }
            let pieces = pieces(&round.buckets, 2, |_, cells| cells.len().into()).into();
            let (began, left) = (self.now, Buckets::new());
            counter.round = Some(Running { began, ends: round.ends, pieces, seen: None, left });
            return self.end_round(at);
        };
        let Some(piece) = running.pieces.front() else { return };
        let Some(mut rows) = running.seen.take() else {
            let see = |bucket: u8| (bucket, self.store.count(bucket));
            running.seen = Some(numbers(piece).into_iter().map(see).collect());
            return;
        };
        if self.rule == Rule::LabelAtTheEnd {
            for (bucket, count) in &mut rows {
                count.label = self.store.count(*bucket).label;
            }
        }
        let piece = running.pieces.pop_front().expect("it was there");
        let is_done = self.request(vec![Effect::Count { table: at.table, rows }], outcome);
        let counter = &mut self.counters[at.table][at.counter];
        if let Some(running) = counter.round.as_mut().filter(|_| !is_done) {
            let both = numbers(&running.left).into_iter().chain(numbers(&piece));
            running.left = buckets(both.collect::<Vec<_>>());
        }
        self.end_round(at);
    }

    fn end_round(&mut self, at: At) {
        let counter = &mut self.counters[at.table][at.counter];
        let has_ended = |running: &mut Running| running.pieces.is_empty();
        let Some(Running { began, ends, left, .. }) = counter.round.take_if(has_ended) else {
            return;
        };
        if left.is_empty() {
            counter.schedule.on_done(self.now.duration_since(began), self.now);
            if !ends.is_empty() {
                self.kafka.commits.push(Commit::Touches { table: at.table, ends });
            }
        } else {
            let left = if self.rule == Rule::LeftForgotten { Buckets::new() } else { left };
            counter.schedule.on_failed(ends, &left, self.now);
        }
    }

    /// Begins a sweep, which reads immediately, or lets it answer.
    pub fn sweep(&mut self, at: At, outcome: Outcome) {
        let counter = &mut self.counters[at.table][at.counter];
        if let Some((began, found)) = counter.sweep.take() {
            if outcome == Outcome::Done {
                counter.schedule.on_swept(began, &found);
            }
            return;
        }
        let look_back = counter.schedule.look_back(SWEEP_INTERVAL, self.now);
        let since = look_back.and_then(|back| self.now.checked_sub(back));
        let is_behind = |bucket: &u8| {
            self.store.is_written_since(*bucket, since)
                && self.tables[at.table].count(*bucket).label < self.store.count(*bucket).label
        };
        counter.sweep = Some((self.now, buckets((0..BUCKETS).filter(is_behind))));
    }

    /// Whether a touch of this bucket is still unanswered by the table's counters.
    pub fn is_owed(&self, table: usize, bucket: u8) -> bool {
        self.kafka.touches.iter().any(|(partition, log)| {
            let start = self.kafka.touches_start(table, *partition);
            log.records.range(start..).any(|(_, touch)| touch.buckets.contains(&bucket))
        })
    }
}
