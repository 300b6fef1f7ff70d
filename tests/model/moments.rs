//! The worst moments, by name. Each schedule asserts that it reached its moment before it lets the
//! world settle.

use std::time::{Duration, Instant};

use loader::core::Step as WriteStep;
use proptest::sample::Index;

use crate::kafka::partition;
use crate::steps::{At, Outcome, Step};
use crate::store::BUCKETS;
use crate::world::{Rule, World};

/// The counter of the schedules, and another one of the same table.
const ONE: At = At { table: 0, counter: 0 };
const OTHER: At = At { table: 0, counter: 1 };

/// The bucket of all records. Its touches go to this partition.
const BUCKET: u8 = 0;
const TOUCHES: i32 = 1;

/// Every step of the writer succeeds. The first stores rows and the last tells the counter.
const ALL_DONE: [Outcome; WriteStep::ALL.len()] = [Outcome::Done; WriteStep::ALL.len()];

impl World {
    /// A world in which the first worker has read some records and closed a batch of them.
    fn with_batch(records: usize) -> Self {
        let mut world = Self::new(Rule::AsItIs, Instant::now());
        for _ in 0..records {
            world.then(&Step::Append { partition: 0, bucket: BUCKET, after_hole: false });
        }
        world.take_on(0);
        world.read_and_cut(0);
        world
    }

    fn then(&mut self, step: &Step) {
        self.step(step).unwrap_or_else(|wrong| panic!("{step:?}: {wrong}"));
    }

    fn take_on(&mut self, worker: usize) {
        self.then(&Step::Rebalance { worker, partitions: vec![0] });
    }

    fn read_and_cut(&mut self, worker: usize) {
        self.then(&Step::Poll { worker, partition: 0, times: 4 });
        self.then(&Step::Wait(Duration::from_secs(1)));
        self.then(&Step::Poll { worker, partition: 0, times: 1 });
    }

    /// The writer tries one step for each outcome.
    fn write_steps(&mut self, worker: usize, outcomes: &[Outcome]) {
        for outcome in outcomes {
            self.then(&Step::Write { worker, outcome: *outcome });
        }
    }

    fn load_all(&mut self, worker: usize) {
        self.write_steps(worker, &ALL_DONE);
        self.then(&Step::Poll { worker, partition: 0, times: 1 });
        self.then(&Step::Deliver { which: first() });
    }

    fn read_touches(&mut self, at: At) {
        // Both counters of a table have the partition and neither knows of the other.
        self.then(&Step::RebalanceCounter { at, partitions: vec![TOUCHES] });
        self.then(&Step::ReadTouches { at, partition: TOUCHES, touches: 9 });
    }

    fn count_with(&mut self, at: At, outcome: Outcome) {
        self.then(&Step::Wait(Duration::from_mins(2)));
        // It begins, reads, and writes.
        for outcome in [Outcome::Done, Outcome::Done, outcome] {
            self.then(&Step::Count { at, outcome });
        }
    }

    fn stored(&self) -> usize {
        self.store.count(BUCKET).label
    }

    fn counted(&self) -> usize {
        self.tables[0].count(BUCKET).label
    }

    fn committed(&self) -> i64 {
        self.kafka.start(partition(0))
    }

    fn touches(&self) -> usize {
        self.kafka.touches.values().map(|log| log.records.len()).sum()
    }

    fn comes_to_rest(mut self, records: usize) {
        self.settle().unwrap_or_else(|wrong| panic!("{wrong}"));
        assert_eq!((self.stored(), self.counted()), (records, records));
    }
}

fn first() -> Index {
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;
    let any = proptest::prelude::any::<Index>();
    any.new_tree(&mut TestRunner::deterministic()).expect("an index").current()
}

#[test]
fn a_loader_dies_between_insert_and_touch() {
    let mut world = World::with_batch(2);
    world.write_steps(0, &[Outcome::Done]);
    assert_eq!((world.stored(), world.touches(), world.committed()), (2, 0, 0));
    world.then(&Step::KillWorker { worker: 0 });
    world.comes_to_rest(2);
}

#[test]
fn a_loader_dies_between_touch_and_commit() {
    let mut world = World::with_batch(2);
    world.write_steps(0, &ALL_DONE);
    assert_eq!((world.stored(), world.touches(), world.committed()), (2, 1, 0));
    world.then(&Step::KillWorker { worker: 0 });
    world.comes_to_rest(2);
}

#[test]
fn the_answer_of_an_insert_is_lost_and_its_loader_dies() {
    let mut world = World::with_batch(2);
    world.write_steps(0, &[Outcome::AnswerLost, Outcome::AnswerLost]);
    assert_eq!((world.stored(), world.committed()), (2, 0));
    world.then(&Step::KillWorker { worker: 0 });
    world.comes_to_rest(2);
}

#[test]
fn the_acknowledgement_of_a_touch_is_lost_and_it_is_sent_again() {
    let mut world = World::with_batch(2);
    world.write_steps(0, &[&ALL_DONE[1..], &[Outcome::AnswerLost, Outcome::Done]].concat());
    assert_eq!(world.touches(), 2);
    world.comes_to_rest(2);
}

#[test]
fn a_zombie_writes_after_its_partition_was_given_to_another() {
    let mut world = World::with_batch(2);
    world.then(&Step::Append { partition: 0, bucket: BUCKET, after_hole: false });
    world.take_on(1);
    world.read_and_cut(1);
    world.load_all(1);
    assert_eq!((world.stored(), world.committed()), (3, 3));
    // The first worker does not know. It writes what it read and overwrites the other's commit.
    world.load_all(0);
    assert_eq!((world.stored(), world.committed()), (3, 2));
    world.comes_to_rest(3);
}

#[test]
fn an_insert_that_was_given_up_lands_when_everything_was_counted() {
    let mut world = World::with_batch(2);
    world.write_steps(0, &[Outcome::Late]);
    world.load_all(0);
    world.read_touches(ONE);
    world.count_with(ONE, Outcome::Done);
    assert_eq!((world.counted(), world.late.len()), (2, 1));
    world.then(&Step::Land { which: first() });
    world.comes_to_rest(2);
}

#[test]
fn a_rebalance_comes_while_a_batch_is_gathered_and_one_is_being_written() {
    let mut world = World::with_batch(2);
    world.then(&Step::Append { partition: 0, bucket: BUCKET, after_hole: false });
    world.then(&Step::Poll { worker: 0, partition: 0, times: 1 });
    world.then(&Step::Rebalance { worker: 0, partitions: vec![1] });
    world.then(&Step::Poll { worker: 0, partition: 1, times: 1 });
    world.write_steps(0, &ALL_DONE);
    world.then(&Step::Poll { worker: 0, partition: 1, times: 1 });
    assert_eq!((world.stored(), world.kafka.commits.len()), (2, 0), "it commits nothing of it");
    world.comes_to_rest(3);
}

#[test]
fn what_was_committed_is_forgotten_and_everything_is_read_again() {
    let mut world = World::with_batch(2);
    world.load_all(0);
    world.then(&Step::ForgetCommitted { partition: 0 });
    world.then(&Step::ForgetTouchesCommitted { table: 0, partition: TOUCHES });
    assert_eq!((world.stored(), world.committed()), (2, 0));
    world.comes_to_rest(2);
}

#[test]
fn a_counter_dies_between_recount_and_commit() {
    let mut world = World::with_batch(2);
    world.load_all(0);
    world.read_touches(ONE);
    world.count_with(ONE, Outcome::Done);
    assert_eq!((world.counted(), world.kafka.commits.len()), (2, 1));
    world.then(&Step::LoseCommit { which: first() });
    world.then(&Step::KillCounter { at: ONE });
    world.comes_to_rest(2);
}

#[test]
fn a_counters_answer_arrives_after_a_newer_one() {
    let mut world = World::with_batch(2);
    world.load_all(0);
    world.read_touches(ONE);
    // The first counter's statement has seen two records when it times out.
    world.count_with(ONE, Outcome::Late);
    world.then(&Step::Append { partition: 0, bucket: BUCKET, after_hole: false });
    world.read_and_cut(0);
    world.load_all(0);
    world.read_touches(OTHER);
    world.count_with(OTHER, Outcome::Done);
    assert_eq!((world.counted(), world.late.len()), (3, 1));
    world.then(&Step::Land { which: first() });
    assert_eq!(world.counted(), 3);
    world.comes_to_rest(3);
}

#[test]
fn a_record_is_stored_between_the_beginning_and_the_end_of_a_recount() {
    let mut world = World::with_batch(2);
    world.load_all(0);
    world.read_touches(ONE);
    world.then(&Step::Count { at: ONE, outcome: Outcome::Done }); // begins
    world.then(&Step::Count { at: ONE, outcome: Outcome::Done }); // reads
    world.then(&Step::Append { partition: 0, bucket: BUCKET, after_hole: false });
    world.read_and_cut(0);
    world.load_all(0);
    world.then(&Step::Count { at: ONE, outcome: Outcome::Done }); // writes
    assert_eq!((world.stored(), world.counted()), (3, 2));
    world.comes_to_rest(3);
}

#[test]
fn a_touch_is_lost_and_the_sweep_finds_exactly_it() {
    let mut world = World::with_batch(2);
    world.then(&Step::Append { partition: 1, bucket: BUCKETS - 1, after_hole: false });
    world.load_all(0);
    world.then(&Step::LoseTouch { which: first() });
    assert_eq!((world.stored(), world.touches(), world.committed()), (2, 0, 2));
    for _ in 0..2 {
        world.then(&Step::Sweep { at: ONE, outcome: Outcome::Done });
    }
    world.count_with(ONE, Outcome::Done);
    assert_eq!(world.tables[0].rows.keys().collect::<Vec<_>>(), [&BUCKET]);
    assert_eq!(world.counted(), 2);
    world.comes_to_rest(2);
}

#[test]
fn a_touch_is_lost_after_a_sweep_that_found_nothing() {
    let mut world = World::with_batch(2);
    for _ in 0..2 {
        world.then(&Step::Sweep { at: ONE, outcome: Outcome::Done });
    }
    world.load_all(0);
    world.then(&Step::LoseTouch { which: first() });
    // Longer than the interval between sweeps.
    world.then(&Step::Wait(Duration::from_secs(30)));
    for _ in 0..2 {
        world.then(&Step::Sweep { at: ONE, outcome: Outcome::Done });
    }
    world.count_with(ONE, Outcome::Done);
    assert_eq!(world.counted(), 2, "it looks back as far as the previous sweep");
    world.comes_to_rest(2);
}

#[test]
fn a_loader_dies_when_records_are_committed_whose_offsets_others_have_too() {
    let mut world = World::with_batch(2);
    world.write_steps(0, &ALL_DONE);
    world.then(&Step::AppendSecond { partition: 0, buckets: vec![BUCKET, BUCKET] });
    // It reads the first of the second records, and learns that the previous batch is written.
    world.then(&Step::Poll { worker: 0, partition: 0, times: 1 });
    world.then(&Step::Deliver { which: first() });
    assert_eq!(world.committed(), 0);
    world.then(&Step::KillWorker { worker: 0 });
    world.comes_to_rest(4);
}
