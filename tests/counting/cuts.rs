//! The text that counts touched buckets also counts everything below a cut.

use std::array;

use domain::{Month, Province};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use strum::VariantArray;
use tables::counting::{Condition, select};
use tables::counts::Table;
use tables::{Cut, Rule};

use super::expected;
use super::history::{History, PARTITIONS, histories};
use super::tampering::Tampering;
use super::world::{World, position};

/// How many histories are cut.
const HISTORIES: u32 = 16;

/// A mutant that lives through so many histories would not be noticed.
const HISTORIES_OF_A_MUTANT: usize = 20;

/// Every province and month of the histories.
const PROVINCES: [u8; 2] = [43, 44];
const MONTHS: [&str; 2] = ["2023-07", "2023-08"];

impl World {
    /// What one statement for each month counts below a cut, in place of the tables.
    fn counted_below(&self, ends: [usize; PARTITIONS]) -> [String; 4] {
        let end = |partition: usize| {
            let end = position(partition, ends[partition]);
            ((end.topic, end.partition), end.offset)
        };
        let cut: Cut = (0..PARTITIONS).map(end).collect();
        let months = PROVINCES.into_iter().flat_map(|province| {
            let province = Province::from_number(province).expect("a province");
            MONTHS.map(|month| (province, month.parse::<Month>().expect("a month")))
        });
        let months: Vec<_> = months.collect();
        array::from_fn(|table| {
            let table = Table::VARIANTS[table];
            let statements = months.iter().map(|(province, month)| {
                let which = Condition::below(&cut, *province, *month);
                self.tampering.of_statement(&select(table, Rule::FIRST, &which))
            });
            format!("({})", statements.collect::<Vec<_>>().join("\nUNION ALL\n"))
        })
    }

    /// Counts months by the sum of their recounted buckets, and by one statement below the end of
    /// everything that is stored.
    fn count_both_ways(&self, history: &History) -> Result<(), String> {
        self.runtime.block_on(async {
            self.play(history).await;
            let ends = array::from_fn(|partition| history.partitions[partition].len());
            let recounted = expected::read(&self.client, &expected::live()).await;
            let below = expected::read(&self.client, &self.counted_below(ends)).await;
            expected::same(&recounted, &below)
        })
    }

    /// Counts below a cut when everything is stored, and compares with the reference, which is given
    /// only the records below.
    fn count_below(&self, history: &History, ends: [Index; PARTITIONS]) -> Result<(), String> {
        self.runtime.block_on(async {
            let player = self.play(history).await;
            let end =
                |partition: usize| ends[partition].index(history.partitions[partition].len() + 1);
            let ends = array::from_fn(end);
            let below = expected::read(&self.client, &self.counted_below(ends)).await;
            expected::same(&player.expected(ends), &below)
        })
    }
}

fn runner() -> TestRunner {
    TestRunner::new(Config { cases: HISTORIES, max_shrink_iters: 60, ..Config::default() })
}

#[test]
fn a_month_is_the_same_as_the_sum_of_its_buckets_and_by_one_statement_below_the_end() {
    let world = World::new(Tampering::AsItIs);
    runner()
        .run(&histories(), |history| world.count_both_ways(&history).map_err(TestCaseError::fail))
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_record_at_the_end_of_a_cut_or_beyond_it_is_not_counted() {
    let world = World::new(Tampering::AsItIs);
    runner()
        .run(&(histories(), any::<[Index; PARTITIONS]>()), |(history, ends)| {
            world.count_below(&history, ends).map_err(TestCaseError::fail)
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_cut_that_holds_its_end_is_noticed() {
    let world = World::new(Tampering::CutWithItsEnd);
    let mut runner = TestRunner::deterministic();
    let strategy = (histories(), any::<[Index; PARTITIONS]>());
    assert!((0..HISTORIES_OF_A_MUTANT).any(|_| {
        let (history, ends) = strategy.new_tree(&mut runner).expect("a history").current();
        world.count_below(&history, ends).is_err()
    }));
}
