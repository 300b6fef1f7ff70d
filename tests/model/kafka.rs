//! A Kafka that is worse than Kafka: it fences nobody and applies commits in the order in which
//! they happen to arrive.

use std::collections::BTreeMap;

use counter::schedule;
use loader::core::{Ends, Partition};
use topics::Topic;

use crate::store::Touch;

/// The number of partitions of events.
pub const PARTITIONS: usize = 3;

/// A partition by its number in the model.
pub fn partition(number: usize) -> Partition {
    [(Topic::Services, 0), (Topic::Reviews, 0), (Topic::Reviews, 1)][number]
}

/// A position in the log of events.
pub type Position = (Partition, i64);

/// A commit on its way.
#[derive(Clone, Debug)]
pub enum Commit {
    Events(Ends),
    Touches { table: usize, ends: schedule::Ends },
}

/// Records with their offsets. There may be gaps.
#[derive(Debug)]
pub struct Log<T> {
    pub records: BTreeMap<i64, T>,
    /// Records that a broker with a full disk wrote at offsets that already have a record, by the
    /// offset after which they are shown.
    pub second: BTreeMap<i64, Vec<(i64, T)>>,
    pub end: i64,
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self { records: BTreeMap::new(), second: BTreeMap::new(), end: 0 }
    }
}

impl<T> Log<T> {
    pub fn append(&mut self, record: T) {
        self.records.insert(self.end, record);
        self.end += 1;
    }

    /// The first record at or after `offset`.
    pub fn read(&self, offset: i64) -> Option<(i64, &T)> {
        self.records.range(offset..).next().map(|(offset, record)| (*offset, record))
    }
}

#[derive(Debug, Default)]
pub struct Kafka {
    /// Events. Only the bucket of each matters.
    pub events: BTreeMap<Partition, Log<u8>>,
    pub committed: BTreeMap<Partition, i64>,
    pub touches: BTreeMap<i32, Log<Touch>>,
    pub touches_committed: BTreeMap<(usize, i32), i64>,
    pub commits: Vec<Commit>,
}

impl Kafka {
    pub fn append(&mut self, to: Partition, bucket: u8, after_hole: bool) {
        let log = self.events.entry(to).or_default();
        log.end += i64::from(after_hole);
        log.append(bucket);
    }

    /// Writes a batch at the offsets of the last records.
    pub fn append_second(&mut self, to: Partition, buckets: &[u8]) {
        let log = self.events.entry(to).or_default();
        let taken: Vec<_> = log.records.keys().rev().take(buckets.len()).copied().collect();
        if let Some(last) = taken.first() {
            let batch = taken.iter().rev().copied().zip(buckets.iter().copied());
            log.second.entry(*last).or_default().extend(batch);
        }
    }

    /// The second records that a consumer sees when it continues from the committed offset.
    pub fn second_ones(&self) -> impl Iterator<Item = Position> {
        self.events.iter().flat_map(|(at, log)| {
            let start = self.start(*at);
            let second = log.second.range(start..).flat_map(|(_, batch)| batch);
            second.filter(move |(offset, _)| *offset >= start).map(|(offset, _)| (*at, *offset))
        })
    }

    /// Appends a touch. All touches of a province are in one partition.
    pub fn touch(&mut self, touch: Touch) {
        let to = i32::from(touch.touched.province.number()) % 2;
        self.touches.entry(to).or_default().append(touch);
    }

    /// The offset at which reading begins: the first one if nothing was committed.
    pub fn start(&self, at: Partition) -> i64 {
        self.committed.get(&at).copied().unwrap_or(0)
    }

    /// The same as [`Self::start`], for touches.
    pub fn touches_start(&self, table: usize, at: i32) -> i64 {
        self.touches_committed.get(&(table, at)).copied().unwrap_or(0)
    }

    /// A commit arrives. A commit that was overtaken moves the committed offset back.
    pub fn deliver(&mut self, commit: Commit) {
        match commit {
            Commit::Events(ends) => self.committed.extend(ends),
            Commit::Touches { table, ends } => {
                let ends = ends.into_iter().map(|(partition, next)| ((table, partition), next));
                self.touches_committed.extend(ends);
            }
        }
    }
}
