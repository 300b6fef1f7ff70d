//! Fuzzes everything that parses strangers' bytes, with damaged examples and with meaningless
//! bytes.
//!
//! Each test runs for `HAOCHAPING_FUZZ_SECONDS` ([`SECONDS`] by default) and prints its seed and
//! the number of inputs that it tried. `HAOCHAPING_SEED` repeats a seed. To search longer:
//!
//! ```sh
//! HAOCHAPING_FUZZ_SECONDS=600 cargo test --release -p fuzz -- --nocapture
//! ```
//!
//! What must hold: nothing panics, no accepted input changes when it is read again, nothing that
//! the schemas refuse is accepted and nothing that they accept is refused, and no error repeats what a stranger wrote ([`spoil::SECRETS`]).
//! Inputs that broke a rule are examples in `found`.
#![allow(missing_docs, unreachable_pub, clippy::print_stdout)]

mod agreement;
mod codes;
mod events;
mod files;
mod found;
mod generate;
mod intake;
mod public;
mod schemas;
mod spoil;

use std::time::{Duration, Instant};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

/// How long each test runs. All together take about a minute, two at a time.
const SECONDS: u64 = 10;

fn duration() -> Duration {
    let seconds = std::env::var("HAOCHAPING_FUZZ_SECONDS");
    Duration::from_secs(seconds.map_or(SECONDS, |text| text.parse().expect("a number of seconds")))
}

/// Tries inputs until the time is up. A failing input is shrunk and shown.
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
