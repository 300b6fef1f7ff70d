//! Shows the books to people and to programs.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use domain::Class;
use figures::ledger::{Conclusion, Finding, PartitionAudit, Reason, Verdict};
use indicatif::HumanCount;
use serde::Serialize;

use crate::books::{Account, Books, Words};

/// What a line of the printed ledger is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Detail {
    /// Each month of each province.
    Month,
    /// Each source in it.
    Source,
    /// Each partition of each source in it.
    Partition,
}

impl Detail {
    fn heading(self, books: &Books, account: &Account) -> String {
        let of = match account.of {
            Some(of) => of.to_string(),
            None => "could not be loaded".to_owned(),
        };
        let Account { source, topic, partition, .. } = account;
        match self {
            Self::Month => of,
            Self::Source => format!("{of}, {source}"),
            Self::Partition => {
                format!("{of}, {source}, {} partition {partition}", books.topic(*topic))
            }
        }
    }
}

/// A number with a comma after every three digits.
fn count(number: u64) -> String {
    HumanCount(number).to_string()
}

/// The words in the order of [`Class::all`], what is quarantined last.
fn order((class, reason): &Words) -> usize {
    let known = Class::from_words(class, reason).ok();
    known.and_then(|class| Class::all().position(|other| other == class)).unwrap_or(usize::MAX)
}

/// For a person.
pub(crate) fn text(books: &Books, detail: Detail) -> String {
    let mut text = String::new();
    write_text(&mut text, books, detail).expect("a String takes everything");
    text
}

fn write_text(f: &mut String, books: &Books, detail: Detail) -> fmt::Result {
    let mut groups: BTreeMap<String, BTreeMap<Words, u64>> = BTreeMap::new();
    for (account, classes) in &books.lines {
        let group = groups.entry(detail.heading(books, account)).or_default();
        for (words, records) in classes {
            *group.entry(words.clone()).or_default() += records;
        }
    }
    for (heading, classes) in groups {
        let records: u64 = classes.values().sum();
        writeln!(f, "{heading:<48}{:>16}", count(records))?;
        let mut classes: Vec<_> = classes.into_iter().collect();
        classes.sort_by_key(|(words, _)| order(words));
        for ((class, reason), records) in classes {
            let separator = if reason.is_empty() { "" } else { ": " };
            let name = format!("  {class}{separator}{reason}");
            writeln!(f, "{name:<48}{:>16}", count(records))?;
        }
        writeln!(f)?;
    }
    write_partitions(f, books)?;
    for finding in books.findings() {
        writeln!(f, "{finding}")?;
    }
    for differing in &books.differing {
        writeln!(f, "{differing}")?;
    }
    write_verdict(f, &books.conclude().verdict)
}

fn write_partitions(f: &mut String, books: &Books) -> fmt::Result {
    let row = |f: &mut String, cells: [&str; 8]| {
        let [topic, partition, rest @ ..] = cells;
        write!(f, "{topic:<14}{partition:>10}")?;
        rest.iter().try_for_each(|cell| write!(f, "{cell:>14}"))?;
        writeln!(f)
    };
    row(
        f,
        ["topic", "partition", "first", "committed", "stored", "no record", "missing", "waiting"],
    )?;
    for at in &books.partitions {
        row(
            f,
            [
                books.topic(at.topic),
                &at.partition.to_string(),
                &count(at.first),
                &count(at.cut),
                &count(at.stored),
                &count(at.gaps),
                &count(at.missing),
                &count(at.waiting()),
            ],
        )?;
    }
    writeln!(f)
}

fn write_verdict(f: &mut String, verdict: &Verdict) -> fmt::Result {
    for reason in verdict.reasons() {
        let number = reason.count().map_or_else(String::new, count);
        writeln!(f, "{}", reason.sentences().1.replace("{count}", &number))?;
        if let Reason::Quarantined(_) = reason {
            writeln!(f, "See `haochaping quarantine list`.")?;
        }
    }
    let reasons = verdict.reasons().iter().map(|reason| reason.code()).collect::<Vec<_>>();
    let (verdict_code, reasons) = (verdict.code(), reasons.join(", "));
    match verdict {
        Verdict::Closes => writeln!(f, "The ledger closes: every accepted record is in one class."),
        Verdict::Open(_) => {
            writeln!(f, "The ledger does not close. Verdict: {verdict_code}; reasons: {reasons}.")
        }
        Verdict::Undecided(_) => writeln!(
            f,
            "Nothing contradicts, but not everything can be compared yet: run it again, or with --wait. Verdict: {verdict_code}; reasons: {reasons}."
        ),
    }
}

/// For a program.
#[derive(Serialize)]
pub(crate) struct Json<'b> {
    #[serde(flatten)]
    conclusion: Conclusion,
    differences: Vec<Finding>,
    /// The numbers of topics, as partitions and differences have them.
    topics: BTreeMap<u8, &'b str>,
    partitions: &'b [PartitionAudit],
    lines: Vec<JsonLine<'b>>,
}

#[derive(Serialize)]
struct JsonLine<'b> {
    province: Option<String>,
    month: Option<String>,
    source: &'b str,
    topic: &'b str,
    partition: u16,
    class: &'b str,
    reason: &'b str,
    records: u64,
}

/// The whole of the books.
pub(crate) fn json(books: &Books) -> Json<'_> {
    let line = move |(account, classes)| {
        let Account { of, source, topic, partition }: &Account = account;
        let classes: &BTreeMap<Words, u64> = classes;
        classes.iter().map(move |((class, reason), records)| JsonLine {
            province: of.map(|of| of.province.to_string()),
            month: of.map(|of| of.month.to_string()),
            source,
            topic: books.topic(*topic),
            partition: *partition,
            class,
            reason,
            records: *records,
        })
    };
    Json {
        conclusion: books.conclude(),
        differences: books.findings(),
        topics: books.topics.iter().map(|(topic, number)| (*number, topic.into())).collect(),
        partitions: &books.partitions,
        lines: books.lines.iter().flat_map(line).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::books::QUARANTINED;
    use crate::books::tests::books;

    #[test]
    fn classes_stand_in_the_order_of_the_domain_and_the_quarantine_comes_last() {
        let words = |class: &str, reason: &str| (class.to_owned(), reason.to_owned());
        let ordered = [
            words("counted", ""),
            words("set_aside", "mistaken"),
            words("service", ""),
            words(QUARANTINED, "not_json"),
        ];
        assert!(ordered.is_sorted_by_key(order));
    }

    #[test]
    fn the_text_and_the_json_say_the_same_verdict_and_reasons() {
        let mut books = books();
        let said = text(&books, Detail::Month);
        assert!(said.ends_with("The ledger closes: every accepted record is in one class.\n"));

        let audit = &mut books.partitions[0];
        (audit.quarantined, audit.end) = (1_000, 9);
        let said = text(&books, Detail::Month);
        assert!(said.contains("Quarantined records that await a decision: 1,000."), "{said}");
        assert!(said.contains("\nAccepted records that are not loaded yet: 2.\n"), "{said}");
        let end = "The ledger does not close. Verdict: open; reasons: quarantined, waiting.\n";
        assert!(said.ends_with(end), "{said}");
        let said = serde_json::to_value(json(&books)).expect("JSON");
        assert_eq!(said["verdict"], "open");
        assert_eq!(said["reasons"][0]["code"], "quarantined");
        assert_eq!(said["reasons"][1]["code"], "waiting");
        assert_eq!((&said["quarantined"], &said["waiting"]), (&1_000.into(), &2.into()));
    }
}
