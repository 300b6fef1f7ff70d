//! The ledger of a month: what became of each record, and what is known of it (D4). No IO.
//!
//! Whether it closes is concluded by [`figures::ledger`] and nowhere here.

use std::collections::{BTreeMap, BTreeSet};

use ::figures::ledger::{
    self as evidence, Check, Classed, ClassedUnit, Conclusion, DayEvidence, Installation,
    MonthEvidence, PartitionAudit, Seen,
};
use domain::{Class, EpochSeconds, ServedOn};
use topics::Topic;

use crate::moment::earliest;

pub(crate) mod read;
pub(crate) mod words;

/// Records by class; a class without records may be absent.
pub(crate) type Tally = BTreeMap<Class, u64>;

/// What the ledger says of the services of one day: the table `class_counts`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LedgerDay {
    /// Records that it has seen: the label of its recount.
    pub(crate) records: u64,
    pub(crate) topics: BTreeMap<Topic, Tally>,
}

/// What the figures of one day rest on: the table `counts`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct FiguresDay {
    /// Records that they have seen: the labels of their recounts.
    pub(crate) records: u64,
    pub(crate) counted: u64,
    pub(crate) services: u64,
}

/// What the auditor found in one partition: a row of the table `audits`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct AuditedPartition {
    pub(crate) topic: Topic,
    pub(crate) audited_at: EpochSeconds,
    pub(crate) found: PartitionAudit,
}

/// What the auditor found in the whole system. Records have no month before they are loaded, so it
/// is the same for all months.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Audit {
    /// At least one for each topic of events.
    pub(crate) partitions: Vec<AuditedPartition>,
}

impl Audit {
    /// When the partition was audited that was audited longest ago.
    pub(crate) fn audited_at(&self) -> EpochSeconds {
        let times = self.partitions.iter().map(|partition| partition.audited_at);
        times.min().expect("an audit without partitions is no audit")
    }

    /// Our number of a topic.
    fn number(&self, topic: Topic) -> Option<u8> {
        let of_topic = self.partitions.iter().find(|partition| partition.topic == topic);
        of_topic.map(|partition| partition.found.topic)
    }
}

/// Up to when the ledger of a month was written, and the figures with which it is compared.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LedgerMoments {
    /// When Kafka took the latest record that was classed; nothing if none was.
    pub(crate) ledger: Option<EpochSeconds>,
    /// When Kafka took the latest record that the figures have counted; nothing if they have none.
    pub(crate) figures: Option<EpochSeconds>,
}

impl LedgerMoments {
    /// When Kafka took the latest record that both have.
    pub(crate) fn as_of(self) -> Option<EpochSeconds> {
        earliest([self.ledger, self.figures])
    }
}

/// Records of one source, or of one partition of one source.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SourceRow {
    pub(crate) source: String,
    pub(crate) at: Option<(Topic, u16)>,
    pub(crate) records: u64,
    pub(crate) tally: Tally,
}

/// Some of all rows, those with most records first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sources {
    pub(crate) rows: Vec<SourceRow>,
    pub(crate) total_rows: u64,
}

/// What is known of a month, as it was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(crate) ledger: BTreeMap<ServedOn, LedgerDay>,
    pub(crate) figures: BTreeMap<ServedOn, FiguresDay>,
    pub(crate) sources: Sources,
    /// Unknown if a topic was not audited lately.
    pub(crate) audit: Option<Audit>,
}

/// The ledger of a month.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    pub(crate) records: u64,
    /// Every topic of events.
    pub(crate) topics: Vec<(Topic, Tally)>,
    pub(crate) sources: Sources,
    /// The evidence as the public sees it.
    pub(crate) checks: Vec<Check>,
    /// Whether the ledger closes.
    pub(crate) conclusion: Conclusion,
    pub(crate) audit: Option<Audit>,
}

impl Ledger {
    /// The ledger; nothing if there are no records of the month.
    pub(crate) fn of(known: Known) -> Option<Self> {
        let is_empty = known.ledger.is_empty() && known.figures.is_empty();
        (!is_empty).then(|| Self::from(known))
    }

    /// Records of all topics by class.
    pub(crate) fn classes(&self) -> Tally {
        let mut all = Tally::new();
        for (_, tally) in &self.topics {
            add(&mut all, tally);
        }
        all
    }

    /// Records of a topic by class.
    pub(crate) fn topic(&self, topic: Topic) -> Tally {
        let of_topic = self.topics.iter().find(|(of, _)| *of == topic);
        of_topic.map(|(_, tally)| tally.clone()).unwrap_or_default()
    }
}

impl From<Known> for Ledger {
    /// The ledger, which is empty if there are no records of the month.
    fn from(known: Known) -> Self {
        let (installation, month) = (known.installation(), known.month());
        let mut topics: BTreeMap<Topic, Tally> =
            Topic::LOADED.map(|topic| (topic, Tally::new())).into();
        for (topic, tally) in known.ledger.values().flat_map(|day| &day.topics) {
            add(topics.entry(*topic).or_default(), tally);
        }
        Self {
            records: known.ledger.values().map(|day| day.records).sum(),
            topics: topics.into_iter().collect(),
            sources: known.sources,
            checks: evidence::checks(&installation, &month),
            conclusion: evidence::conclude(&installation, [&month]),
            audit: known.audit,
        }
    }
}

fn add(sum: &mut Tally, tally: &Tally) {
    for (class, records) in tally {
        *sum.entry(*class).or_default() += records;
    }
}

/// How many records a class has.
pub(crate) fn of_class(tally: &Tally, class: Class) -> u64 {
    tally.get(&class).copied().unwrap_or(0)
}

/// How many records all classes have.
pub(crate) fn sum(tally: &Tally) -> u64 {
    tally.values().sum()
}

impl LedgerDay {
    fn of_class(&self, class: Class) -> u64 {
        self.topics.values().map(|tally| of_class(tally, class)).sum()
    }
}

impl Known {
    /// The evidence that bears on every month.
    fn installation(&self) -> Installation {
        let found = |audit: &Audit| audit.partitions.iter().map(|at| at.found).collect();
        Installation { partitions: self.audit.as_ref().map(found) }
    }

    /// The evidence of this month.
    fn month(&self) -> MonthEvidence {
        let days: BTreeSet<_> = self.ledger.keys().chain(self.figures.keys()).collect();
        let (no_ledger, no_figures) = (LedgerDay::default(), FiguresDay::default());
        let day = |day: &ServedOn| {
            let ledger = self.ledger.get(day).unwrap_or(&no_ledger);
            let figures = self.figures.get(day).unwrap_or(&no_figures);
            let ledger = Seen {
                records: ledger.records,
                services: ledger.of_class(Class::Service),
                counted: ledger.of_class(Class::Counted),
            };
            let FiguresDay { records, counted, services } = *figures;
            (*day, DayEvidence { ledger, figures: Seen { records, services, counted } })
        };
        let classed = self.ledger.iter().map(|(day, ledger)| Classed {
            unit: ClassedUnit::Day(*day),
            records: ledger.records,
            classed: ledger.topics.values().map(sum).sum(),
        });
        let mut classed_by_topic: BTreeMap<u8, u64> = BTreeMap::new();
        for (topic, tally) in self.ledger.values().flat_map(|day| &day.topics) {
            // Without an audit there is nothing that it could have outgrown.
            if let Some(number) = self.audit.as_ref().and_then(|audit| audit.number(*topic)) {
                *classed_by_topic.entry(number).or_default() += sum(tally);
            }
        }
        MonthEvidence {
            days: days.into_iter().map(day).collect(),
            classed: classed.collect(),
            classed_by_topic,
        }
    }
}

#[cfg(test)]
mod tests;
