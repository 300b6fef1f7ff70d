//! `GET /v1/provinces/{code}/months/{month}/ledger`.

use ::figures::ledger::{Check, Conclusion, PartitionAudit, Reason as LedgerReason};
use domain::{COUNTING_RULE, Class, Month, Province};
use serde::Serialize;
use topics::Topic;

use super::csv::{self, Column, known};
use super::{PROVISIONAL, ProvinceBody, to_json};
use crate::cache::Answer;
use crate::ledger::{self, Audit, AuditedPartition, Ledger, SourceRow, Tally, words};
use crate::name::Name;
use crate::resource::LedgerRow;

#[derive(Serialize)]
struct Body<'a> {
    province: ProvinceBody,
    month: String,
    status: &'static str,
    rule: u16,
    #[serde(flatten)]
    conclusion: Conclusion,
    records: u64,
    classes: Vec<OfClass>,
    topics: Vec<OfTopic>,
    sources: SourcesBody<'a>,
    checks: Vec<CheckBody>,
    audit: Option<AuditBody>,
}

#[derive(Serialize)]
struct OfClass {
    class: &'static str,
    reason: Option<&'static str>,
    name: Name,
    records: u64,
}

#[derive(Serialize)]
struct Line {
    class: &'static str,
    reason: Option<&'static str>,
    records: u64,
}

#[derive(Serialize)]
struct OfTopic {
    topic: &'static str,
    records: u64,
    classes: Vec<Line>,
}

#[derive(Serialize)]
struct SourcesBody<'a> {
    by: &'static str,
    total_rows: u64,
    rows: Vec<RowBody<'a>>,
}

#[derive(Serialize)]
struct RowBody<'a> {
    source: &'a str,
    topic: Option<&'static str>,
    partition: Option<u16>,
    records: u64,
    classes: Vec<Line>,
}

#[derive(Serialize)]
struct CheckBody {
    code: &'static str,
    statement: Name,
    left: Option<u64>,
    right: Option<u64>,
    differing: Option<u64>,
    agrees: Option<bool>,
}

#[derive(Serialize)]
struct AuditBody {
    audited_at: String,
    partitions: Vec<PartitionBody>,
}

#[derive(Serialize)]
struct PartitionBody {
    topic: &'static str,
    partition: u16,
    audited_at: String,
    first: u64,
    cut: u64,
    end: u64,
    stored: u64,
    gaps: u64,
    missing: u64,
    doubled: u64,
    differs: bool,
}

pub(crate) fn json(province: Province, month: Month, by: LedgerRow, ledger: &Ledger) -> Answer {
    let classes = ledger.classes();
    let rows = ledger.sources.rows.iter().map(RowBody::from).collect();
    to_json(&Body {
        province: province.into(),
        month: month.to_string(),
        status: PROVISIONAL,
        rule: COUNTING_RULE,
        conclusion: ledger.conclusion.clone(),
        records: ledger.records,
        classes: Class::all()
            .map(|class| OfClass {
                class: class.name(),
                reason: reason(class),
                name: words::name(class).into(),
                records: ledger::of_class(&classes, class),
            })
            .collect(),
        topics: (ledger.topics.iter())
            .map(|(topic, tally)| OfTopic {
                topic: topic.into(),
                records: ledger::sum(tally),
                classes: lines(tally),
            })
            .collect(),
        sources: SourcesBody { by: by.into(), total_rows: ledger.sources.total_rows, rows },
        checks: ledger.checks.iter().map(CheckBody::from).collect(),
        audit: ledger.audit.as_ref().map(AuditBody::from),
    })
}

fn reason(class: Class) -> Option<&'static str> {
    Some(class.reason()).filter(|reason| !reason.is_empty())
}

/// The classes that have records, in the order of all classes.
fn present(tally: &Tally) -> impl Iterator<Item = (Class, u64)> {
    let all = Class::all().map(|class| (class, ledger::of_class(tally, class)));
    all.filter(|(_, records)| *records > 0)
}

fn lines(tally: &Tally) -> Vec<Line> {
    let line = |(class, records): (Class, u64)| Line {
        class: class.name(),
        reason: reason(class),
        records,
    };
    present(tally).map(line).collect()
}

impl<'a> From<&'a SourceRow> for RowBody<'a> {
    fn from(row: &'a SourceRow) -> Self {
        Self {
            source: &row.source,
            topic: row.at.map(|(topic, _)| topic.into()),
            partition: row.at.map(|(_, partition)| partition),
            records: row.records,
            classes: lines(&row.tally),
        }
    }
}

impl From<&Check> for CheckBody {
    fn from(check: &Check) -> Self {
        let Check { code, left, right, differing, agrees } = *check;
        let statement = words::statement(code).into();
        Self { code: code.into(), statement, left, right, differing, agrees }
    }
}

impl From<&Audit> for AuditBody {
    fn from(audit: &Audit) -> Self {
        Self {
            audited_at: audit.audited_at().to_string(),
            partitions: audit.partitions.iter().map(PartitionBody::from).collect(),
        }
    }
}

impl From<&AuditedPartition> for PartitionBody {
    fn from(audited: &AuditedPartition) -> Self {
        let (topic, audited_at) = (audited.topic.into(), audited.audited_at.to_string());
        let PartitionAudit {
            partition,
            first,
            cut,
            end,
            stored,
            gaps,
            missing,
            doubled,
            differs,
            ..
        } = audited.found;
        Self {
            topic,
            partition,
            audited_at,
            first,
            cut,
            end,
            stored,
            gaps,
            missing,
            doubled,
            differs,
        }
    }
}

/// A line: what it is of, and how many records of a class.
struct CsvLine<'a> {
    province: Province,
    month: Month,
    conclusion: &'a Conclusion,
    cut: &'static str,
    source: &'a str,
    topic: Option<Topic>,
    partition: Option<u16>,
    class: Class,
    records: u64,
}

fn columns<'a>() -> [Column<CsvLine<'a>>; 15] {
    [
        ("province", |line| line.province.to_string()),
        ("month", |line| line.month.to_string()),
        ("status", |_| PROVISIONAL.into()),
        ("rule", |_| COUNTING_RULE.to_string()),
        ("verdict", |line| line.conclusion.verdict.code().into()),
        ("reasons", |line| reasons(line.conclusion)),
        ("cut", |line| line.cut.into()),
        ("source", |line| csv::text(line.source)),
        ("topic", |line| known(line.topic)),
        ("partition", |line| known(line.partition)),
        ("class", |line| line.class.name().into()),
        ("reason", |line| line.class.reason().into()),
        ("name_zh", |line| words::name(line.class).0.into()),
        ("name_en", |line| words::name(line.class).1.into()),
        ("records", |line| line.records.to_string()),
    ]
}

/// The codes of the reasons and how much there is of each, such as `quarantined:1 waiting:3`.
fn reasons(conclusion: &Conclusion) -> String {
    let reason = |reason: &LedgerReason| match reason.count() {
        Some(count) => format!("{}:{count}", reason.code()),
        None => reason.code().to_owned(),
    };
    conclusion.verdict.reasons().iter().map(reason).collect::<Vec<_>>().join(" ")
}

/// One line for each class of the month, and for each class that has records of a topic, and of a
/// source or a partition.
pub(crate) fn csv(province: Province, month: Month, ledger: &Ledger) -> Answer {
    let line = |cut, class, records| CsvLine {
        province,
        month,
        conclusion: &ledger.conclusion,
        cut,
        source: "",
        topic: None,
        partition: None,
        class,
        records,
    };
    let classes = ledger.classes();
    let total = Class::all().map(|class| line("total", class, ledger::of_class(&classes, class)));
    let topics = ledger.topics.iter().flat_map(|(topic, tally)| {
        present(tally).map(|(class, records)| CsvLine {
            topic: Some(*topic),
            ..line("topic", class, records)
        })
    });
    let sources = ledger.sources.rows.iter().flat_map(|row| {
        let cut: &str = if row.at.is_some() { "partition" } else { "source" };
        present(&row.tally).map(move |(class, records)| CsvLine {
            source: &row.source,
            topic: row.at.map(|(topic, _)| topic),
            partition: row.at.map(|(_, partition)| partition),
            ..line(cut, class, records)
        })
    });
    let lines = total.chain(topics).chain(sources);
    csv::table(&columns(), lines, format!("{province}-{month}-ledger.csv"))
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
