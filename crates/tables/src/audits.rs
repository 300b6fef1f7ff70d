//! What audits have seen in each partition: the table `audits`. Of each partition the latest row holds.
//!
//! Columns hold evidence alone. What is concluded from it is stored nowhere.

use std::collections::BTreeMap;

use anyhow::Context;
use clickhouse::{Client, Row};
use domain::EpochSeconds;
use serde::{Deserialize, Serialize};

/// A row of the table, as it is written.
#[derive(Clone, Debug, Row, Serialize)]
pub struct AuditRow {
    /// Our number of the topic.
    pub topic: u8,
    /// The partition.
    pub partition: u16,
    /// When, in seconds since 1970.
    pub audited_at: u32,
    /// The lowest offset that the database answers for.
    pub first: u64,
    /// The offset below which everything must be stored.
    pub cut: u64,
    /// The offset that the next record gets.
    pub end: u64,
    /// Different offsets that are stored.
    pub stored: u64,
    /// Offsets that Kafka gave to no record.
    pub gaps: u64,
    /// Offsets that have a record in Kafka and none in the database.
    pub missing: u64,
    /// Records that are stored under two keys.
    pub doubled: u64,
    /// Whether Kafka holds something other than the last stored record.
    pub differs: bool,
    /// Quarantined records on which nobody has decided; `None` only in rows of earlier versions.
    pub quarantined: Option<u64>,
    /// Quarantined records that were given up; `None` as before.
    pub discarded: Option<u64>,
}

/// Notes what an audit has seen.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn note(client: &Client, rows: &[AuditRow]) -> anyhow::Result<()> {
    let mut insert =
        client.insert::<AuditRow>("audits").await.context("failed to note an audit")?;
    for row in rows {
        insert.write(row).await.context("failed to note an audit")?;
    }
    insert.end().await.context("failed to note an audit")
}

#[derive(Row, Deserialize)]
struct FirstRow {
    topic: u8,
    partition: u16,
    first: u64,
}

/// The lowest offset of each partition that an earlier audit has answered for.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn answered_from(client: &Client) -> anyhow::Result<BTreeMap<(u8, u16), u64>> {
    let rows: Vec<FirstRow> = client
        .query_raw("SELECT topic, partition, first FROM audits FINAL")
        .fetch_all()
        .await
        .context("failed to read the earlier audits")?;
    Ok(rows.into_iter().map(|row| ((row.topic, row.partition), row.first)).collect())
}

/// A registered topic and a partition of it, with the last audit of it if there was one lately.
#[derive(Clone, Debug, Row, Deserialize)]
pub struct LatelyAuditedRow {
    /// Our number of the topic.
    pub number: u8,
    /// The full name of the topic.
    pub name: String,
    /// The partition; 0 if no partition of the topic was audited lately.
    pub partition: u16,
    /// When, in seconds since 1970; 0 as before.
    pub audited_at: u32,
    /// As [`AuditRow::first`].
    pub first: u64,
    /// As [`AuditRow::cut`].
    pub cut: u64,
    /// As [`AuditRow::end`].
    pub end: u64,
    /// As [`AuditRow::stored`].
    pub stored: u64,
    /// As [`AuditRow::gaps`].
    pub gaps: u64,
    /// As [`AuditRow::missing`].
    pub missing: u64,
    /// As [`AuditRow::doubled`].
    pub doubled: u64,
    /// As [`AuditRow::differs`].
    pub differs: bool,
    /// As [`AuditRow::quarantined`].
    pub quarantined: Option<u64>,
    /// As [`AuditRow::discarded`].
    pub discarded: Option<u64>,
}

/// How long an audit counts. What an auditor found that has been silent since says nothing about now.
const AUDIT_AGE_MAX_S: u32 = 3_600;

/// All registered topics, each with what was seen in its partitions within the hour before `now`, as
/// [`LatelyAuditedRow`].
pub fn lately_audited(now: EpochSeconds) -> String {
    let since = now.get().saturating_sub(AUDIT_AGE_MAX_S);
    format!(
        "SELECT topics.number AS number, topics.name AS name, partition,
    toUInt32(audited_at) AS audited_at, first, cut, end, stored, gaps, missing, doubled, differs, quarantined, discarded
FROM topics FINAL LEFT JOIN
    (SELECT * FROM audits FINAL WHERE audited_at > fromUnixTimestamp({since})) AS audits
    ON audits.topic = topics.number
ORDER BY number, partition"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_auditor_found_counts_for_an_hour() {
        let statement = lately_audited(EpochSeconds::new(10_000));
        assert!(statement.contains("audited_at > fromUnixTimestamp(6400)"), "{statement}");
    }
}
