//! Whatever strangers send: everything that parses their bytes, fed with good examples that were
//! spoilt and with bytes that mean nothing.
//!
//! Each test goes on for `HAOCHAPING_FUZZ_SECONDS` ([`SECONDS`] where nothing is set) and prints its
//! seed and how many inputs it has tried; `HAOCHAPING_SEED` plays a seed again. To look longer:
//!
//! ```sh
//! HAOCHAPING_FUZZ_SECONDS=600 cargo test --release -p fuzz -- --nocapture
//! ```
//!
//! What must hold: nothing panics, nothing that is accepted changes when it is read again, nothing
//! is accepted that the schemas refuse, and no error repeats what a stranger wrote ([`spoil::SECRETS`]).
//! What was found is in `found`, each as an example of its own.
#![allow(missing_docs, unreachable_pub, clippy::print_stdout)]

mod codes;
mod events;
mod files;
mod found;
mod intake;
mod public;
mod schemas;
mod spoil;

use std::time::{Duration, Instant};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

/// How long each test goes on: together, two at a time, about a minute.
const SECONDS: u64 = 10;

fn duration() -> Duration {
    let seconds = std::env::var("HAOCHAPING_FUZZ_SECONDS");
    Duration::from_secs(seconds.map_or(SECONDS, |text| text.parse().expect("a number of seconds")))
}

/// Tries inputs until the time is over. The input that fails is made smaller and shown.
fn fuzz<S: Strategy>(
    what: &str,
    inputs: &S,
    holds: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let seed = std::env::var("HAOCHAPING_SEED").map_or_else(
        |_| std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0),
        |seed| seed.parse().expect("HAOCHAPING_SEED is a number"),
    );
    let config = Config {
        cases: 1,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_time: 20_000,
        ..Config::default()
    };
    println!("{what}: HAOCHAPING_SEED={seed}");
    let mut runner = TestRunner::new(config);
    let (began, mut tried) = (Instant::now(), 0_u64);
    while began.elapsed() < duration() {
        let input = inputs.new_tree(&mut runner).expect("an input");
        if let Err(error) = runner.run_one(input, &holds) {
            panic!("{what}, after {tried} inputs of seed {seed}: {error}");
        }
        tried += 1;
    }
    println!("{what}: {tried} inputs in {} s", began.elapsed().as_secs());
}

/// Checks that an error does not repeat what a stranger wrote.
fn tells_nothing(of: &str, error: &str) -> Result<(), TestCaseError> {
    if spoil::SECRETS.iter().any(|secret| error.contains(secret)) {
        return Err(TestCaseError::fail(format!("the error of {of} repeats a value: {error}")));
    }
    Ok(())
}
