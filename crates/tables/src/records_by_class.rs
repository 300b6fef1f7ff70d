//! The records below a cut by class, computed again from what is stored and not from any count.
//!
//! A class is a matter of all records of a service below the cut, so what is read is a function of the cut
//! alone, however much is loaded meanwhile.

use anyhow::Context;
use clickhouse::{Client, Row};
use domain::{Class, Month, Province, ServedOn};
use serde::Deserialize;

use crate::active_rule;
use crate::counting;
use crate::cut::Cut;

/// Records of which days are wanted: of all, unless something is named. What is quarantined has neither
/// a province nor a day and is never among them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selection {
    /// Only of this province.
    pub province: Option<Province>,
    /// Only of services of this month.
    pub month: Option<Month>,
}

/// A condition: the record is among those of the selection and lies below the cut.
fn among(selection: Selection, cut: &Cut) -> String {
    let Selection { province, month } = selection;
    let mut conditions = vec!["kind != 'quarantined'".to_owned()];
    conditions.extend(province.map(|province| format!("province = {}", province.number())));
    conditions.extend(month.map(|month| {
        format!("served_on >= '{}' AND served_on < '{}'", month.first_day(), month.end())
    }));
    conditions.push(cut.below());
    conditions.join(" AND ")
}

/// A day and how many records it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaySize {
    /// The province-level unit.
    pub province: Province,
    /// The day.
    pub served_on: ServedOn,
    /// Its records; one whose row is there twice is two.
    pub records: u64,
}

#[derive(Row, Deserialize)]
struct DaySizeRow {
    province: u8,
    day: u16,
    records: u64,
}

/// The days that have records, in the order of the key.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn days(
    client: &Client,
    selection: Selection,
    cut: &Cut,
) -> anyhow::Result<Vec<DaySize>> {
    let sql = format!(
        "SELECT province, toUInt16(served_on) AS day, count() AS records FROM records
WHERE {} GROUP BY province, served_on ORDER BY province, served_on",
        among(selection, cut)
    );
    let rows: Vec<DaySizeRow> =
        client.query_raw(&sql).fetch_all().await.context("failed to list the days")?;
    let size = |row: DaySizeRow| {
        let (province, served_on) = day(row.province, row.day)?;
        Ok(DaySize { province, served_on, records: row.records })
    };
    rows.into_iter().map(size).collect()
}

/// How many records of a source, a partition and a day have a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassCount {
    /// The province-level unit.
    pub province: Province,
    /// The day.
    pub served_on: ServedOn,
    /// The source that posted them.
    pub source: String,
    /// Our number of the topic.
    pub topic: u8,
    /// The partition.
    pub partition: u16,
    /// The class.
    pub class: Class,
    /// How many.
    pub records: u64,
}

#[derive(Row, Deserialize)]
struct ClassCountRow {
    province: u8,
    day: u16,
    source: String,
    topic: u8,
    partition: u16,
    class: String,
    reason: String,
    records: u64,
}

/// Classes the records of some days of a province by its active rule: all that one statement should sort.
///
/// # Errors
///
/// If ClickHouse does not answer, or a class or the rule is unknown: it must not pass for one that is
/// known.
pub async fn classes(
    client: &Client,
    province: Province,
    days: &[ServedOn],
    cut: &Cut,
) -> anyhow::Result<Vec<ClassCount>> {
    let rule = active_rule::known_of(client, province).await?;
    let sql = format!(
        "SELECT province, toUInt16(served_on) AS day, source, topic, partition, class, reason, count() AS records
FROM ({}) GROUP BY province, served_on, source, topic, partition, class, reason
SETTINGS enable_shared_storage_snapshot_in_query = 1",
        counting::classes(rule, &of_days(province, days, cut))
    );
    let rows: Vec<ClassCountRow> =
        client.query_raw(&sql).fetch_all().await.context("failed to class records")?;
    let count = |row: ClassCountRow| {
        let (province, served_on) = day(row.province, row.day)?;
        let class =
            Class::from_words(&row.class, &row.reason).context("a record has an unknown class")?;
        let ClassCountRow { source, topic, partition, records, .. } = row;
        Ok(ClassCount { province, served_on, source, topic, partition, class, records })
    };
    rows.into_iter().map(count).collect()
}

fn of_days(province: Province, days: &[ServedOn], cut: &Cut) -> String {
    let days = days.iter().map(|day| format!("'{day}'")).collect::<Vec<_>>().join(", ");
    let among = among(Selection { province: Some(province), month: None }, cut);
    format!("served_on IN ({days}) AND {among}")
}

/// How many different offsets of a source, a partition and a month are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCount {
    /// The province-level unit.
    pub province: Province,
    /// The month.
    pub month: Month,
    /// The source that posted them.
    pub source: String,
    /// Our number of the topic.
    pub topic: u8,
    /// The partition.
    pub partition: u16,
    /// How many.
    pub offsets: u64,
}

#[derive(Row, Deserialize)]
struct StoredCountRow {
    province: u8,
    first_day: u16,
    source: String,
    topic: u8,
    partition: u16,
    offsets: u64,
}

/// What is stored, without asking for classes.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn stored(
    client: &Client,
    selection: Selection,
    cut: &Cut,
) -> anyhow::Result<Vec<StoredCount>> {
    let sql = format!(
        "SELECT province, toUInt16(toStartOfMonth(served_on)) AS first_day, source, topic, partition, groupBitmap(offset) AS offsets
FROM records WHERE {} GROUP BY province, first_day, source, topic, partition",
        among(selection, cut)
    );
    let rows: Vec<StoredCountRow> =
        client.query_raw(&sql).fetch_all().await.context("failed to count the stored offsets")?;
    let count = |row: StoredCountRow| {
        let (province, first_day) = day(row.province, row.first_day)?;
        let StoredCountRow { source, topic, partition, offsets, .. } = row;
        Ok(StoredCount { province, month: first_day.month(), source, topic, partition, offsets })
    };
    rows.into_iter().map(count).collect()
}

fn day(province: u8, day: u16) -> anyhow::Result<(Province, ServedOn)> {
    let province = Province::from_number(province).context("a row of no province")?;
    Ok((province, ServedOn::from_days_since_epoch(day).context("a row of no day")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_selected_by_the_beginning_of_their_key_and_below_the_cut() {
        let cut: Cut = [((2, 3), 9)].into_iter().collect();
        let province = "440000".parse().expect("a province");
        let days = ["2023-07-01", "2023-07-02"].map(|day| day.parse().expect("a day"));
        let condition = of_days(province, &days, &cut);
        let begin = "served_on IN ('2023-07-01', '2023-07-02') AND kind != 'quarantined' AND province = 44 AND offset < transform(";
        assert!(condition.starts_with(begin), "{condition}");
    }
}
