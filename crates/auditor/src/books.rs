//! Decides whether the books close: whether every record is in one class, and the classes are what
//! the figures say. No IO.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use topics::{Differing, Topic};

use crate::figures::{Place, Said};
use crate::partition::Audited;

/// What a line of the ledger is about. What is quarantined has no place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Account {
    /// The province-level unit and the month of the services.
    pub(crate) place: Option<Place>,
    /// Who posted the records.
    pub(crate) source: String,
    /// Our number of the topic.
    pub(crate) topic: u8,
    /// The partition.
    pub(crate) partition: u16,
}

/// A class and its reason, in the words of `domain::Class`, or what has become of a record that
/// could not be loaded.
pub(crate) type Words = (String, String);

/// The word for what could not be loaded and waits for somebody; the others are those of
/// `domain::Class`.
pub(crate) const QUARANTINED: &str = "quarantined";

/// The word for what could not be loaded and was given up, with a reason.
pub(crate) const DISCARDED: &str = "discarded";

/// Everything that is compared, as of the cuts of the partitions.
#[derive(Debug, Default)]
pub(crate) struct Books {
    /// The topics and our numbers of them.
    pub(crate) topics: Vec<(Topic, u8)>,
    /// Every partition.
    pub(crate) partitions: Vec<Audited>,
    /// Partitions of which Kafka has something else than what was loaded.
    pub(crate) differing: Vec<Differing>,
    /// How many records each account has in each class.
    pub(crate) lines: BTreeMap<Account, BTreeMap<Words, u64>>,
    /// How many different offsets are stored of each account, without those that are quarantined.
    pub(crate) stored: BTreeMap<Account, u64>,
    /// What is disclosed of each place.
    pub(crate) disclosed: BTreeMap<Place, Said>,
    /// Whether all places are among the lines.
    pub(crate) is_whole: bool,
}

/// Why the books do not close.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "difference", rename_all = "snake_case")]
pub(crate) enum Difference {
    /// Records that Kafka has and the database has not, or the other way round.
    #[error(
        "topic {topic}, partition {partition}: {missing} offsets below {cut} have a record in Kafka and none in the database"
    )]
    Missing { topic: u8, partition: u16, cut: u64, missing: u64 },
    /// More is stored, or committed, than Kafka ever gave out: it was restored, or lost records.
    #[error(
        "topic {topic}, partition {partition}: the loader has committed {cut} and Kafka ends at {end}; it has lost records, or is another one"
    )]
    Lost { topic: u8, partition: u16, cut: u64, end: u64 },
    /// Kafka has given the offset of a stored record to something else, or will.
    #[error("{what}: Kafka is not the one that the database was loaded from")]
    Another { what: String },
    /// A record without a class, or with two.
    #[error(
        "source {source_id}, topic {topic}, partition {partition}, {place}: {stored} records are stored and {classed} have a class"
    )]
    Unclassed {
        source_id: String,
        topic: u8,
        partition: u16,
        place: String,
        stored: u64,
        classed: u64,
    },
    /// An offset that is stored under two keys.
    #[error(
        "topic {topic}, partition {partition}: {stored} offsets are stored and {classed} records have a class; a record is stored twice under two keys"
    )]
    Twice { topic: u8, partition: u16, stored: u64, classed: u64 },
    /// A figure that is not what the classes add up to.
    #[error("{place}: {disclosed} {figure} are disclosed and {classed} are in the ledger")]
    Figure { place: String, figure: &'static str, disclosed: u64, classed: u64 },
}

/// What cannot be compared yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Unsettled {
    /// Records that were accepted and are not loaded yet.
    pub(crate) waiting: u64,
    /// Months of which the figures have not seen everything, or more than was looked at.
    pub(crate) uncounted_months: u64,
}

impl Books {
    /// The name of a topic by its number.
    pub(crate) fn topic(&self, number: u8) -> &'static str {
        let topic = self.topics.iter().find(|(_, known)| *known == number);
        topic.map_or("another topic", |(topic, _)| topic.into())
    }

    /// What the ledger says of each place.
    pub(crate) fn classed(&self) -> BTreeMap<Place, Said> {
        let mut classed: BTreeMap<Place, Said> = BTreeMap::new();
        for (account, classes) in &self.lines {
            let Some(place) = account.place else { continue };
            let said = classed.entry(place).or_default();
            for ((class, _), records) in classes {
                said.records += records;
                match class.as_str() {
                    "service" => said.services += records,
                    "counted" => said.counted += records,
                    _ => {}
                }
            }
        }
        classed
    }

    /// Every line that does not close.
    pub(crate) fn differences(&self) -> Vec<Difference> {
        let mut differences = of_partitions(&self.partitions);
        differences.extend(of_tips(&self.differing));
        differences.extend(self.unclassed());
        if self.is_whole {
            differences.extend(self.stored_twice());
        }
        differences.extend(of_figures(&self.classed(), &self.disclosed));
        differences
    }

    /// What cannot be compared yet.
    pub(crate) fn unsettled(&self) -> Unsettled {
        let classed = self.classed();
        let records =
            |said: &BTreeMap<Place, Said>, at: &Place| said.get(at).map_or(0, |said| said.records);
        let places: BTreeSet<_> = classed.keys().chain(self.disclosed.keys()).collect();
        let is_behind = |at: &&&Place| records(&classed, at) != records(&self.disclosed, at);
        Unsettled {
            waiting: self.partitions.iter().map(Audited::waiting).sum(),
            uncounted_months: places.iter().filter(is_behind).count() as u64,
        }
    }

    /// How many records are quarantined and wait for somebody.
    pub(crate) fn quarantined(&self) -> u64 {
        let classes = self.lines.values().flatten();
        classes.filter(|((class, _), _)| class == QUARANTINED).map(|(_, records)| records).sum()
    }

    fn unclassed(&self) -> impl Iterator<Item = Difference> {
        self.stored.iter().filter_map(|(account, stored)| {
            let classed = self.lines.get(account).map_or(0, |classes| classes.values().sum());
            (classed != *stored).then(|| Difference::Unclassed {
                source_id: account.source.clone(),
                topic: account.topic,
                partition: account.partition,
                place: account.place.map_or_else(String::new, name),
                stored: *stored,
                classed,
            })
        })
    }

    fn stored_twice(&self) -> impl Iterator<Item = Difference> {
        let mut classed: BTreeMap<(u8, u16), u64> = BTreeMap::new();
        for (account, classes) in &self.lines {
            *classed.entry((account.topic, account.partition)).or_default() +=
                classes.values().sum::<u64>();
        }
        self.partitions.iter().filter_map(move |at| {
            let Audited { topic, partition, stored, .. } = *at;
            let classed = classed.get(&(topic, partition)).copied().unwrap_or(0);
            (classed != stored).then_some(Difference::Twice { topic, partition, stored, classed })
        })
    }
}

/// Partitions of which something is missing.
pub(crate) fn of_partitions(partitions: &[Audited]) -> Vec<Difference> {
    let difference = |at: &Audited| {
        let Audited { topic, partition, cut, end, missing, .. } = *at;
        if at.closes() {
            None
        } else if cut > end {
            Some(Difference::Lost { topic, partition, cut, end })
        } else {
            Some(Difference::Missing { topic, partition, cut, missing })
        }
    };
    partitions.iter().filter_map(difference).collect()
}

/// Partitions of which Kafka has something else than what was loaded.
pub(crate) fn of_tips(differing: &[Differing]) -> Vec<Difference> {
    differing.iter().map(|at| Difference::Another { what: at.to_string() }).collect()
}

/// Partitions of which more records have a class than offsets are stored.
pub(crate) fn of_doubled(
    partitions: &[Audited],
    doubled: &BTreeMap<(u8, u16), u64>,
) -> Vec<Difference> {
    let difference = |at: &Audited| {
        let Audited { topic, partition, stored, .. } = *at;
        let doubled = doubled.get(&(topic, partition))?;
        Some(Difference::Twice { topic, partition, stored, classed: stored + doubled })
    };
    partitions.iter().filter_map(difference).collect()
}

/// Figures that are not what the classes add up to, of the places of which both have seen equally
/// much: the others are compared when the slower one has caught up.
pub(crate) fn of_figures(
    classed: &BTreeMap<Place, Said>,
    disclosed: &BTreeMap<Place, Said>,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (place, classed) in classed {
        let Some(disclosed) = disclosed.get(place) else { continue };
        if disclosed.records != classed.records {
            continue;
        }
        for (figure, disclosed, classed) in [
            ("services", disclosed.services, classed.services),
            ("reviews that count", disclosed.counted, classed.counted),
        ] {
            if disclosed != classed {
                differences.push(Difference::Figure {
                    place: name(*place),
                    figure,
                    disclosed,
                    classed,
                });
            }
        }
    }
    differences
}

/// A place for a person.
pub(crate) fn name((province, month): Place) -> String {
    format!("{province} {month}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        ("440000".parse().expect("a province"), "2023-07".parse().expect("a month"))
    }

    /// Seven records of one partition: two services, four reviews of which two count, one that is
    /// quarantined.
    fn books() -> Books {
        let account = |place| Account { place, source: "hall-1".into(), topic: 1, partition: 0 };
        let words = |class: &str, reason: &str| (class.to_owned(), reason.to_owned());
        Books {
            topics: vec![(Topic::Reviews, 1)],
            differing: Vec::new(),
            partitions: vec![Audited {
                topic: 1,
                partition: 0,
                first: 0,
                cut: 7,
                end: 7,
                stored: 7,
                gaps: 0,
                missing: 0,
            }],
            lines: BTreeMap::from([
                (
                    account(Some(place())),
                    BTreeMap::from([
                        (words("service", ""), 2),
                        (words("counted", ""), 2),
                        (words("duplicate", ""), 1),
                        (words("set_aside", "mistaken"), 1),
                    ]),
                ),
                (account(None), BTreeMap::from([(words("quarantined", "not_json"), 1)])),
            ]),
            stored: BTreeMap::from([(account(Some(place())), 6)]),
            disclosed: BTreeMap::from([(place(), Said { records: 6, services: 2, counted: 2 })]),
            is_whole: true,
        }
    }

    #[test]
    fn books_close_when_each_record_is_in_one_class_and_the_figures_say_the_same() {
        assert_eq!(books().differences(), []);
        assert_eq!(books().unsettled(), Unsettled::default());
        assert_eq!(books().quarantined(), 1);
    }

    #[test]
    fn what_is_missing_doubled_or_miscounted_is_a_difference() {
        let mut missing = books();
        missing.partitions[0].missing = 1;
        missing.partitions[0].cut = 8;
        missing.partitions[0].end = 8;
        assert!(matches!(missing.differences()[..], [Difference::Missing { missing: 1, .. }]));

        let mut lost = books();
        lost.partitions[0].end = 6;
        assert!(matches!(lost.differences()[..], [Difference::Lost { end: 6, .. }]));

        let mut doubled = books();
        doubled.partitions[0].stored = 6;
        doubled.partitions[0].cut = 6;
        doubled.partitions[0].end = 6;
        assert!(matches!(doubled.differences()[..], [Difference::Twice { classed: 7, .. }]));

        let mut unclassed = books();
        *unclassed.stored.values_mut().next().expect("an account") = 7;
        assert!(matches!(unclassed.differences()[..], [Difference::Unclassed { stored: 7, .. }]));

        let mut miscounted = books();
        miscounted.disclosed.get_mut(&place()).expect("a month").counted = 3;
        assert!(matches!(miscounted.differences()[..], [Difference::Figure { disclosed: 3, .. }]));
    }

    #[test]
    fn figures_that_have_seen_less_are_not_compared_but_not_settled_either() {
        let mut behind = books();
        behind.disclosed.insert(place(), Said { records: 5, services: 1, counted: 1 });
        assert_eq!(behind.differences(), []);
        assert_eq!(behind.unsettled(), Unsettled { waiting: 0, uncounted_months: 1 });
        behind.partitions[0].end = 9;
        assert_eq!(behind.unsettled(), Unsettled { waiting: 2, uncounted_months: 1 });
    }
}
