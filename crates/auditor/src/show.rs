//! The books as a person reads them, and as a program does.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use domain::Class;
use indicatif::HumanCount;
use serde::Serialize;

use crate::books::{self, Account, Books, Difference, Unsettled, Words};
use crate::partition::Audited;

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
        let place = match account.place {
            Some(place) => books::name(place),
            None => "could not be loaded".to_owned(),
        };
        let Account { source, topic, partition, .. } = account;
        match self {
            Self::Month => place,
            Self::Source => format!("{place}, {source}"),
            Self::Partition => {
                format!("{place}, {source}, {} partition {partition}", books.topic(*topic))
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
    let unsettled = books.unsettled();
    let differences = books.differences();
    for difference in &differences {
        writeln!(f, "{difference}")?;
    }
    write_verdict(f, books, differences.len(), &unsettled)
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

fn write_verdict(
    f: &mut String,
    books: &Books,
    differences: usize,
    unsettled: &Unsettled,
) -> fmt::Result {
    let Unsettled { waiting, uncounted_months } = unsettled;
    if *waiting > 0 {
        writeln!(f, "{} accepted records are not loaded yet.", count(*waiting))?;
    }
    if *uncounted_months > 0 {
        writeln!(f, "The figures of {uncounted_months} months have not seen the same records.")?;
    }
    if books.quarantined() > 0 {
        let quarantined = count(books.quarantined());
        writeln!(f, "{quarantined} records are quarantined: see `haochaping quarantine list`.")?;
    }
    match (differences, *waiting + *uncounted_months) {
        (0, 0) => writeln!(f, "The ledger closes: every accepted record is in one class."),
        (0, _) => writeln!(
            f,
            "Nothing contradicts, but not everything can be compared yet: ask again, or with --wait."
        ),
        (1, _) => writeln!(f, "The ledger does not close: 1 difference."),
        (many, _) => writeln!(f, "The ledger does not close: {many} differences."),
    }
}

/// For a program.
#[derive(Serialize)]
pub(crate) struct Json<'b> {
    closes: bool,
    quarantined: u64,
    unsettled: Unsettled,
    differences: Vec<Difference>,
    /// The numbers of topics, as partitions and differences have them.
    topics: BTreeMap<u8, &'b str>,
    partitions: &'b [Audited],
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
        let Account { place, source, topic, partition }: &Account = account;
        let classes: &BTreeMap<Words, u64> = classes;
        classes.iter().map(move |((class, reason), records)| JsonLine {
            province: place.map(|(province, _)| province.to_string()),
            month: place.map(|(_, month)| month.to_string()),
            source,
            topic: books.topic(*topic),
            partition: *partition,
            class,
            reason,
            records: *records,
        })
    };
    let (differences, unsettled) = (books.differences(), books.unsettled());
    Json {
        closes: differences.is_empty() && unsettled == Unsettled::default(),
        quarantined: books.quarantined(),
        unsettled,
        differences,
        topics: books.topics.iter().map(|(topic, number)| (*number, topic.into())).collect(),
        partitions: &books.partitions,
        lines: books.lines.iter().flat_map(line).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::books::QUARANTINED;

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
}
