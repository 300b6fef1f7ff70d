//! What the ledger of a month looks like as JSON.

use ::figures::ledger::{Check, Conclusion, PartitionAudit};
use domain::Class;
use serde::Serialize;

use super::documents::EditionBody;
use super::json::document;
use crate::cache::Answer;
use crate::dataset::ledger::{present, reason};
use crate::ledger::{self, Audit, AuditedPartition, SourceRow, Tally, words};
use crate::model::LedgerOfMonth;
use crate::moment;
use crate::name::Name;

#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    edition: EditionBody,
    as_of: Option<String>,
    records_through: Through,
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
struct Through {
    ledger: Option<String>,
    figures: Option<String>,
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

pub(crate) fn json(of: &LedgerOfMonth) -> Answer {
    let LedgerOfMonth { edition, moments, ledger, .. } = of;
    let by = of.breakdown.by;
    let classes = ledger.classes();
    let rows = ledger.sources.rows.iter().map(RowBody::from).collect();
    document(&Body {
        edition: (*edition).into(),
        as_of: moments.as_of().map(moment::rfc3339),
        records_through: Through {
            ledger: moments.ledger.map(moment::rfc3339),
            figures: moments.figures.map(moment::rfc3339),
        },
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

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
