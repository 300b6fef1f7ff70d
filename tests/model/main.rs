//! A model of the loader's and the counter's decisions: several of each run in one small world in
//! which everything that can go wrong does, thousands of times in seconds.
//!
//! The cores are the real ones (`loader::core`, `counter::schedule`), driven as `loader::worker`,
//! `loader::writer` and `counter::counting` drive them. Around them are a store that is a set, a
//! Kafka that is worse than Kafka (it fences nobody, and delivers commits late, in any order or not
//! at all) and a clock that is a number. The reference is one map from buckets to positions.
//!
//! [`World::check`] states what must hold after every step, [`World::settle`] what must hold at the
//! end. `moments` has schedules for the worst moments, `mutants` has broken rules that the model
//! must notice.
#![allow(missing_docs, unreachable_pub, clippy::print_stdout)]

mod counters;
mod kafka;
mod moments;
mod mutants;
mod steps;
mod store;
mod workers;
mod world;

use std::time::Instant;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use crate::steps::{Step, steps};
use crate::world::{Rule, World};

/// The number of arbitrary schedules played.
const SCHEDULES: u32 = 4_000;

fn play(rule: Rule, steps: &[Step]) -> Result<(), String> {
    let mut world = World::new(rule, Instant::now());
    for (number, step) in steps.iter().enumerate() {
        world.step(step).map_err(|wrong| format!("after step {number}, {step:?}: {wrong}"))?;
    }
    world.settle()
}

/// A runner whose seed is printed, and is taken from `HAOCHAPING_SEED` if that is set.
fn runner(schedules: u32) -> TestRunner {
    let seed = std::env::var("HAOCHAPING_SEED").map_or_else(
        |_| std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0),
        |seed| seed.parse().expect("HAOCHAPING_SEED is a number"),
    );
    println!("HAOCHAPING_SEED={seed}");
    TestRunner::new(Config {
        cases: schedules,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..Config::default()
    })
}

#[test]
fn whatever_fails_everything_is_counted_once_and_nothing_is_skipped() {
    runner(SCHEDULES)
        .run(&steps(), |steps| play(Rule::AsItIs, &steps).map_err(TestCaseError::fail))
        .unwrap_or_else(|error| panic!("{error}"));
}
