//! The books: what was read of an installation as of the cuts of its partitions, and the evidence that it
//! is. What follows from the evidence is concluded by [`figures::ledger`]. No IO.

use std::collections::BTreeMap;

use domain::{Province, ProvinceMonth, ServedOn};
use figures::ledger::{
    self, Classed, ClassedUnit, Conclusion, Finding, Installation, MonthEvidence, PartitionAudit,
    Seen,
};
use tables::day_counts::DayCount;
use tables::stored_offsets::ByPartition;
use topics::{Differing, Topic};

/// What a line of the ledger is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Account {
    /// The province-level unit and the month of the services; what is quarantined has neither.
    pub(crate) of: Option<ProvinceMonth>,
    /// The source that posted the records.
    pub(crate) source: String,
    /// Our number of the topic.
    pub(crate) topic: u8,
    /// The partition.
    pub(crate) partition: u16,
}

/// A class and its reason, in the words of `domain::Class`, or what has become of a record that
/// could not be loaded.
pub(crate) type Words = (String, String);

/// The word for what could not be loaded and waits for a decision; the others are those of
/// `domain::Class`.
pub(crate) const QUARANTINED: &str = "quarantined";

/// The word for what could not be loaded and was given up, with a reason.
pub(crate) const DISCARDED: &str = "discarded";

/// A day of a province and a month.
pub(crate) type Day = (ProvinceMonth, ServedOn);

/// Everything that is compared, as of the cuts of the partitions.
#[derive(Debug, Default)]
pub(crate) struct Books {
    /// The topics and our numbers of them.
    pub(crate) topics: Vec<(Topic, u8)>,
    /// Every partition, as [`Books::compare_partitions`] has completed it.
    pub(crate) partitions: Vec<PartitionAudit>,
    /// Partitions where Kafka holds something other than what was loaded.
    pub(crate) differing: Vec<Differing>,
    /// How many records each account has in each class.
    pub(crate) lines: BTreeMap<Account, BTreeMap<Words, u64>>,
    /// How many different offsets are stored of each account, without those that are quarantined.
    pub(crate) stored: BTreeMap<Account, u64>,
    /// What the classes say of each day.
    pub(crate) classed: BTreeMap<Day, Seen>,
    /// What is disclosed of each day.
    pub(crate) disclosed: BTreeMap<Day, Seen>,
}

impl Books {
    /// The name of a topic by its number.
    pub(crate) fn topic(&self, number: u8) -> &'static str {
        let topic = self.topics.iter().find(|(_, known)| *known == number);
        topic.map_or("another topic", |(topic, _)| topic.into())
    }

    /// Compares the lines of each partition with its stored offsets. Only the books of a whole
    /// installation have all lines.
    pub(crate) fn compare_partitions(&mut self) {
        let mut classed: BTreeMap<(u8, u16), u64> = BTreeMap::new();
        for (account, classes) in &self.lines {
            *classed.entry((account.topic, account.partition)).or_default() +=
                classes.values().sum::<u64>();
        }
        for audit in &mut self.partitions {
            let classed = classed.get(&(audit.topic, audit.partition)).copied().unwrap_or(0);
            audit.doubled = classed.saturating_sub(audit.stored);
            audit.unclassed = audit.stored.saturating_sub(classed);
        }
    }

    /// Whether the ledger of these books closes.
    pub(crate) fn conclude(&self) -> Conclusion {
        ledger::conclude(&self.installation(), self.months().values())
    }

    /// Every contradiction.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        ledger::findings(&self.installation(), &self.months())
    }

    fn installation(&self) -> Installation {
        Installation { partitions: Some(self.partitions.clone()) }
    }

    fn months(&self) -> BTreeMap<ProvinceMonth, MonthEvidence> {
        let mut months = of_days(&self.classed, &self.disclosed);
        for (account, stored) in &self.stored {
            let Some(of) = account.of else { continue };
            let classes = self.lines.get(account);
            months.entry(of).or_default().classed.push(Classed {
                unit: ClassedUnit::Account {
                    source: account.source.clone(),
                    topic: account.topic,
                    partition: account.partition,
                },
                records: *stored,
                classed: classes.map_or(0, |classes| classes.values().sum()),
            });
        }
        months
    }
}

/// The evidence of days by month: what the classes say, and what is disclosed.
pub(crate) fn of_days(
    classed: &BTreeMap<Day, Seen>,
    disclosed: &BTreeMap<Day, Seen>,
) -> BTreeMap<ProvinceMonth, MonthEvidence> {
    let mut months: BTreeMap<ProvinceMonth, MonthEvidence> = BTreeMap::new();
    for ((of, day), seen) in classed {
        months.entry(*of).or_default().days.entry(*day).or_default().ledger = *seen;
    }
    for ((of, day), seen) in disclosed {
        months.entry(*of).or_default().days.entry(*day).or_default().figures = *seen;
    }
    months
}

/// The counts of each day.
pub(crate) fn by_day(counts: Vec<DayCount>) -> BTreeMap<Day, Seen> {
    let seen = |count: DayCount| {
        let DayCount { province, served_on, records, services, counted, .. } = count;
        (day_of(province, served_on), Seen { records, services, counted })
    };
    counts.into_iter().map(seen).collect()
}

/// The day of a province, with its month.
pub(crate) fn day_of(province: Province, served_on: ServedOn) -> Day {
    (ProvinceMonth { province, month: served_on.month() }, served_on)
}

/// Notes of each partition how many records have a class beyond the stored offsets. A record that is gone
/// from the table keeps its class until the next recount: it is missing, not doubled.
pub(crate) fn note_doubled(partitions: &mut [PartitionAudit], beyond: &ByPartition) {
    for audit in partitions {
        let beyond = beyond.get(&(audit.topic, audit.partition)).copied().unwrap_or(0);
        audit.doubled = beyond.saturating_sub(audit.missing);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use figures::ledger::{Reason, Verdict};

    use super::*;

    pub(crate) fn july() -> ProvinceMonth {
        ProvinceMonth {
            province: "440000".parse().expect("a province"),
            month: "2023-07".parse().expect("a month"),
        }
    }

    fn day() -> Day {
        (july(), "2023-07-05".parse().expect("a day"))
    }

    /// Seven records of one partition: two services, four reviews of which two count, one that was
    /// discarded.
    pub(crate) fn books() -> Books {
        let account = |of| Account { of, source: "hall-1".into(), topic: 1, partition: 0 };
        let words = |class: &str, reason: &str| (class.to_owned(), reason.to_owned());
        let seen = Seen { records: 6, services: 2, counted: 2 };
        let mut books = Books {
            topics: vec![(Topic::Reviews, 1)],
            differing: Vec::new(),
            partitions: vec![PartitionAudit {
                topic: 1,
                cut: 7,
                end: 7,
                stored: 7,
                discarded: 1,
                ..PartitionAudit::default()
            }],
            lines: BTreeMap::from([
                (
                    account(Some(july())),
                    BTreeMap::from([
                        (words("service", ""), 2),
                        (words("counted", ""), 2),
                        (words("duplicate", ""), 1),
                        (words("set_aside", "mistaken"), 1),
                    ]),
                ),
                (account(None), BTreeMap::from([(words(DISCARDED, "not_ours"), 1)])),
            ]),
            stored: BTreeMap::from([(account(Some(july())), 6)]),
            classed: BTreeMap::from([(day(), seen)]),
            disclosed: BTreeMap::from([(day(), seen)]),
        };
        books.compare_partitions();
        books
    }

    fn reasons(change: impl FnOnce(&mut Books)) -> Vec<Reason> {
        let mut books = books();
        change(&mut books);
        books.compare_partitions();
        books.conclude().verdict.reasons().to_vec()
    }

    #[test]
    fn books_close_when_each_record_is_in_one_class_and_the_figures_say_the_same() {
        assert_eq!(books().findings(), []);
        let conclusion = books().conclude();
        assert_eq!(conclusion.verdict, Verdict::Closes);
        let whole = (conclusion.waiting, conclusion.quarantined, conclusion.discarded);
        assert_eq!(whole, (Some(0), Some(0), Some(1)));
    }

    #[test]
    fn what_is_missing_doubled_or_miscounted_is_a_difference() {
        let partition =
            |change: fn(&mut PartitionAudit)| reasons(|books| change(&mut books.partitions[0]));
        let missing = partition(|at| (at.missing, at.cut, at.end) = (1, 8, 8));
        assert_eq!(missing, [Reason::Missing(1)]);
        assert_eq!(partition(|at| at.end = 6), [Reason::Lost(1)]);
        let doubled = partition(|at| (at.stored, at.cut, at.end) = (6, 6, 6));
        assert_eq!(doubled, [Reason::StoredTwice(1)]);
        let unclassed = reasons(|books| {
            *books.stored.values_mut().next().expect("an account") = 7;
        });
        assert_eq!(unclassed, [Reason::Unclassed(1)]);
        let miscounted = reasons(|books| {
            books.disclosed.get_mut(&day()).expect("a day").counted = 3;
        });
        assert_eq!(miscounted, [Reason::CountedDiffer(1)]);
        let open = partition(|at| (at.quarantined, at.discarded) = (1, 0));
        assert_eq!(open, [Reason::Quarantined(1)]);
    }

    #[test]
    fn a_record_of_a_partition_that_no_line_has_is_unclassed() {
        let mut books = books();
        books.lines.retain(|account, _| account.of.is_some());
        books.compare_partitions();
        assert_eq!(books.conclude().verdict, Verdict::Open(vec![Reason::Unclassed(1)]));
        let said = books.findings()[0].to_string();
        assert_eq!(said, "topic 1, partition 0: 1 stored offsets have no class");
    }

    #[test]
    fn figures_that_have_seen_less_are_not_compared_but_not_settled_either() {
        let behind = |books: &mut Books| {
            books.disclosed.insert(day(), Seen { records: 5, services: 1, counted: 1 });
        };
        assert_eq!(reasons(behind), [Reason::CounterBehind(1)]);
        let waiting = reasons(|books| {
            behind(books);
            books.partitions[0].end = 9;
        });
        assert_eq!(waiting, [Reason::Waiting(2), Reason::CounterBehind(1)]);
    }

    #[test]
    fn a_record_that_is_gone_from_the_table_is_missing_and_not_doubled() {
        let audit = |missing| PartitionAudit { topic: 1, missing, ..PartitionAudit::default() };
        let doubled = |missing, beyond| {
            let mut partitions = [audit(missing)];
            note_doubled(&mut partitions, &ByPartition::from([((1, 0), beyond)]));
            partitions[0].doubled
        };
        assert_eq!((doubled(0, 1), doubled(1, 1), doubled(1, 3)), (1, 0, 2));
        let mut partitions = [audit(0)];
        note_doubled(&mut partitions, &ByPartition::new());
        assert_eq!(partitions[0].doubled, 0);
    }
}
