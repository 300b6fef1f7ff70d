//! Tables of counts beside the live ones: made, compared with them, and swapped in.
//!
//! It reads and moves rows. What a difference means is decided by whoever rebuilds.

mod shape;

use std::collections::BTreeMap;

use anyhow::Context;
use clickhouse::{Client, Row};
use domain::{Cell, Month, Province, ServedOn};
use serde::Deserialize;
use strum::VariantArray;

use self::shape::Shape;
use crate::QUERY_SIZE_MAX;
use crate::buckets::{cell_of_row, day_of_row};
use crate::counts::Table;
use crate::rule::Rule;
use crate::topology::Topology;

/// The unit of a recount: a cell of a day or of a month, or a whole day (whose cell is 0).
pub type Unit = (Province, ServedOn, Cell);

/// A row that differs between the tables. A side without the row has no values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What it is a row of.
    pub unit: Unit,
    /// The rest of the key, readable for people.
    pub key: String,
    /// The label of the live unit; 0 if it was never counted.
    pub live_label: u64,
    /// The label of the rebuilt unit; 0 if it was never counted.
    pub rebuilt_label: u64,
    /// The figures of the live row, in the order of [`figures`].
    pub live: Vec<String>,
    /// The same of the rebuilt row.
    pub rebuilt: Vec<String>,
}

/// The columns of a table that were counted.
pub fn figures(table: Table) -> &'static [&'static str] {
    Shape::of(table).figures
}

/// The name of the table beside a live one.
pub fn rebuilt(table: Table) -> String {
    Shape::of(table).rebuilt()
}

/// The months that have stored or counted rows.
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

/// Makes the side tables, empty. What a rebuild has left that died is thrown away.
///
/// # Errors
///
/// If ClickHouse refuses.
pub async fn begin(client: &Client) -> anyhow::Result<()> {
    end(client).await?;
    for table in Table::VARIANTS {
        Topology::default()
            .define(client, &format!("CREATE TABLE {} AS {table}", rebuilt(*table)))
            .await?;
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
        Topology::default()
            .define(client, &format!("DROP TABLE IF EXISTS {} SYNC", rebuilt(*table)))
            .await?;
    }
    Ok(())
}

/// Puts a rebuilt month in the place of the live one, at once, for these rules. Rows of other rules and
/// units that were counted meanwhile are brought over first.
///
/// # Errors
///
/// If ClickHouse refuses.
pub async fn swap(
    client: &Client,
    table: Table,
    rules: &[Rule],
    month: Month,
    counted_meanwhile: &[(Rule, Unit)],
) -> anyhow::Result<()> {
    let shape = Shape::of(table);
    // A back-fill touches tens of thousands of units. Their names exceed the default size of a
    // statement.
    client
        .query_raw(&shape.carry_over(rules, month, counted_meanwhile))
        .with_setting("wait_end_of_query", "1")
        .with_setting("max_query_size", QUERY_SIZE_MAX)
        .execute()
        .await
        .context("failed to carry over what was counted meanwhile")?;
    let rows: u64 = client
        .query_raw(&shape.count(month))
        .fetch_one()
        .await
        .context("failed to count what was rebuilt")?;
    Topology::default().define(client, &shape.swap(month, rows == 0)).await
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

/// The rows of a month by a rule that are not the same in both tables, in the order of the key.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn pairs(
    client: &Client,
    table: Table,
    rule: Rule,
    month: Month,
) -> anyhow::Result<Vec<Pair>> {
    let shape = Shape::of(table);
    // The labels of days first: rows that are read later can only have seen more.
    let mut labels: BTreeMap<Unit, (u64, u64)> = BTreeMap::new();
    if let Some(statement) = shape.labels(rule, month) {
        let rows: Vec<LabelRow> =
            client.query_raw(&statement).fetch_all().await.context("failed to read labels")?;
        for LabelRow { province, day, live_label, rebuilt_label } in rows {
            labels.insert(unit(province, day, 0)?, (live_label, rebuilt_label));
        }
    }
    let statement = shape.compare(rule, month);
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
    // A side without the row nevertheless has the label of the unit, if that was counted at all.
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
    Ok((province, day, cell_of_row(cell)?))
}
