//! Decides what is written together and which offsets are committed. No IO, no clock.
//!
//! Of each partition a core knows a row of half-open ranges of offsets: what lies below the first
//! is committed, what lies in flight is being written, what lies open is gathered.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use daemon::kafka::Topic;

/// A partition of a topic.
pub(crate) type Partition = (Topic, i32);

/// When a batch is due.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The most records of a batch.
    pub(crate) records_max: usize,
    /// The longest that a record waits in an open batch while nothing is being written.
    pub(crate) age_max: Duration,
}

/// For each partition the next offset to read once a batch is durable.
pub(crate) type Ends = BTreeMap<Partition, i64>;

/// A record whose offset is not beyond the one before it. Which of the two copies would count
/// cannot be known, so the partition is given up and read anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("offset {offset} came after {next} was expected")]
pub(crate) struct Replayed {
    next: i64,
    offset: i64,
}

/// The state of a worker.
#[derive(Debug)]
pub(crate) struct Core {
    limits: Limits,
    next: BTreeMap<Partition, i64>,
    open: Ends,
    open_records: usize,
    open_since: Option<Instant>,
    in_flight: VecDeque<Ends>,
}

/// The most batches that wait for the writer: one is being written, one is ready.
const IN_FLIGHT_MAX: usize = 2;

impl Core {
    /// A worker without partitions.
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            next: BTreeMap::new(),
            open: Ends::new(),
            open_records: 0,
            open_since: None,
            in_flight: VecDeque::new(),
        }
    }

    /// Partitions were given or taken: whoever has them reads from what was committed, so what was
    /// gathered is thrown away, and what is in flight is no longer committed from here.
    pub(crate) fn on_rebalance(&mut self) {
        self.next.clear();
        self.open.clear();
        self.open_records = 0;
        self.open_since = None;
        for ends in &mut self.in_flight {
            ends.clear();
        }
    }

    /// A record was read.
    ///
    /// # Errors
    ///
    /// [`Replayed`] if it is not beyond the last one of its partition. A hole is no error: the
    /// broker leaves one where a transaction ends.
    pub(crate) fn on_record(
        &mut self,
        at: Partition,
        offset: i64,
        now: Instant,
    ) -> Result<(), Replayed> {
        let next = self.next.entry(at).or_insert(offset);
        if offset < *next {
            return Err(Replayed { next: *next, offset });
        }
        *next = offset + 1;
        self.open.insert(at, offset + 1);
        self.open_records += 1;
        self.open_since.get_or_insert(now);
        Ok(())
    }

    /// Whether the open batch is to be handed to the writer now.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        let Some(since) = self.open_since else { return false };
        let is_full = self.open_records >= self.limits.records_max;
        let has_waited = now.duration_since(since) >= self.limits.age_max;
        // A batch that is not full waits for the writer, and grows meanwhile.
        (is_full && self.in_flight.len() < IN_FLIGHT_MAX)
            || (has_waited && self.in_flight.is_empty())
    }

    /// Whether reading must pause: the open batch is full and nobody takes it.
    pub(crate) fn is_saturated(&self) -> bool {
        self.open_records >= self.limits.records_max && self.in_flight.len() >= IN_FLIGHT_MAX
    }

    /// When a batch that is not full becomes due, if nothing else happens.
    pub(crate) fn due_at(&self) -> Option<Instant> {
        self.open_since.map(|since| since + self.limits.age_max)
    }

    /// The open batch was handed to the writer.
    pub(crate) fn on_cut(&mut self) {
        self.in_flight.push_back(std::mem::take(&mut self.open));
        self.open_records = 0;
        self.open_since = None;
    }

    /// The writer has made the oldest batch durable and its touches are acknowledged. Returns what
    /// may be committed now (D3).
    ///
    /// # Panics
    ///
    /// If nothing was in flight.
    pub(crate) fn on_written(&mut self) -> Ends {
        self.in_flight.pop_front().expect("only a batch in flight is written")
    }

    /// Whether nothing is open or in flight.
    pub(crate) fn is_idle(&self) -> bool {
        self.open_records == 0 && self.in_flight.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Read(u8),
        Wait,
        Written,
        Rebalance,
        Die,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            8 => (0..3_u8).prop_map(Step::Read),
            2 => Just(Step::Wait),
            3 => Just(Step::Written),
            1 => Just(Step::Rebalance),
            1 => Just(Step::Die),
        ];
        prop::collection::vec(step, 0..300)
    }

    const LIMITS: Limits = Limits { records_max: 5, age_max: Duration::from_millis(10) };

    /// A log, a store and a broker that remembers commits: the reference of the core.
    #[derive(Default)]
    struct World {
        stored: BTreeSet<(Partition, i64)>,
        committed: BTreeMap<Partition, i64>,
        reading: BTreeMap<Partition, i64>,
        open: Vec<(Partition, i64)>,
        in_flight: VecDeque<Vec<(Partition, i64)>>,
    }

    impl World {
        fn check(&self) {
            for (partition, committed) in &self.committed {
                for offset in 0..*committed {
                    assert!(self.stored.contains(&(*partition, offset)), "committed, not durable");
                }
            }
        }

        fn written(&mut self, core: &mut Core) {
            let Some(batch) = self.in_flight.pop_front() else { return };
            self.stored.extend(batch);
            for (partition, next) in core.on_written() {
                let committed = self.committed.entry(partition).or_default();
                *committed = next.max(*committed);
            }
            self.check();
        }
    }

    proptest! {
        #[test]
        fn an_offset_is_committed_only_when_all_below_it_is_durable(steps in steps()) {
            let mut core = Core::new(LIMITS);
            let mut world = World::default();
            let mut now = Instant::now();
            for step in steps {
                match step {
                    Step::Read(number) if !core.is_saturated() => {
                        let partition = (Topic::Reviews, i32::from(number));
                        let from = world.committed.get(&partition).copied().unwrap_or(0);
                        let offset = world.reading.entry(partition).or_insert(from);
                        core.on_record(partition, *offset, now).expect("offsets go up");
                        world.open.push((partition, *offset));
                        *offset += 1;
                    }
                    Step::Read(_) => {}
                    Step::Wait => now += Duration::from_millis(7),
                    Step::Written => world.written(&mut core),
                    Step::Rebalance => {
                        core.on_rebalance();
                        world.open.clear();
                        world.reading.clear();
                    }
                    Step::Die => {
                        core = Core::new(LIMITS);
                        world.open.clear();
                        world.reading.clear();
                        world.in_flight.clear();
                    }
                }
                if core.is_due(now) {
                    core.on_cut();
                    world.in_flight.push_back(std::mem::take(&mut world.open));
                }
                prop_assert!(world.in_flight.len() <= IN_FLIGHT_MAX);
                prop_assert!(world.open.len() <= LIMITS.records_max);
            }
            // In the end everything that was read is stored and committed.
            while !core.is_idle() {
                now += LIMITS.age_max;
                if core.is_due(now) {
                    core.on_cut();
                    world.in_flight.push_back(std::mem::take(&mut world.open));
                }
                world.written(&mut core);
            }
            for (partition, next) in &world.reading {
                prop_assert_eq!(world.committed.get(partition), Some(next));
            }
        }
    }

    #[test]
    fn an_offset_that_comes_twice_is_refused() {
        let mut core = Core::new(LIMITS);
        let partition = (Topic::Reviews, 0);
        core.on_record(partition, 7, Instant::now()).expect("the first");
        core.on_record(partition, 9, Instant::now()).expect("a hole is no error");
        let replayed = core.on_record(partition, 9, Instant::now());
        assert_eq!(replayed, Err(Replayed { next: 10, offset: 9 }));
    }
}
