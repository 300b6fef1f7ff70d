//! Recounts whole months into tables next to the live ones, compares, and swaps.
//!
//! The rebuilt rows must equal the live ones, because both are functions of the same records. A
//! difference is a fault of the code, of the engine or of somebody's manual change, and is reported
//! before anything is swapped. Figures stay readable throughout: a swap replaces one month of one
//! table at once.
//!
//! It never changes `records`, and never takes a recount that has merely seen more for wrong.

mod judge;

use std::collections::BTreeMap;

use clickhouse::Client;
use domain::Month;
use indicatif::ProgressBar;
use strum::VariantArray;
use tables::Rule;
use tables::buckets::Buckets;
use tables::counts::Table;
use tables::rebuilt_counts::{figures, pairs, rebuilt};
use tables::records::buckets_of_month;
use tables::sweep::sweep_month;

pub use self::judge::Difference;
use self::judge::{Judgement, buckets, judge};
use crate::priority::Priority;
use crate::recount::{recount, recount_into};

/// The number of tables that are rebuilt for each month.
pub const TABLES: usize = Table::VARIANTS.len();

/// How often units that were counted meanwhile are counted again before they are accepted.
const ROUNDS_MAX: u32 = 5;

/// The result of comparing one month of one table.
#[derive(Debug)]
pub struct Compared {
    /// The table.
    pub table: Table,
    /// The month.
    pub month: Month,
    /// The differences, in the order of the key.
    pub differences: Vec<Difference>,
    /// The number of buckets that the counter had not reached yet.
    pub behind: usize,
}

/// Counts months again beside the live tables, by each rule, and compares.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn compare(
    client: &Client,
    rules: &[Rule],
    months: &[Month],
    bar: &ProgressBar,
) -> anyhow::Result<Vec<Compared>> {
    let mut compared = Vec::new();
    for month in months {
        let stored = buckets_of_month(client, *month).await?;
        for table in Table::VARIANTS {
            let (mut differences, mut behind) = (Vec::new(), 0);
            for rule in rules {
                into(client, *table, *rule, &stored).await?;
                let judgement = settle(client, *table, *rule, *month).await?;
                differences.extend(judgement.differences);
                behind += judgement.behind.len();
            }
            compared.push(Compared { table: *table, month: *month, differences, behind });
            bar.inc(1);
        }
    }
    Ok(compared)
}

/// Replaces the live rows with the compared ones. Returns the differences that have appeared since,
/// in which case nothing was swapped. They can only appear if something other than a counter writes
/// rows.
///
/// # Errors
///
/// If ClickHouse does not answer. Months that were swapped before are correct.
pub async fn swap(
    client: &Client,
    rules: &[Rule],
    compared: &[Compared],
    swap_differing: bool,
    bar: &ProgressBar,
) -> anyhow::Result<Vec<Difference>> {
    for Compared { table, month, .. } in compared {
        let mut counted_meanwhile = Vec::new();
        for rule in rules {
            let Judgement { ahead, differences, .. } =
                settle(client, *table, *rule, *month).await?;
            if !differences.is_empty() && !swap_differing {
                return Ok(differences);
            }
            counted_meanwhile.extend(ahead.into_keys().map(|unit| (*rule, unit)));
        }
        // A row that a counter writes in the middle of this is found by the sweep below.
        tables::rebuilt_counts::swap(client, *table, rules, *month, &counted_meanwhile).await?;
        for rule in rules {
            let found = sweep_month(client, *table, *rule, month.number()).await?;
            recount(client, *table, &[*rule], &found).await?;
        }
        bar.inc(1);
    }
    Ok(Vec::new())
}

/// Compares until nothing changes any more, or a few times. Whatever the counter counts meanwhile
/// is counted again here.
async fn settle(
    client: &Client,
    table: Table,
    rule: Rule,
    month: Month,
) -> anyhow::Result<Judgement> {
    let mut seen = BTreeMap::new();
    let mut rounds = 0;
    loop {
        let pairs = pairs(client, table, rule, month).await?;
        let judgement = judge(&pairs, figures(table), &seen);
        if judgement.ahead.is_empty() || rounds == ROUNDS_MAX {
            return Ok(judgement);
        }
        into(client, table, rule, &buckets(&judgement.ahead)).await?;
        // Earlier findings stay in it.
        seen.extend(judgement.ahead);
        rounds += 1;
    }
}

/// Counts buckets into the side table. The counter's own work has precedence.
async fn into(client: &Client, table: Table, rule: Rule, buckets: &Buckets) -> anyhow::Result<()> {
    Ok(recount_into(client, table, rule, &rebuilt(table), Priority::LAST, buckets).await?)
}
