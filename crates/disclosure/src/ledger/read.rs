//! Reads what the ledger is made of, and says what the rows mean. Decides nothing.

use std::collections::{BTreeMap, HashMap};

use ::figures::ledger::PartitionAudit;
use anyhow::Context;
use domain::{Class, EpochSeconds, ProvinceMonth, ServedOn};
use tables::audits::{LatelyAuditedRow, lately_audited};
use tables::month_ledger::{self, ClassesRow, FiguresRow, SourcesPage};
use topics::Topic;

use super::{
    Audit, AuditedPartition, FiguresDay, Known, LedgerDay, LedgerMoments, SourceRow, Sources, Tally,
};
use crate::resource::{LedgerBreakdown, LedgerRow, RowRange};
use crate::store::{Fault, Store};

/// What was read of a month.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) known: Known,
    pub(crate) moments: LedgerMoments,
    pub(crate) is_simulated: bool,
}

/// Reads what is known of a month; of the sources one page of rows, as of `now`.
pub(crate) async fn read(
    store: &Store,
    rule: u16,
    of: ProvinceMonth,
    breakdown: &LedgerBreakdown,
    range: RowRange,
    now: EpochSeconds,
) -> Result<Read, Fault> {
    let page = SourcesPage {
        by_partition: breakdown.by == LedgerRow::Partition,
        source: breakdown.source,
        limit: range.limit,
        offset: range.offset,
    };
    let classes = store.query(&month_ledger::classes(rule, of, page));
    let figures = store.query(&month_ledger::figures(rule, of));
    let audits = store.query(&lately_audited(now));
    let (classes, figures, audits) = tokio::try_join!(
        store.fetch::<ClassesRow>("ledger", classes),
        store.fetch::<FiguresRow>("ledger_figures", figures),
        store.fetch::<LatelyAuditedRow>("ledger_audits", audits),
    )?;
    read_from(classes, figures, &audits).map_err(Fault::Broken)
}

fn read_from(
    classes: Vec<ClassesRow>,
    figures: Vec<FiguresRow>,
    topics: &[LatelyAuditedRow],
) -> anyhow::Result<Read> {
    let latest =
        |seconds: Option<u32>| seconds.filter(|seconds| *seconds > 0).map(EpochSeconds::new);
    let moments = LedgerMoments {
        ledger: latest(classes.iter().map(|row| row.records_through).max()),
        figures: latest(figures.iter().map(|row| row.records_through).max()),
    };
    let is_simulated =
        classes.iter().any(|row| row.simulated > 0) || figures.iter().any(|row| row.simulated > 0);
    Ok(Read { known: known(classes, figures, topics)?, moments, is_simulated })
}

/// From rows to what they mean. A word that this version does not know cannot be left out silently.
fn known(
    mut classes: Vec<ClassesRow>,
    figures: Vec<FiguresRow>,
    topics: &[LatelyAuditedRow],
) -> anyhow::Result<Known> {
    let names = topics.iter().map(|row| Ok((row.number, topic_of(&row.name)?)));
    let names: HashMap<u8, Topic> = names.collect::<anyhow::Result<_>>()?;
    let topic = |number: u8| names.get(&number).copied().context("a topic without a name");
    let classes = classes.pop().context("no answer about classes")?;

    let mut ledger = BTreeMap::new();
    for (day, records, lines) in classes.days {
        let mut of_day = LedgerDay { records, topics: BTreeMap::new() };
        for (number, word, reason, records) in lines {
            let tally: &mut Tally = of_day.topics.entry(topic(number)?).or_default();
            *tally.entry(Class::from_words(&word, &reason)?).or_default() += records;
        }
        ledger.insert(ServedOn::from_days_since_epoch(day)?, of_day);
    }
    let mut rows = Vec::new();
    for (source, number, partition, records, lines) in classes.sources {
        let at = if number == 0 { None } else { Some((topic(number)?, partition)) };
        let lines = lines
            .into_iter()
            .map(|(word, reason, records)| Ok((Class::from_words(&word, &reason)?, records)));
        let tally = lines.collect::<anyhow::Result<_>>()?;
        rows.push(SourceRow { source, at, records, tally });
    }
    let figures = figures.into_iter().map(|row| {
        let FiguresRow { day, records, counted, services, .. } = row;
        Ok((ServedOn::from_days_since_epoch(day)?, FiguresDay { records, counted, services }))
    });
    Ok(Known {
        ledger,
        figures: figures.collect::<anyhow::Result<_>>()?,
        sources: Sources { rows, total_rows: classes.total_rows },
        audit: audit(topics)?,
    })
}

/// The audit; nothing if it has not reached every topic of events, or if an auditor of an earlier
/// version made it, which did not look at all that a ledger is judged by.
fn audit(rows: &[LatelyAuditedRow]) -> anyhow::Result<Option<Audit>> {
    let rows = rows.iter().map(|row| Ok((topic_of(&row.name)?, row)));
    let mut rows = rows.collect::<anyhow::Result<Vec<_>>>()?;
    rows.retain(|(topic, _)| Topic::LOADED.contains(topic));
    if rows.is_empty() || rows.iter().any(|(_, row)| row.audited_at == 0) {
        return Ok(None);
    }
    let partitions = rows.into_iter().map(|(topic, row)| partition(topic, row));
    Ok(partitions.collect::<Option<_>>().map(|partitions| Audit { partitions }))
}

fn partition(topic: Topic, row: &LatelyAuditedRow) -> Option<AuditedPartition> {
    let found = PartitionAudit {
        topic: row.number,
        partition: row.partition,
        first: row.first,
        cut: row.cut,
        end: row.end,
        stored: row.stored,
        gaps: row.gaps,
        missing: row.missing,
        doubled: row.doubled,
        differs: row.differs,
        quarantined: row.quarantined?,
        discarded: row.discarded?,
        // Only the command classes every record as of the audit.
        unclassed: 0,
    };
    Some(AuditedPartition { topic, audited_at: EpochSeconds::new(row.audited_at), found })
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

    fn topic_row(number: u8, name: &str, audited_at: u32) -> LatelyAuditedRow {
        LatelyAuditedRow {
            number,
            name: name.to_owned(),
            partition: 0,
            audited_at,
            first: 0,
            cut: 5,
            end: 7,
            stored: 5,
            gaps: 0,
            missing: 0,
            doubled: 0,
            differs: false,
            quarantined: Some(1),
            discarded: Some(0),
        }
    }

    fn counted(class: &str) -> Vec<ClassesRow> {
        let lines = vec![(1, class.to_owned(), String::new(), 3)];
        let days = vec![(19_539, 3, lines)];
        let (sources, simulated, records_through) = (vec![], 0, 1_688_515_200);
        vec![ClassesRow { days, sources, total_rows: 0, records: 3, simulated, records_through }]
    }

    #[test]
    fn a_system_of_which_one_topic_was_never_audited_was_not_audited() {
        let read = |second: LatelyAuditedRow| {
            // The topic of what is quarantined holds no events.
            let topics = vec![topic_row(1, "reviews", 9), second, topic_row(4, "quarantine", 0)];
            known(counted("counted"), vec![], &topics).expect("known words")
        };
        assert_eq!(read(topic_row(2, "services", 0)).audit, None);
        let known = read(topic_row(2, "services", 8));
        let seen = known.installation();
        assert_eq!((seen.waiting(), seen.quarantined()), (Some(4), Some(2)));
        let audit = known.audit.expect("an audit of both");
        assert_eq!(audit.audited_at(), EpochSeconds::new(8));
        let earlier = LatelyAuditedRow { quarantined: None, ..topic_row(2, "services", 8) };
        assert_eq!(read(earlier).audit, None, "the auditor of an earlier version did not look");
    }

    #[test]
    fn a_class_that_is_not_known_is_not_left_out() {
        let read = |class| known(counted(class), vec![], &[topic_row(1, "reviews", 0)]);
        assert!(read("counted").is_ok());
        assert!(read("forgotten").is_err());
        assert!(read("set_aside").is_err(), "it must have a reason");
    }
}
