//! Decides what is written together, in which order, and which offsets are committed. No IO, no
//! clock.
//!
//! Of each partition a core knows adjacent half-open ranges of offsets: what is below the first is
//! committed, then come the batches in flight, which are being written, and then the open batch, which
//! is gathered. The open batch is kept in the core itself, so that rows and the offsets that they stand
//! for are taken together and discarded together. Where Kafka returns an offset for a second time these
//! ranges go back: see [`Slot::Taken`].
//!
//! It is public for the model in `tests/model`, which drives it as `worker` and `writer` do.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use topics::{BATCH_RECORDS_MAX, Topic};

/// A partition of a topic.
pub type Partition = (Topic, i32);

/// When a batch is due.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most records of a batch.
    pub records_max: usize,
    /// The longest that a record waits in an open batch while nothing is being written.
    pub age_max: Duration,
    /// With this many records within `age_max` a batch is part of a back-fill: few large inserts then
    /// cost ClickHouse much less than many small ones, and nobody waits for a single record.
    pub back_fill_records: usize,
    /// The longest that a record waits in such a batch.
    pub back_fill_age_max: Duration,
}

/// For each partition the next offset to read once a batch is durable.
pub type Ends = BTreeMap<Partition, i64>;

/// What the writer does with a batch. Each step is repeated until it succeeds, and none begins before
/// the previous one has succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Rows into the table of records.
    Records,
    /// Names of the items and departments that rows name only by code.
    Names,
    /// What the topic `quarantine` says, into the table of that name.
    Quarantine,
    /// Announcements of what could not be loaded, to the topic `quarantine`.
    Quarantined,
    /// Records whose offsets are taken, to the ends of their partitions: see [`Slot::Taken`].
    Again,
    /// Touches to the topic of that name. They come last: a counter that hears of a row must find it.
    Touches,
}

impl Step {
    /// The steps in their order. After the last one a batch is written: see [`Core::on_written`].
    pub const ALL: [Self; 6] = [
        Self::Records,
        Self::Names,
        Self::Quarantine,
        Self::Quarantined,
        Self::Again,
        Self::Touches,
    ];
}

/// Whether a record has an offset of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// It is beyond the previous one.
    Free,
    /// Kafka has already returned a record at this offset or beyond it: a broker whose disk was full has
    /// written the same offsets twice. The position belongs to the first record, so this one is appended
    /// again, where it gets a position of its own. If it is the same event once more, that is a repeat
    /// and changes nothing (decision 0014).
    Taken,
}

/// How far back a taken offset can be: a broker gives out the offsets of one batch a second time.
const TAKEN_MAX: i64 = BATCH_RECORDS_MAX as i64;

/// A partition is read from the beginning again, or from somewhere in the middle. To append all of it
/// again would repair nothing, so the worker ends; the next one begins at the committed offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("offset {offset} came after {next} was expected")]
pub struct Rewound {
    next: i64,
    offset: i64,
}

/// The state of a worker that gathers batches of type `B`.
#[derive(Debug)]
pub struct Core<B> {
    limits: Limits,
    next: BTreeMap<Partition, i64>,
    open: Open<B>,
    in_flight: VecDeque<Ends>,
}

/// What is gathered.
#[derive(Debug, Default)]
struct Open<B> {
    batch: B,
    ends: Ends,
    records: usize,
    /// Of these, those that came before the batch was due.
    early: usize,
    since: Option<Instant>,
}

/// The most batches that wait for the writer: one is being written, one is ready.
pub const IN_FLIGHT_MAX: usize = 2;

impl<B: Default> Core<B> {
    /// A worker without partitions.
    pub fn new(limits: Limits) -> Self {
        Self { limits, next: BTreeMap::new(), open: Open::default(), in_flight: VecDeque::new() }
    }

    /// Partitions were assigned or revoked. Whichever worker has them now reads from the committed
    /// offsets, so the open batch is discarded, and batches in flight are no longer committed from here.
    pub fn on_rebalance(&mut self) {
        self.next.clear();
        self.open = Open::default();
        for ends in &mut self.in_flight {
            ends.clear();
        }
    }

    /// A record was read. Returns the open batch, to which the caller adds it: as a row if its offset is
    /// free. A gap is no error: the broker leaves one where a transaction ends.
    ///
    /// # Errors
    ///
    /// [`Rewound`] if it is far before the last one of its partition.
    pub fn on_record(
        &mut self,
        at: Partition,
        offset: i64,
        now: Instant,
    ) -> Result<(Slot, &mut B), Rewound> {
        let next = self.next.entry(at).or_insert(offset);
        if *next - offset > TAKEN_MAX {
            return Err(Rewound { next: *next, offset });
        }
        let slot = if offset < *next {
            // No offset beyond it is committed before it is appended again.
            for end in self.in_flight.iter_mut().filter_map(|ends| ends.get_mut(&at)) {
                *end = offset.min(*end);
            }
            Slot::Taken
        } else {
            *next = offset + 1;
            Slot::Free
        };
        // More such records may follow: then the end goes back to here, and a worker that begins here
        // meets, before them, only rows that are stored already.
        self.open.ends.insert(at, offset + 1);
        self.open.records += 1;
        let since = *self.open.since.get_or_insert(now);
        self.open.early += usize::from(now.duration_since(since) < self.limits.age_max);
        Ok((slot, &mut self.open.batch))
    }

    /// Whether the open batch is due for the writer.
    pub fn is_due(&self, now: Instant) -> bool {
        let Some(since) = self.open.since else { return false };
        let is_full = self.open.records >= self.limits.records_max;
        let has_waited = now.duration_since(since) >= self.age_max();
        // A batch that is not full waits until the writer is free, and grows meanwhile.
        (is_full && self.in_flight.len() < IN_FLIGHT_MAX)
            || (has_waited && self.in_flight.is_empty())
    }

    /// The longest that the open batch may wait.
    fn age_max(&self) -> Duration {
        let is_of_a_back_fill = self.open.early >= self.limits.back_fill_records;
        if is_of_a_back_fill { self.limits.back_fill_age_max } else { self.limits.age_max }
    }

    /// Takes the open batch for the writer, if it is due.
    pub fn take(&mut self, now: Instant) -> Option<B> {
        self.is_due(now).then(|| {
            let open = std::mem::take(&mut self.open);
            self.in_flight.push_back(open.ends);
            open.batch
        })
    }

    /// Whether reading must pause: the open batch is full and the writer has no room for it.
    pub fn is_saturated(&self) -> bool {
        self.open.records >= self.limits.records_max && self.in_flight.len() >= IN_FLIGHT_MAX
    }

    /// When a batch that is not full becomes due, if nothing else happens.
    pub fn due_at(&self) -> Option<Instant> {
        self.open.since.map(|since| since + self.age_max())
    }

    /// The writer has finished every step of the oldest batch. Returns what may be committed now (D3).
    ///
    /// # Panics
    ///
    /// If nothing was in flight.
    pub fn on_written(&mut self) -> Ends {
        self.in_flight.pop_front().expect("only a batch in flight is written")
    }

    /// Whether nothing is open or in flight.
    pub fn is_idle(&self) -> bool {
        self.open.records == 0 && self.in_flight.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        records_max: 2,
        age_max: Duration::from_millis(10),
        back_fill_records: 2,
        back_fill_age_max: Duration::from_millis(10),
    };

    const PARTITION: Partition = (Topic::Reviews, 0);

    /// Reads a record whose offset is free.
    fn read(core: &mut Core<Vec<i64>>, offset: i64, at: Instant) {
        let (slot, batch) = core.on_record(PARTITION, offset, at).expect("it is not rewound");
        assert_eq!(slot, Slot::Free);
        batch.push(offset);
    }

    #[test]
    fn an_offset_that_comes_twice_is_taken_and_not_committed_before_it_is_appended_again() {
        let (mut core, now) = (Core::<Vec<i64>>::new(LIMITS), Instant::now());
        read(&mut core, 7, now);
        read(&mut core, 9, now); // A gap is no error.
        core.take(now).expect("it is full");
        for offset in [9, 7] {
            let (slot, _) = core.on_record(PARTITION, offset, now).expect("it is not rewound");
            assert_eq!(slot, Slot::Taken);
        }
        core.take(now).expect("what is to be appended again is a batch too");
        assert_eq!(core.on_written(), Ends::from([(PARTITION, 7)]), "they are not appended yet");
        assert_eq!(core.on_written(), Ends::from([(PARTITION, 8)]), "one at offset 8 may follow");
        read(&mut core, 10, now);
    }

    #[test]
    fn a_partition_that_is_read_from_far_back_is_refused() {
        let (mut core, now) = (Core::<Vec<i64>>::new(LIMITS), Instant::now());
        read(&mut core, TAKEN_MAX + 1, now);
        let rewound = core.on_record(PARTITION, 1, now).expect_err("it is rewound");
        assert_eq!(rewound, Rewound { next: TAKEN_MAX + 2, offset: 1 });
        assert!(core.on_record(PARTITION, 2, now).is_ok());
    }

    #[test]
    fn a_batch_is_due_when_it_is_full_or_has_waited_while_nothing_was_being_written() {
        let (mut core, now) = (Core::<Vec<i64>>::new(LIMITS), Instant::now());
        let read = |core: &mut Core<Vec<i64>>, offset| read(core, offset, now);
        assert_eq!(core.take(now + LIMITS.age_max), None, "there is nothing");
        read(&mut core, 0);
        assert_eq!(core.take(now), None);
        assert_eq!(core.due_at(), Some(now + LIMITS.age_max));
        assert_eq!(core.take(now + LIMITS.age_max), Some(vec![0]));
        read(&mut core, 1);
        assert_eq!(core.take(now + LIMITS.age_max), None, "the writer is busy, so it may grow");
        read(&mut core, 2);
        assert_eq!(core.take(now), Some(vec![1, 2]), "full, and there is room for one more");
        read(&mut core, 3);
        read(&mut core, 4);
        assert!(core.take(now).is_none() && core.is_saturated());
        assert_eq!(core.on_written(), Ends::from([(PARTITION, 1)]));
        assert_eq!(core.take(now), Some(vec![3, 4]));
    }

    #[test]
    fn a_batch_that_grows_fast_may_grow_on_and_one_that_does_not_goes_at_once() {
        let back_fill_age_max = Duration::from_secs(1);
        let limits = Limits { records_max: 9, back_fill_records: 3, back_fill_age_max, ..LIMITS };
        let (mut core, now) = (Core::<Vec<i64>>::new(limits), Instant::now());
        let read = |core: &mut Core<Vec<i64>>, offset| read(core, offset, now);
        read(&mut core, 0);
        read(&mut core, 1);
        assert_eq!(core.due_at(), Some(now + LIMITS.age_max));
        read(&mut core, 2);
        assert_eq!(core.due_at(), Some(now + back_fill_age_max));
        assert_eq!(core.take(now + LIMITS.age_max), None);
        assert_eq!(core.take(now + back_fill_age_max), Some(vec![0, 1, 2]));
    }

    #[test]
    fn what_gathers_while_an_insert_is_slow_is_no_back_fill() {
        let limits = Limits {
            records_max: 9,
            back_fill_records: 3,
            back_fill_age_max: Duration::from_secs(1),
            ..LIMITS
        };
        let (mut core, now) = (Core::<Vec<i64>>::new(limits), Instant::now());
        let mut at = now;
        for offset in 0..6 {
            read(&mut core, offset, at);
            at += LIMITS.age_max / 2;
        }
        assert_eq!(core.due_at(), Some(now + LIMITS.age_max));
    }
}
