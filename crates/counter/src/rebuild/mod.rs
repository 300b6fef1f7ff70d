//! Recounts whole months beside the live tables, compares, and swaps.
//!
//! What is rebuilt must be what is there, since both are functions of the same records: a difference
//! is a fault of the code, of the engine or of somebody's hand, and is told before anything is
//! swapped. Figures stay readable throughout: a swap replaces one month of one table at once.
//!
//! It never changes `records`, and never takes a recount for wrong that has merely seen more.

mod judge;
mod shape;

use std::collections::BTreeMap;

use anyhow::Context;
use clickhouse::{Client, Row};
use domain::{Cell, Month};
use indicatif::ProgressBar;
use serde::Deserialize;
use strum::VariantArray;
use wire::CellSet;

pub use self::judge::Difference;
use self::judge::{Judgement, Pair, Unit, buckets, judge};
use self::shape::Shape;
use crate::recount::{QUERY_SIZE_MAX, recount, recount_into};
use crate::schedule::{Buckets, day_of_row};
use crate::sweep::sweep_month;
use crate::table::{Priority, Table};

/// How many tables are rebuilt of each month.
pub const TABLES: usize = Table::VARIANTS.len();

/// How often units that were counted meanwhile are counted again before they are taken as they are.
const ROUNDS_MAX: u32 = 5;

/// What came of the comparison of one month of one table.
#[derive(Debug)]
pub struct Compared {
    /// The table.
    pub table: Table,
    /// The month.
    pub month: Month,
    /// What is wrong, in the order of the key.
    pub differences: Vec<Difference>,
    /// How many buckets the counter had not come to yet.
    pub behind: usize,
}

/// The months to which something is stored or counted.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn months(client: &Client) -> anyhow::Result<Vec<Month>> {
    let mut tables = vec!["'records'".to_owned()];
    tables.extend(Table::VARIANTS.iter().map(|table| format!("'{table}'")));
    let statement = format!(
        "SELECT DISTINCT toUInt32(partition) AS month FROM system.parts
WHERE database = currentDatabase() AND table IN ({}) AND active AND rows > 0 AND month > 197001
ORDER BY month",
        tables.join(", ")
    );
    let months: Vec<u32> =
        client.query_raw(&statement).fetch_all().await.context("failed to list the months")?;
    let months = months.into_iter().map(Month::from_number).collect::<Option<_>>();
    months.context("a partition of no month")
}

/// Makes the side tables anew. What a rebuild has left that died is thrown away.
///
/// # Errors
///
/// If ClickHouse refuses.
pub async fn begin(client: &Client) -> anyhow::Result<()> {
    end(client).await?;
    for table in Table::VARIANTS {
        let rebuilt = Shape::of(*table).rebuilt();
        execute(client, &format!("CREATE TABLE {rebuilt} AS {table}")).await?;
    }
    Ok(())
}

/// Drops the side tables.
///
/// # Errors
///
/// If ClickHouse refuses.
pub async fn end(client: &Client) -> anyhow::Result<()> {
    for table in Table::VARIANTS {
        let rebuilt = Shape::of(*table).rebuilt();
        execute(client, &format!("DROP TABLE IF EXISTS {rebuilt} SYNC")).await?;
    }
    Ok(())
}

/// Counts months anew beside the live tables, and compares.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn compare(
    client: &Client,
    months: &[Month],
    bar: &ProgressBar,
) -> anyhow::Result<Vec<Compared>> {
    let mut compared = Vec::new();
    for month in months {
        let stored = stored(client, *month).await?;
        for table in Table::VARIANTS {
            into(client, *table, &stored).await?;
            let Judgement { differences, behind, .. } = settle(client, *table, *month).await?;
            let behind = behind.len();
            compared.push(Compared { table: *table, month: *month, differences, behind });
            bar.inc(1);
        }
    }
    Ok(compared)
}

/// Puts what was compared in the place of the live rows. Returns what became wrong since, with which
/// nothing was swapped; that can only be if rows are written by other hands than a counter's.
///
/// # Errors
///
/// If ClickHouse does not answer. Months that were swapped by then are right.
pub async fn swap(
    client: &Client,
    compared: &[Compared],
    swap_differing: bool,
    bar: &ProgressBar,
) -> anyhow::Result<Vec<Difference>> {
    for Compared { table, month, .. } in compared {
        let shape = Shape::of(*table);
        let Judgement { ahead, differences, .. } = settle(client, *table, *month).await?;
        if !differences.is_empty() && !swap_differing {
            return Ok(differences);
        }
        // A row that a counter writes between these two statements is found by the sweep below.
        let units: Vec<_> = ahead.keys().copied().map(numbers).collect();
        // A back-fill touches tens of thousands of units, by name too many for a statement by default.
        client
            .query_raw(&shape.carry_over(*month, &units))
            .with_setting("wait_end_of_query", "1")
            .with_setting("max_query_size", QUERY_SIZE_MAX)
            .execute()
            .await
            .context("failed to carry over what was counted meanwhile")?;
        let rows: u64 = client
            .query_raw(&shape.count(*month))
            .fetch_one()
            .await
            .context("failed to count what was rebuilt")?;
        execute(client, &shape.swap(*month, rows == 0)).await?;
        let found = sweep_month(client, *table, month.number()).await?;
        recount(client, *table, &found).await?;
        bar.inc(1);
    }
    Ok(Vec::new())
}

/// Compares until nothing moves any more, or a few times: what the counter counts meanwhile is
/// counted again here.
async fn settle(client: &Client, table: Table, month: Month) -> anyhow::Result<Judgement> {
    let shape = Shape::of(table);
    let mut seen = BTreeMap::new();
    let mut rounds = 0;
    loop {
        let pairs = pairs(client, shape, month).await?;
        let judgement = judge(&pairs, shape.figures, &seen);
        if judgement.ahead.is_empty() || rounds == ROUNDS_MAX {
            return Ok(judgement);
        }
        into(client, table, &buckets(&judgement.ahead)).await?;
        // What was found wrong before stays in it.
        seen.extend(judgement.ahead);
        rounds += 1;
    }
}

/// Counts buckets in the side table. Whatever a counter counts meanwhile comes before it.
async fn into(client: &Client, table: Table, buckets: &Buckets) -> anyhow::Result<()> {
    let rebuilt = Shape::of(table).rebuilt();
    Ok(recount_into(client, table, &rebuilt, Priority::LAST, buckets).await?)
}

#[derive(Row, Deserialize)]
struct StoredRow {
    province: u8,
    served_on: u16,
    cell: u16,
}

/// The buckets of a month that have records.
async fn stored(client: &Client, month: Month) -> anyhow::Result<Buckets> {
    let statement = format!(
        "SELECT DISTINCT province, served_on, cell FROM records
WHERE toYYYYMM(served_on) = {} AND kind != 'quarantined'",
        month.number()
    );
    let rows: Vec<StoredRow> =
        client.query_raw(&statement).fetch_all().await.context("failed to list the buckets")?;
    let mut buckets = Buckets::new();
    for StoredRow { province, served_on, cell } in rows {
        let (province, day, cell) = unit(province, served_on, cell)?;
        buckets.entry((province, day)).or_insert(CellSet::EMPTY).insert(cell);
    }
    Ok(buckets)
}

#[derive(Row, Deserialize)]
struct PairRow {
    province: u8,
    day: u16,
    unit_cell: u16,
    name: String,
    live_label: u64,
    rebuilt_label: u64,
    live_values: Vec<String>,
    rebuilt_values: Vec<String>,
}

#[derive(Row, Deserialize)]
struct LabelRow {
    province: u8,
    day: u16,
    live_label: u64,
    rebuilt_label: u64,
}

async fn pairs(client: &Client, shape: Shape, month: Month) -> anyhow::Result<Vec<Pair>> {
    // The labels of days first: rows that are read later can only have seen more.
    let mut labels: BTreeMap<Unit, (u64, u64)> = BTreeMap::new();
    if let Some(statement) = shape.labels(month) {
        let rows: Vec<LabelRow> =
            client.query_raw(&statement).fetch_all().await.context("failed to read labels")?;
        for LabelRow { province, day, live_label, rebuilt_label } in rows {
            labels.insert(unit(province, day, 0)?, (live_label, rebuilt_label));
        }
    }
    let statement = shape.compare(month);
    let rows: Vec<PairRow> =
        client.query_raw(&statement).fetch_all().await.context("failed to compare")?;
    let pair = |row: PairRow| {
        Ok(Pair {
            unit: unit(row.province, row.day, row.unit_cell)?,
            key: row.name,
            live_label: row.live_label,
            rebuilt_label: row.rebuilt_label,
            live: row.live_values,
            rebuilt: row.rebuilt_values,
        })
    };
    let mut pairs: Vec<Pair> = rows.into_iter().map(pair).collect::<anyhow::Result<_>>()?;
    // A side without the row has the label of the unit all the same, if that was counted at all.
    for pair in &pairs {
        let (live, rebuilt) = labels.entry(pair.unit).or_default();
        *live = pair.live_label.max(*live);
        *rebuilt = pair.rebuilt_label.max(*rebuilt);
    }
    for pair in &mut pairs {
        (pair.live_label, pair.rebuilt_label) = labels[&pair.unit];
    }
    Ok(pairs)
}

fn unit(province: u8, day: u16, cell: u16) -> anyhow::Result<Unit> {
    let (province, day) = day_of_row(province, day)?;
    Ok((province, day, Cell::from_number(cell).context("a row of no cell")?))
}

fn numbers((province, day, cell): Unit) -> (u8, u16, u16) {
    (province.number(), day.days_since_epoch(), cell.number())
}

async fn execute(client: &Client, statement: &str) -> anyhow::Result<()> {
    let what = statement.lines().next().unwrap_or_default();
    let run = client.query_raw(statement).with_setting("wait_end_of_query", "1").execute();
    run.await.with_context(|| format!("failed: {what}"))
}
