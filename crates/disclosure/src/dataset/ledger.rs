//! The ledger of a month: a line for each class of the month, and for each class that has records of a
//! topic, and of a source or a partition.

use ::figures::Edition;
use ::figures::ledger::{Conclusion, Reason};
use domain::Class;
use topics::Topic;

use super::{Column, Kind, Value, as_of, edition, name, records_through};
use crate::ledger::{LedgerMoments, Tally, of_class, words};
use crate::model::LedgerOfMonth;

/// A line: what it is of, and how many records of a class.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    edition: Edition,
    moments: LedgerMoments,
    verdict: &'static str,
    /// The reasons of the verdict.
    reasons: String,
    part: &'static str,
    source: Option<String>,
    topic: Option<Topic>,
    partition: Option<u16>,
    class: Class,
    records: u64,
}

pub(crate) fn columns() -> Vec<Column<Line>> {
    let mut columns: Vec<_> = edition(|line: &Line| line.edition).into();
    columns.extend([
        as_of(|line: &Line| line.moments.as_of()),
        records_through(
            "records_through_ledger",
            "ledger",
            ("台账最近一条记录的时间", "Latest record of the ledger"),
            |line: &Line| line.moments.ledger,
        ),
        records_through(
            "records_through_figures",
            "figures",
            ("全月最近一条已统计记录的时间", "Latest record of the whole month counted"),
            |line: &Line| line.moments.figures,
        ),
        Column::new("verdict", ("核对结论", "Verdict"), Kind::Code, |line: &Line| {
            Value::text(line.verdict)
        }),
        Column::new("reasons", ("原因", "Reasons of the verdict"), Kind::Code, |line: &Line| {
            Value::text(line.reasons.clone())
        }),
        Column::new("slice", ("数据范围", "Part of the ledger"), Kind::Code, |line: &Line| {
            Value::text(line.part)
        }),
        Column::new("source", ("来源", "Source"), Kind::Code, |line: &Line| {
            Value::text_if_known(line.source.clone())
        }),
        Column::new("topic", ("主题", "Topic"), Kind::Code, |line: &Line| {
            Value::text_if_known(line.topic.map(<&str>::from))
        }),
        Column::new("partition", ("分区", "Partition"), Kind::Count, |line: &Line| {
            Value::count_if_known(line.partition.map(u64::from))
        }),
        Column::new("class", ("去向", "Class"), Kind::Code, |line: &Line| {
            Value::text(line.class.name())
        }),
        Column::new(
            "reason",
            ("不予计入的原因", "Reason of the class"),
            Kind::Code,
            |line: &Line| Value::text_if_known(reason(line.class)),
        ),
    ]);
    columns.extend(name(|line: &Line| {
        let (zh, en) = words::name(line.class);
        (Value::text(zh), Value::text(en))
    }));
    columns.push(Column::new("records", ("记录数", "Records"), Kind::Count, |line: &Line| {
        Value::Count(line.records)
    }));
    columns
}

/// Why a class is what it is, if it says so.
pub(crate) fn reason(class: Class) -> Option<&'static str> {
    Some(class.reason()).filter(|reason| !reason.is_empty())
}

/// The classes that have records, in the order of all classes.
pub(crate) fn present(tally: &Tally) -> impl Iterator<Item = (Class, u64)> {
    let all = Class::all().map(|class| (class, of_class(tally, class)));
    all.filter(|(_, records)| *records > 0)
}

/// The codes of the reasons and how much there is of each, such as `quarantined:1 waiting:3`.
fn reasons(conclusion: &Conclusion) -> String {
    let reason = |reason: &Reason| match reason.count() {
        Some(count) => format!("{}:{count}", reason.code()),
        None => reason.code().to_owned(),
    };
    conclusion.verdict.reasons().iter().map(reason).collect::<Vec<_>>().join(" ")
}

/// All lines.
pub(crate) fn lines(of: &LedgerOfMonth) -> Vec<Line> {
    let LedgerOfMonth { edition, moments, ledger, .. } = of;
    let (edition, moments) = (*edition, *moments);
    let (verdict, reasons) = (ledger.conclusion.verdict.code(), reasons(&ledger.conclusion));
    let line = |part, class, records| Line {
        edition,
        moments,
        verdict,
        reasons: reasons.clone(),
        part,
        source: None,
        topic: None,
        partition: None,
        class,
        records,
    };
    let classes = ledger.classes();
    let total = Class::all().map(|class| line("total", class, of_class(&classes, class)));
    let topics = ledger.topics.iter().flat_map(|(topic, tally)| {
        present(tally)
            .map(|(class, records)| Line { topic: Some(*topic), ..line("topic", class, records) })
    });
    let sources = ledger.sources.rows.iter().flat_map(|row| {
        let part: &str = if row.at.is_some() { "partition" } else { "source" };
        present(&row.tally).map(move |(class, records)| Line {
            source: Some(row.source.clone()),
            topic: row.at.map(|(topic, _)| topic),
            partition: row.at.map(|(_, partition)| partition),
            ..line(part, class, records)
        })
    });
    total.chain(topics).chain(sources).collect()
}
