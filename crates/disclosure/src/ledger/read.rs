//! Reads what the ledger is made of: small tables, whose size does not grow with the records of a
//! month but with its days, sources and partitions.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context;
use clickhouse::Row;
use domain::{COUNTING_RULE, Class, EpochSeconds, Month, Province, ServedOn, SourceId};
use serde::Deserialize;
use topics::Topic;

use super::{Audit, AuditedPartition, FiguresDay, Known, LedgerDay, SourceRow, Sources, Tally};
use crate::resource::{LedgerCut, LedgerRow, RowRange};
use crate::store::{Fault, Store};

/// Class, reason, records.
type ClassLine = (String, String, u64);

/// Topic, class, reason, records.
type TopicLine = (u8, String, String, u64);

#[derive(Row, Deserialize)]
struct ClassCountsRow {
    /// Day, label, lines by topic.
    days: Vec<(u16, u64, Vec<TopicLine>)>,
    /// Source, topic, partition, records, lines.
    sources: Vec<(String, u8, u16, u64, Vec<ClassLine>)>,
    total_rows: u64,
}

#[derive(Row, Deserialize)]
struct FiguresRow {
    day: u16,
    records: u64,
    counted: u64,
    services: u64,
}

#[derive(Row, Deserialize)]
struct TopicRow {
    number: u8,
    name: String,
    partition: u16,
    /// 1970 if no partition of the topic was ever audited.
    audited_at: u32,
    first: u64,
    cut: u64,
    end: u64,
    stored: u64,
    gaps: u64,
    missing: u64,
}

#[derive(Row, Deserialize)]
struct QuarantinedRow {
    quarantined: u64,
    discarded: u64,
}

/// Reads what is known of a month; sources as they are cut and sliced.
pub(crate) async fn read(
    store: &Store,
    province: Province,
    month: Month,
    cut: &LedgerCut,
    slice: RowRange,
) -> Result<Known, Fault> {
    let class_counts = store.query(&class_counts(province, month, cut, slice));
    let figures = "SELECT toUInt16(served_on) AS day, sum(counts.generation) AS records, \
                       sum(arraySum(mapValues(counts.reviews))) AS counted, \
                       sum(counts.services) AS services \
                   FROM counts FINAL \
                   WHERE rule = ? AND province = ? AND served_on >= ? AND served_on < ? \
                   GROUP BY day";
    // What an auditor said that has fallen silent since says nothing of now.
    let audits = "SELECT topics.number AS number, topics.name AS name, partition, \
                      toUInt32(audited_at) AS audited_at, first, cut, end, stored, gaps, missing \
                  FROM topics FINAL LEFT JOIN \
                      (SELECT * FROM audits FINAL WHERE audited_at > now() - INTERVAL 1 HOUR) AS audits \
                      ON audits.topic = topics.number \
                  ORDER BY number, partition";
    // They have neither a province nor a month.
    let quarantined = "SELECT uniqExactIf(position, NOT is_discarded) AS quarantined, \
                           uniqExactIf(position, is_discarded) AS discarded \
                       FROM (SELECT position, (topic, partition, offset) IN \
                               (SELECT topic, partition, offset FROM quarantine WHERE entry = 'discarded') AS is_discarded \
                           FROM records \
                           WHERE province = 0 AND served_on = '1970-01-01' AND kind = 'quarantined')";
    let (class_counts, figures, topics, quarantined) = tokio::try_join!(
        store.fetch::<ClassCountsRow>("ledger", class_counts),
        store.fetch::<FiguresRow>("ledger_figures", {
            store
                .query(figures)
                .bind(COUNTING_RULE)
                .bind(province.number())
                .bind(month.first_day().to_string())
                .bind(month.end().to_string())
        }),
        store.fetch::<TopicRow>("ledger_audits", store.query(audits)),
        store.fetch::<QuarantinedRow>("ledger_quarantined", store.query(quarantined)),
    )?;
    known(class_counts, figures, &topics, &quarantined).map_err(Fault::Broken)
}

/// One statement for the days and the sources, so that both see the same rows. Of a day only rows
/// with its greatest label hold.
fn class_counts(province: Province, month: Month, cut: &LedgerCut, slice: RowRange) -> String {
    let (topic, partition) = match cut.by {
        LedgerRow::Source => ("toUInt8(0)", "toUInt16(0)"),
        LedgerRow::Partition => ("topic", "partition"),
    };
    let of_source = |source: SourceId| format!("WHERE source = '{source}'");
    let of_source = cut.source.map(of_source).unwrap_or_default();
    let which = format!(
        "rule = {COUNTING_RULE} AND province = {} AND served_on >= '{}' AND served_on < '{}'",
        province.number(),
        month.first_day(),
        month.end()
    );
    format!(
        "WITH held AS
(
    SELECT * FROM class_counts FINAL
    WHERE {which} AND (served_on, generation) IN
        (SELECT served_on, max(generation) FROM class_counts WHERE {which} GROUP BY served_on)
)
SELECT days, sources, total_rows FROM
(
    SELECT groupArray((day, label, lines)) AS days FROM
    (
        SELECT toUInt16(served_on) AS day, any(generation) AS label,
            groupArray((topic, word, why, n)) AS lines
        FROM
        (
            SELECT served_on, generation, topic, toString(class) AS word, toString(reason) AS why, sum(records) AS n
            FROM held GROUP BY served_on, generation, topic, class, reason
        )
        GROUP BY served_on
    )
) AS by_day
CROSS JOIN
(
    SELECT arraySlice(arraySort(row -> (-row.4, row.1, row.2, row.3), groupArray((who, topic_of, partition_of, sum_of, lines))), {} + 1, {}) AS sources,
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
SETTINGS enable_shared_storage_snapshot_in_query = 1",
        slice.offset, slice.limit
    )
}

/// From rows to what they mean. A word that this version does not know cannot be left out silently.
fn known(
    mut class_counts: Vec<ClassCountsRow>,
    figures: Vec<FiguresRow>,
    topics: &[TopicRow],
    quarantined: &[QuarantinedRow],
) -> anyhow::Result<Known> {
    let names = topics.iter().map(|row| Ok((row.number, topic_of(&row.name)?)));
    let names: HashMap<u8, Topic> = names.collect::<anyhow::Result<_>>()?;
    let topic = |number: u8| names.get(&number).copied().context("a topic without a name");
    let class_counts = class_counts.pop().context("no answer about classes")?;
    let quarantined = quarantined.first().context("no answer about quarantine")?;

    let mut ledger = BTreeMap::new();
    for (day, records, lines) in class_counts.days {
        let mut of_day = LedgerDay { records, topics: BTreeMap::new() };
        for (number, word, reason, records) in lines {
            let tally: &mut Tally = of_day.topics.entry(topic(number)?).or_default();
            *tally.entry(Class::from_words(&word, &reason)?).or_default() += records;
        }
        ledger.insert(ServedOn::from_days_since_epoch(day)?, of_day);
    }
    let mut rows = Vec::new();
    for (source, number, partition, records, lines) in class_counts.sources {
        let at = if number == 0 { None } else { Some((topic(number)?, partition)) };
        let lines = lines
            .into_iter()
            .map(|(word, reason, records)| Ok((Class::from_words(&word, &reason)?, records)));
        let tally = lines.collect::<anyhow::Result<_>>()?;
        rows.push(SourceRow { source, at, records, tally });
    }
    let figures = figures.into_iter().map(|row| {
        let FiguresRow { day, records, counted, services } = row;
        Ok((ServedOn::from_days_since_epoch(day)?, FiguresDay { records, counted, services }))
    });
    Ok(Known {
        ledger,
        figures: figures.collect::<anyhow::Result<_>>()?,
        sources: Sources { rows, total_rows: class_counts.total_rows },
        audit: audit(topics)?,
        quarantined: quarantined.quarantined,
        discarded: quarantined.discarded,
    })
}

/// The audit; nothing if it has not reached every topic of events.
fn audit(rows: &[TopicRow]) -> anyhow::Result<Option<Audit>> {
    let rows = rows.iter().map(|row| Ok((topic_of(&row.name)?, row)));
    let mut rows = rows.collect::<anyhow::Result<Vec<_>>>()?;
    rows.retain(|(topic, _)| Topic::LOADED.contains(topic));
    if rows.is_empty() || rows.iter().any(|(_, row)| row.audited_at == 0) {
        return Ok(None);
    }
    let partition = |(topic, row): (Topic, &TopicRow)| AuditedPartition {
        topic,
        partition: row.partition,
        audited_at: EpochSeconds::new(row.audited_at),
        first: row.first,
        cut: row.cut,
        end: row.end,
        stored: row.stored,
        gaps: row.gaps,
        missing: row.missing,
    };
    Ok(Some(Audit { partitions: rows.into_iter().map(partition).collect() }))
}

/// The topic of a name, which an installation may have given a prefix.
fn topic_of(name: &str) -> anyhow::Result<Topic> {
    let found = Topic::READ.into_iter().find(|topic| name.ends_with(<&str>::from(*topic)));
    found.context("a topic that this version does not know")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_known_by_its_name_with_whatever_stands_before_it() {
        assert_eq!(topic_of("reviews").expect("known"), Topic::Reviews);
        assert_eq!(topic_of("guangdong.services").expect("known"), Topic::Services);
        assert!(topic_of("complaints").is_err());
    }

    fn topic_row(number: u8, name: &str, audited_at: u32) -> TopicRow {
        let name = name.to_owned();
        let (partition, first, cut, end, stored, gaps, missing) = (0, 0, 5, 7, 5, 0, 0);
        TopicRow { number, name, partition, audited_at, first, cut, end, stored, gaps, missing }
    }

    fn counted(class: &str) -> Vec<ClassCountsRow> {
        let lines = vec![(1, class.to_owned(), String::new(), 3)];
        let days = vec![(19_539, 3, lines)];
        vec![ClassCountsRow { days, sources: vec![], total_rows: 0 }]
    }

    #[test]
    fn a_system_of_which_one_topic_was_never_audited_was_not_audited() {
        let read = |second: u32| {
            // The topic of what is quarantined holds no events.
            let topics = vec![
                topic_row(1, "reviews", 9),
                topic_row(2, "services", second),
                topic_row(4, "quarantine", 0),
            ];
            let none = vec![QuarantinedRow { quarantined: 0, discarded: 0 }];
            known(counted("counted"), vec![], &topics, &none).expect("known words").audit
        };
        assert_eq!(read(0), None);
        let audit = read(8).expect("an audit of both");
        assert_eq!((audit.audited_at(), audit.waiting()), (EpochSeconds::new(8), 4));
    }

    #[test]
    fn a_class_that_is_not_known_is_not_left_out() {
        let read = |class| {
            let none = vec![QuarantinedRow { quarantined: 0, discarded: 0 }];
            known(counted(class), vec![], &[topic_row(1, "reviews", 0)], &none)
        };
        assert!(read("counted").is_ok());
        assert!(read("forgotten").is_err());
        assert!(read("set_aside").is_err(), "it must have a reason");
    }
}
