//! Proves that the model can fail: rules that are broken in one way each do not pass it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::play;
use crate::steps::steps;
use crate::world::Rule;

/// A mutant that survives this many schedules would not be noticed.
const SCHEDULES: usize = 300;

fn is_noticed(rule: Rule) -> bool {
    let mut runner = TestRunner::deterministic();
    (0..SCHEDULES).any(|_| {
        let steps = steps().new_tree(&mut runner).expect("a schedule").current();
        // A core that is driven the wrong way may also panic.
        catch_unwind(AssertUnwindSafe(|| play(rule, &steps))).map_or(true, |played| played.is_err())
    })
}

macro_rules! mutants {
    ($($name:ident: $rule:expr;)*) => {
        $(#[test]
        fn $name() {
            assert!(is_noticed($rule));
        })*
    };
}

mutants! {
    a_commit_when_a_batch_is_taken_is_noticed: Rule::CommitOnTake;
    a_commit_before_the_touch_is_noticed: Rule::CommitBeforeTouch;
    a_touch_before_the_insert_is_noticed: Rule::TouchBeforeInsert;
    a_record_at_a_taken_offset_that_is_forgotten_is_noticed: Rule::TakenForgotten;
    a_rebalance_that_clears_nothing_is_noticed: Rule::RebalanceUnnoticed;
    a_touch_that_is_committed_when_its_round_begins_is_noticed: Rule::TouchCommittedAtBegin;
    a_failed_round_that_forgets_what_is_left_is_noticed: Rule::LeftForgotten;
    a_label_from_another_moment_than_the_content_is_noticed: Rule::LabelAtTheEnd;
    a_table_that_keeps_the_last_row_is_noticed: Rule::LastRowWins;
}

#[test]
fn the_true_rule_survives_every_schedule_that_kills_a_mutant() {
    assert!(!is_noticed(Rule::AsItIs));
}
