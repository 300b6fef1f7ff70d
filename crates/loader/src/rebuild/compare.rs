//! Lays the live records beside the rebuilt ones, row by row: as checksums of days first, and then the
//! rows of the days that differ. What differs is named by column, never by value.

use std::collections::BTreeMap;

use anyhow::Context;
use clickhouse::{Client, Row};
use domain::Position;
use serde::Deserialize;

use super::spans::Spans;

/// The most rows of a day that are told apart.
const ROWS_MAX: usize = 2_000;

/// A record that is not the same row in both tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordDifference {
    /// The record.
    pub position: Position,
    /// What is wrong with the live row.
    pub fault: Fault,
}

/// What is wrong with a live row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is none.
    Missing,
    /// There is one that no record of Kafka makes: of no record, or under a key that it does not have.
    Surplus,
    /// There is one, and these columns differ.
    Differs(Vec<String>),
    /// There are several, and none of them is right.
    Several,
}

/// A row of one of both tables.
#[derive(Clone, Debug, PartialEq, Eq, Row, Deserialize)]
pub(crate) struct Side {
    topic: u8,
    partition: u16,
    offset: u64,
    is_rebuilt: bool,
    values: Vec<String>,
}

/// The live rows and the rebuilt ones of a position.
type Sides<'s> = (Vec<&'s Side>, Vec<&'s Side>);

/// Decides what is wrong, from the rows that are in one table only. No IO.
pub(crate) fn faults(sides: &[Side], columns: &[String]) -> Vec<RecordDifference> {
    let mut by_position: BTreeMap<Position, Sides> = BTreeMap::new();
    for side in sides {
        let Side { topic, partition, offset, .. } = *side;
        let (live, rebuilt) = by_position.entry(Position { topic, partition, offset }).or_default();
        if side.is_rebuilt { rebuilt.push(side) } else { live.push(side) }
    }
    let fault = |(position, (live, rebuilt)): (Position, Sides)| {
        let fault = match (&live[..], &rebuilt[..]) {
            ([], _) => Fault::Missing,
            ([_], []) => Fault::Surplus,
            ([live], [rebuilt]) => {
                let values = live.values.iter().zip(&rebuilt.values);
                let differing =
                    columns.iter().zip(values).filter(|(_, (live, rebuilt))| live != rebuilt);
                Fault::Differs(differing.map(|(column, _)| column.clone()).collect())
            }
            _ => Fault::Several,
        };
        RecordDifference { position, fault }
    };
    by_position.into_iter().map(fault).collect()
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

/// All differences, of each day at most as many as can be told apart.
pub(crate) async fn compare(
    client: &Client,
    rebuilt: &str,
    spans: &Spans,
) -> anyhow::Result<Vec<RecordDifference>> {
    let comparable = spans.comparable();
    // A record that was replayed has its old row beside the new one; that is no fault of either.
    let is_quarantined = "province = 0 AND served_on = '1970-01-01' AND kind = 'quarantined'";
    let is_replayed = format!(
        "{is_quarantined} AND position IN (SELECT position FROM {rebuilt}
        WHERE kind != 'quarantined' AND position IN (SELECT position FROM records WHERE {is_quarantined}))"
    );
    let rows = |from: &str| format!("{from} FINAL WHERE {comparable} AND NOT ({is_replayed})");
    let sums = |from: &str| {
        format!(
            "SELECT province, served_on, count() AS n, sum(cityHash64(*)) AS checksum FROM {} GROUP BY province, served_on",
            rows(from)
        )
    };
    let days = format!(
        "SELECT province, toUInt16(served_on) FROM ({}) AS live FULL JOIN ({}) AS rebuilt USING (province, served_on)
WHERE live.n != rebuilt.n OR live.checksum != rebuilt.checksum ORDER BY province, served_on",
        sums("records"),
        sums(rebuilt)
    );
    let days: Vec<(u8, u16)> =
        client.query_raw(&days).fetch_all().await.context("failed to compare days")?;
    let columns = columns(client).await?;
    let mut sides = Vec::new();
    for (province, day) in days {
        let day = format!("province = {province} AND served_on = toDate({day})");
        let values: Vec<_> = columns.iter().map(|column| format!("toString({column})")).collect();
        let only = |from: &str, other: &str, is_rebuilt: bool| {
            format!(
                "SELECT topic, partition, offset, {is_rebuilt} AS is_rebuilt, [{values}] AS values FROM {rows} AND {day}
AND cityHash64(*) NOT IN (SELECT cityHash64(*) FROM {others} AND {day}) ORDER BY topic, partition, offset LIMIT {ROWS_MAX}",
                values = values.join(", "),
                rows = rows(from),
                others = rows(other)
            )
        };
        for statement in [only("records", rebuilt, false), only(rebuilt, "records", true)] {
            let rows: Vec<Side> =
                client.query_raw(&statement).fetch_all().await.context("failed to compare rows")?;
            sides.extend(rows);
        }
    }
    Ok(faults(&sides, &columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(offset: u64, is_rebuilt: bool, level: &str) -> Side {
        Side { topic: 2, partition: 0, offset, is_rebuilt, values: vec!["44".into(), level.into()] }
    }

    #[test]
    fn each_record_that_differs_is_named_once_with_what_is_wrong() {
        let columns = ["province".to_owned(), "level".to_owned()];
        let sides = [
            side(1, true, "satisfied"),
            side(2, false, "satisfied"),
            side(3, false, "satisfied"),
            side(3, true, "dissatisfied"),
            side(4, false, "satisfied"),
            side(4, false, "dissatisfied"),
            side(4, true, "very_satisfied"),
        ];
        let faults: Vec<_> =
            faults(&sides, &columns).into_iter().map(|it| (it.position.offset, it.fault)).collect();
        assert_eq!(
            faults,
            [
                (1, Fault::Missing),
                (2, Fault::Surplus),
                (3, Fault::Differs(vec!["level".to_owned()])),
                (4, Fault::Several),
            ]
        );
    }
}
