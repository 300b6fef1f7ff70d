//! Creates, fills, compares and swaps the table of records that is rebuilt next to the live one.
//!
//! It reads and moves rows. The caller decides what a difference means.

use std::collections::BTreeMap;

use anyhow::Context;
use clickhouse::{Client, Row};
use domain::Position;
use serde::Deserialize;

use crate::layout::RECORDS;
use crate::partition_numbers::{Part, number_of_partition};
use crate::topology::Topology;

/// The table beside the live one. From the swap on it holds the old rows.
pub const REBUILT: &str = "records_rebuilt";

/// The most rows of a day that are compared one by one.
const ROWS_MAX: usize = 2_000;

/// Rows of one partition of the table and the beginning of its key.
const IS_QUARANTINED: &str = "province = 0 AND served_on = '1970-01-01' AND kind = 'quarantined'";

/// Creates the table, empty. What an interrupted rebuild has left is dropped.
///
/// # Errors
///
/// If ClickHouse refuses.
pub async fn create(client: &Client) -> anyhow::Result<()> {
    drop(client).await?;
    Topology::default().define(client, &format!("CREATE TABLE {REBUILT} AS {RECORDS}")).await
}

/// Drops the table.
///
/// # Errors
///
/// If ClickHouse refuses.
pub async fn drop(client: &Client) -> anyhow::Result<()> {
    Topology::default().define(client, &format!("DROP TABLE IF EXISTS {REBUILT} SYNC")).await
}

/// Puts the rebuilt records in the place of the live ones, at once.
///
/// # Errors
///
/// If ClickHouse refuses.
pub async fn swap(client: &Client) -> anyhow::Result<()> {
    Topology::default().define(client, &format!("EXCHANGE TABLES {RECORDS} AND {REBUILT}")).await
}

#[derive(Row, Deserialize)]
struct PartRow {
    topic: u8,
    partition: u16,
}

/// The partitions of Kafka of which live rows are stored.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn stored_partitions(client: &Client) -> anyhow::Result<Vec<Part>> {
    let rows: Vec<PartRow> = client
        .query("SELECT DISTINCT topic, partition FROM records")
        .fetch_all()
        .await
        .context("failed to list the stored partitions")?;
    Ok(rows.into_iter().map(|PartRow { topic, partition }| (topic, partition)).collect())
}

/// Live rows whose records Kafka no longer has, given the first offset that it has of each partition;
/// or never had under the topics of today.
fn gone(firsts: &BTreeMap<Part, u64>) -> String {
    format!("offset < {}", number_of_partition(firsts, u64::MAX))
}

/// Copies the live rows whose records Kafka no longer has, as they are, and returns how many they are.
/// `firsts` has the first offset that Kafka has of each partition.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn carry_over(client: &Client, firsts: &BTreeMap<Part, u64>) -> anyhow::Result<u64> {
    let gone = gone(firsts);
    let carried_over = client
        .query_raw(&format!("SELECT count() FROM {RECORDS} FINAL WHERE {gone}"))
        .fetch_one()
        .await
        .context("failed to count what Kafka no longer has")?;
    // One insert may touch few partitions by default; these rows may be of many months.
    client
        .query_raw(&format!("INSERT INTO {REBUILT} SELECT * FROM {RECORDS} FINAL WHERE {gone}"))
        .with_setting("wait_end_of_query", "1")
        .with_setting("max_partitions_per_insert_block", "0")
        .execute()
        .await
        .context("failed to carry over what Kafka no longer has")?;
    Ok(carried_over)
}

/// Offsets of partitions whose rows must be the same in both tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparable {
    /// The first offset of each partition.
    pub firsts: BTreeMap<Part, u64>,
    /// The offset behind the last one of each partition.
    pub ends: BTreeMap<Part, u64>,
}

impl Comparable {
    /// As a condition. Rows of other partitions are carried over, so they are the same by themselves.
    fn condition(&self) -> String {
        let Self { firsts, ends } = self;
        let number = |numbers| number_of_partition(numbers, 0);
        format!("offset >= {} AND offset < {}", number(firsts), number(ends))
    }

    /// Rows of a table that are compared. A replayed record still has its quarantined row beside the
    /// new one; that is no fault of either.
    fn rows(&self, table: &str) -> String {
        format!(
            "{table} FINAL WHERE {} AND NOT ({IS_QUARANTINED} AND position IN (SELECT position FROM {REBUILT}
        WHERE kind != 'quarantined' AND position IN (SELECT position FROM {RECORDS} WHERE {IS_QUARANTINED})))",
            self.condition()
        )
    }

    /// A checksum of each day of a table.
    fn checksums(&self, table: &str) -> String {
        format!(
            "SELECT province, served_on, count() AS n, sum(cityHash64(*)) AS checksum FROM {} GROUP BY province, served_on",
            self.rows(table)
        )
    }

    /// The days whose checksums differ.
    fn days(&self) -> String {
        format!(
            "SELECT province, toUInt16(served_on) FROM ({}) AS live FULL JOIN ({}) AS rebuilt USING (province, served_on)
WHERE live.n != rebuilt.n OR live.checksum != rebuilt.checksum ORDER BY province, served_on",
            self.checksums(RECORDS),
            self.checksums(REBUILT)
        )
    }

    /// The rows of a day that are in one table only.
    fn only_in(&self, table: &str, day: &str, columns: &[String]) -> String {
        let is_rebuilt = table == REBUILT;
        let other = if is_rebuilt { RECORDS } else { REBUILT };
        let values: Vec<_> = columns.iter().map(|column| format!("toString({column})")).collect();
        format!(
            "SELECT topic, partition, offset, {is_rebuilt} AS is_rebuilt, [{values}] AS values FROM {rows} AND {day}
AND cityHash64(*) NOT IN (SELECT cityHash64(*) FROM {others} AND {day}) ORDER BY topic, partition, offset LIMIT {ROWS_MAX}",
            values = values.join(", "),
            rows = self.rows(table),
            others = self.rows(other)
        )
    }
}

/// A row that is in one of both tables only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneSided {
    /// The record.
    pub position: Position,
    /// Whether it is in the rebuilt table, and not in the live one.
    pub is_rebuilt: bool,
    /// The values of its columns, as text, in the order of [`Comparison::columns`].
    pub values: Vec<String>,
}

/// What a comparison has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The names of the stored columns.
    pub columns: Vec<String>,
    /// The rows that are in one table only, of each day and table at most [`ROWS_MAX`].
    pub rows: Vec<OneSided>,
}

#[derive(Row, Deserialize)]
struct OneSidedRow {
    topic: u8,
    partition: u16,
    offset: u64,
    is_rebuilt: bool,
    values: Vec<String>,
}

/// Compares both tables: checksums of days first, and then the rows of the days that differ.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn compare(client: &Client, comparable: &Comparable) -> anyhow::Result<Comparison> {
    let days: Vec<(u8, u16)> =
        client.query_raw(&comparable.days()).fetch_all().await.context("failed to compare days")?;
    let columns = columns(client).await?;
    let mut rows = Vec::new();
    for (province, day) in days {
        let day = format!("province = {province} AND served_on = toDate({day})");
        for table in [RECORDS, REBUILT] {
            let statement = comparable.only_in(table, &day, &columns);
            let found: Vec<OneSidedRow> =
                client.query_raw(&statement).fetch_all().await.context("failed to compare rows")?;
            rows.extend(found.into_iter().map(|row| OneSided {
                position: Position {
                    topic: row.topic,
                    partition: row.partition,
                    offset: row.offset,
                },
                is_rebuilt: row.is_rebuilt,
                values: row.values,
            }));
        }
    }
    Ok(Comparison { columns, rows })
}

/// The columns that are stored.
async fn columns(client: &Client) -> anyhow::Result<Vec<String>> {
    client
        .query(
            "SELECT name FROM system.columns
WHERE database = currentDatabase() AND table = 'records' AND default_kind != 'ALIAS' ORDER BY position",
        )
        .fetch_all()
        .await
        .context("failed to list the columns")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_below_the_first_offset_are_gone_and_those_not_committed_are_not_compared() {
        let firsts = BTreeMap::from([((2, 1), 5)]);
        let ends = BTreeMap::from([((2, 1), 8)]);
        assert!(gone(&firsts).contains("[5]::Array(UInt64), 18446744073709551615::UInt64)"));
        let comparable = Comparable { firsts, ends }.condition();
        assert!(comparable.contains("[131073]"), "{comparable}");
        assert!(comparable.starts_with("offset >= "), "{comparable}");
        assert!(comparable.ends_with("[8]::Array(UInt64), 0::UInt64)"), "{comparable}");
    }
}
