//! Proves that the comparison can fail: rules that are broken in one way each do not pass it.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::history::histories;
use super::tampering::Tampering;
use super::world::World;

/// A mutant that survives this many histories would not be noticed.
const HISTORIES: usize = 40;

fn is_noticed(tampering: Tampering) -> bool {
    let world = World::new(tampering);
    let mut runner = TestRunner::deterministic();
    (0..HISTORIES).any(|_| {
        let history = histories().new_tree(&mut runner).expect("a history").current();
        world.replay(&history).is_err()
    })
}

macro_rules! mutants {
    ($($name:ident: $tampering:expr;)*) => {
        $(#[test]
        fn $name() {
            assert!(is_noticed($tampering));
        })*
    };
}

mutants! {
    a_rank_without_revision_is_noticed: Tampering::RankWithoutRevision;
    records_keyed_by_event_are_noticed: Tampering::RecordsKeyedByEvent;
    a_label_that_counts_rows_is_noticed: Tampering::LabelByCount;
    a_label_without_dispositions_is_noticed: Tampering::LabelWithoutDispositions;
    counts_without_a_label_are_noticed: Tampering::NoLabel;
    channels_by_another_bit_are_noticed: Tampering::ChannelsByAnotherBit;
    counts_that_reach_to_their_earliest_record_are_noticed: Tampering::ThroughTheEarliest;
    simulated_records_that_are_counted_by_rows_are_noticed: Tampering::SimulatedByCount;
    ignored_dispositions_are_noticed: Tampering::DispositionsIgnored;
}
