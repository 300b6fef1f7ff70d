//! The rule of counting in SQL equals the reference, whatever is stored in whichever order.

mod history;
mod mutants;
mod world;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use history::histories;
use world::{Rule, World};

/// How many histories the true rule must count rightly.
const HISTORIES: u32 = 48;

#[test]
fn the_sql_equals_the_reference_for_any_set_order_repeat_cut_and_late_recount_of_events() {
    let world = World::new(Rule::AsItIs);
    let mut runner =
        TestRunner::new(Config { cases: HISTORIES, max_shrink_iters: 60, ..Config::default() });
    runner
        .run(&histories(), |history| world.replay(&history).map_err(TestCaseError::fail))
        .unwrap_or_else(|error| panic!("{error}"));
}
