//! The steps that can happen in the world, and arbitrary sequences of them.

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::Index;

use crate::kafka::PARTITIONS;
use crate::store::BUCKETS;
use crate::world::{COUNTERS, TABLES, WORKERS};

/// The outcome of one request to an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It takes effect and is answered.
    Done,
    /// It takes effect, and the answer is lost.
    AnswerLost,
    /// The caller times out, and it takes effect later or never.
    Late,
    /// It has no effect.
    Failed,
}

/// A counter of a table.
#[derive(Clone, Copy, Debug)]
pub struct At {
    pub table: usize,
    pub counter: usize,
}

/// One event in the world.
#[derive(Clone, Debug)]
pub enum Step {
    /// A record is accepted, perhaps after a gap in the offsets.
    Append { partition: usize, bucket: u8, after_hole: bool },
    /// Records are written at the offsets of the last ones, and are shown after them.
    AppendSecond { partition: usize, buckets: Vec<u8> },
    /// Time passes.
    Wait(Duration),
    /// A worker gets these partitions and no others, and learns it at its next poll. Other workers
    /// that have them are not told.
    Rebalance { worker: usize, partitions: Vec<usize> },
    /// A worker runs its loop so many times.
    Poll { worker: usize, partition: usize, times: usize },
    /// A worker's writer tries its current step.
    Write { worker: usize, outcome: Outcome },
    /// A worker dies, and another begins in its place.
    KillWorker { worker: usize },
    /// A counter gets these partitions of touches.
    RebalanceCounter { at: At, partitions: Vec<i32> },
    /// A counter reads touches.
    ReadTouches { at: At, partition: i32, touches: usize },
    /// A counter begins a round if one is due, or reads what is stored, or writes what it read.
    Count { at: At, outcome: Outcome },
    /// A counter begins a sweep, or ends it.
    Sweep { at: At, outcome: Outcome },
    /// A counter dies, and another begins in its place.
    KillCounter { at: At },
    /// A pending commit arrives.
    Deliver { which: Index },
    /// A pending commit is lost.
    LoseCommit { which: Index },
    /// A request that timed out takes effect after all.
    Land { which: Index },
    /// What a group of loaders has committed for a partition is forgotten.
    ForgetCommitted { partition: usize },
    /// What the group of a table's counters has committed for a partition is forgotten.
    ForgetTouchesCommitted { table: usize, partition: i32 },
    /// An acknowledged touch is lost.
    LoseTouch { which: Index },
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        6 => Just(Outcome::Done),
        1 => Just(Outcome::AnswerLost),
        1 => Just(Outcome::Late),
        1 => Just(Outcome::Failed),
    ]
}

fn ats() -> impl Strategy<Value = At> {
    (0..TABLES, 0..COUNTERS).prop_map(|(table, counter)| At { table, counter })
}

fn waits() -> impl Strategy<Value = Duration> {
    prop_oneof![
        3 => Just(Duration::from_millis(7)),
        2 => Just(Duration::from_secs(3)),
        1 => Just(Duration::from_mins(2)),
    ]
}

/// Arbitrary sequences of steps.
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let some = || prop::collection::vec(0..PARTITIONS, 0..=PARTITIONS);
    let some_touches = || prop::collection::vec(0..2_i32, 0..=2);
    let of_loaders = prop_oneof![
        8 => (0..PARTITIONS, 0..BUCKETS, prop::bool::weighted(0.1)).prop_map(
            |(partition, bucket, after_hole)| Step::Append { partition, bucket, after_hole }),
        1 => (0..PARTITIONS, prop::collection::vec(0..BUCKETS, 1..4))
            .prop_map(|(partition, buckets)| Step::AppendSecond { partition, buckets }),
        2 => (0..WORKERS, some())
            .prop_map(|(worker, partitions)| Step::Rebalance { worker, partitions }),
        12 => (0..WORKERS, 0..PARTITIONS, 1..6_usize)
            .prop_map(|(worker, partition, times)| Step::Poll { worker, partition, times }),
        16 => (0..WORKERS, outcomes())
            .prop_map(|(worker, outcome)| Step::Write { worker, outcome }),
        1 => (0..WORKERS).prop_map(|worker| Step::KillWorker { worker }),
    ];
    let of_counters = prop_oneof![
        1 => (ats(), some_touches())
            .prop_map(|(at, partitions)| Step::RebalanceCounter { at, partitions }),
        8 => (ats(), 0..2_i32, 1..5_usize)
            .prop_map(|(at, partition, touches)| Step::ReadTouches { at, partition, touches }),
        24 => (ats(), outcomes()).prop_map(|(at, outcome)| Step::Count { at, outcome }),
        1 => (ats(), outcomes()).prop_map(|(at, outcome)| Step::Sweep { at, outcome }),
        1 => ats().prop_map(|at| Step::KillCounter { at }),
    ];
    let which = any::<Index>;
    let of_engines = prop_oneof![
        8 => waits().prop_map(Step::Wait),
        12 => which().prop_map(|which| Step::Deliver { which }),
        2 => which().prop_map(|which| Step::LoseCommit { which }),
        3 => which().prop_map(|which| Step::Land { which }),
        1 => (0..PARTITIONS).prop_map(|partition| Step::ForgetCommitted { partition }),
        1 => (0..TABLES, 0..2_i32)
            .prop_map(|(table, partition)| Step::ForgetTouchesCommitted { table, partition }),
        1 => which().prop_map(|which| Step::LoseTouch { which }),
    ];
    let step = prop_oneof![4 => of_loaders, 5 => of_counters, 3 => of_engines];
    prop::collection::vec(step, 0..400)
}
