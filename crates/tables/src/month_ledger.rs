//! What the counter has classed of one month of one province: small tables, whose size does not grow with
//! the records of a month but with its days, sources and partitions.

use clickhouse::Row;
use domain::{ProvinceMonth, SourceId};
use serde::Deserialize;

use crate::counts::{Table, held};

/// Class, reason, records.
pub type ClassLine = (String, String, u64);

/// Topic, class, reason, records.
pub type TopicLine = (u8, String, String, u64);

/// The only row that [`classes`] gives.
#[derive(Row, Deserialize)]
pub struct ClassesRow {
    /// Day, label, lines by topic.
    pub days: Vec<(u16, u64, Vec<TopicLine>)>,
    /// Source, topic, partition, records, lines; topic and partition are 0 if rows are sources.
    pub sources: Vec<(String, u8, u16, u64, Vec<ClassLine>)>,
    /// How many sources there are on all pages.
    pub total_rows: u64,
    /// Records of all days that were classed.
    pub records: u64,
    /// Of these, those that are simulated.
    pub simulated: u64,
    /// When Kafka took the latest of them, in seconds since 1970; 0 is not known.
    pub records_through: u32,
}

/// A row that [`figures`] gives.
#[derive(Row, Deserialize)]
pub struct FiguresRow {
    /// Days since 1970-01-01.
    pub day: u16,
    /// Records that the figures were counted from.
    pub records: u64,
    /// Reviews that count.
    pub counted: u64,
    /// Services.
    pub services: u64,
    /// Of the records, those that are simulated.
    pub simulated: u64,
    /// When Kafka took the latest record, in seconds since 1970; 0 is not known.
    pub records_through: u32,
}

/// Which sources are wanted.
#[derive(Clone, Copy, Debug)]
pub struct SourcesPage {
    /// Whether a row is a source within a partition, and not a source.
    pub by_partition: bool,
    /// Only this source.
    pub source: Option<SourceId>,
    /// At most so many rows.
    pub limit: u32,
    /// So many rows are left out.
    pub offset: u32,
}

fn which(rule: u16, of: ProvinceMonth) -> String {
    let ProvinceMonth { province, month } = of;
    format!(
        "rule = {rule} AND province = {} AND served_on >= '{}' AND served_on < '{}'",
        province.number(),
        month.first_day(),
        month.end()
    )
}

/// Days and sources by class, in one statement, so that both see the same rows. Gives one
/// [`ClassesRow`]. Of a day only rows with its greatest label hold.
pub fn classes(rule: u16, of: ProvinceMonth, page: SourcesPage) -> String {
    let SourcesPage { by_partition, source, limit, offset } = page;
    let (topic, partition) =
        if by_partition { ("topic", "partition") } else { ("toUInt8(0)", "toUInt16(0)") };
    let of_source = |source: SourceId| format!("WHERE source = '{source}'");
    let of_source = source.map(of_source).unwrap_or_default();
    let held = held(Table::ClassCounts, &which(rule, of));
    format!(
        "WITH held AS ({held})
SELECT days, sources, total_rows, records_of_all AS records, simulated_of_all AS simulated, through_of_all AS records_through FROM
(
    SELECT groupArray((day, label, lines)) AS days, sum(label) AS records_of_all,
        sum(simulated_of_day) AS simulated_of_all, max(through) AS through_of_all
    FROM
    (
        SELECT toUInt16(served_on) AS day, any(generation) AS label,
            max(simulated_of_day) AS simulated_of_day, max(through) AS through,
            groupArray((topic, word, why, n)) AS lines
        FROM
        (
            SELECT served_on, generation, topic, toString(class) AS word, toString(reason) AS why, sum(records) AS n,
                max(held.simulated) AS simulated_of_day, max(held.records_through) AS through
            FROM held GROUP BY served_on, generation, topic, class, reason
        )
        GROUP BY served_on
    )
) AS by_day
CROSS JOIN
(
    SELECT arraySlice(arraySort(row -> (-row.4, row.1, row.2, row.3), groupArray((who, topic_of, partition_of, sum_of, lines))), {offset} + 1, {limit}) AS sources,
        count() AS total_rows
    FROM
    (
        SELECT who, topic_of, partition_of, sum(n) AS sum_of, groupArray((word, why, n)) AS lines FROM
        (
            SELECT toString(source) AS who, {topic} AS topic_of, {partition} AS partition_of,
                toString(class) AS word, toString(reason) AS why, sum(records) AS n
            FROM held {of_source} GROUP BY who, topic_of, partition_of, word, why
        )
        GROUP BY who, topic_of, partition_of
    )
) AS by_source
SETTINGS enable_shared_storage_snapshot_in_query = 1"
    )
}

/// The figures of each day, as [`FiguresRow`].
pub fn figures(rule: u16, of: ProvinceMonth) -> String {
    format!(
        "SELECT toUInt16(served_on) AS day, sum(counts.generation) AS records,
    sum(arraySum(mapValues(counts.reviews))) AS counted, sum(counts.services) AS services,
    sum(counts.simulated) AS simulated, max(counts.records_through) AS records_through
FROM ({}) AS counts GROUP BY day",
        held(Table::Counts, &which(rule, of))
    )
}
