//! The ledger of a month: what became of each record, and whether the numbers agree (D4). No IO.
//!
//! Classes are computed from what is stored, so that they add up proves little by itself. The
//! ledger closes only if it also agrees with the figures and with Kafka's own offsets. What cannot
//! be compared now is undecided: never agreed, and never a fault.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Class, EpochSeconds, ServedOn};
use strum::IntoStaticStr;
use topics::Topic;

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
    pub(crate) partition: u16,
    pub(crate) audited_at: EpochSeconds,
    pub(crate) first: u64,
    pub(crate) cut: u64,
    pub(crate) end: u64,
    pub(crate) stored: u64,
    pub(crate) gaps: u64,
    pub(crate) missing: u64,
}

impl AuditedPartition {
    fn accounted(&self) -> u64 {
        self.stored + self.gaps + self.missing
    }

    /// Offsets from the first to the cut that Kafka has given away. It has given away none at or
    /// after its end: a cut beyond that says that it has lost records, or is another one.
    fn offsets(&self) -> u64 {
        self.cut.min(self.end).saturating_sub(self.first)
    }

    /// Records that were accepted and are not loaded yet.
    pub(crate) fn waiting(&self) -> u64 {
        self.end.saturating_sub(self.cut)
    }
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

    pub(crate) fn waiting(&self) -> u64 {
        self.partitions.iter().map(AuditedPartition::waiting).sum()
    }

    /// Whether the ledger has more records of a topic than the audit found stored: then most of
    /// what it should speak for came later.
    fn is_outgrown_by(&self, ledger: &BTreeMap<ServedOn, LedgerDay>) -> bool {
        Topic::LOADED.iter().any(|topic| {
            let of_topic = self.partitions.iter().filter(|partition| partition.topic == *topic);
            let stored: u64 = of_topic.map(|partition| partition.stored).sum();
            let tallies = ledger.values().filter_map(|day| day.topics.get(topic));
            tallies.map(sum).sum::<u64>() > stored
        })
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
    /// Unknown if a topic was never audited.
    pub(crate) audit: Option<Audit>,
    /// Records of the whole system that could not be loaded when they came, and were not given up.
    /// They had no month then; those that were loaded after all have a class as well.
    pub(crate) quarantined: u64,
    /// Records of the whole system that could not be loaded and were given up with a reason.
    pub(crate) discarded: u64,
}

/// The ledger of a month.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    pub(crate) records: u64,
    /// Every topic of events.
    pub(crate) topics: Vec<(Topic, Tally)>,
    pub(crate) sources: Sources,
    pub(crate) checks: Vec<Check>,
    /// Undecided while the counter is behind, and if there was no audit, or only one before the
    /// records came.
    pub(crate) closes: Option<bool>,
    pub(crate) audit: Option<Audit>,
    pub(crate) quarantined: u64,
    pub(crate) discarded: u64,
}

impl Ledger {
    /// The ledger; nothing if nothing is known of the month.
    pub(crate) fn of(known: Known) -> Option<Self> {
        if known.ledger.is_empty() && known.figures.is_empty() {
            return None;
        }
        let checks = checks(&known);
        let closes = closes(checks.iter().map(|check| check.agrees));
        let mut topics: BTreeMap<Topic, Tally> =
            Topic::LOADED.map(|topic| (topic, Tally::new())).into();
        for (topic, tally) in known.ledger.values().flat_map(|day| &day.topics) {
            add(topics.entry(*topic).or_default(), tally);
        }
        Some(Self {
            records: known.ledger.values().map(|day| day.records).sum(),
            topics: topics.into_iter().collect(),
            sources: known.sources,
            checks,
            closes,
            audit: known.audit,
            quarantined: known.quarantined,
            discarded: known.discarded,
        })
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

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum CheckCode {
    /// The records of all classes, and all records.
    Classes,
    /// The records that the ledger has seen, and those that the figures have seen.
    Records,
    /// Counted reviews of the ledger, and of the figures.
    Counted,
    /// Services of the ledger, and of the figures.
    Services,
    /// Offsets that are stored, gaps or missing, and those that Kafka has given away.
    Offsets,
    /// Records that are in Kafka and not in the database, and nought.
    Missing,
}

/// Two numbers that should be the same, compared day by day or partition by partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) code: CheckCode,
    pub(crate) left: Option<u64>,
    pub(crate) right: Option<u64>,
    /// Days or partitions on which they could be compared and are not the same.
    pub(crate) differing: Option<u64>,
    /// Undecided if they cannot be compared now.
    pub(crate) agrees: Option<bool>,
}

impl Check {
    /// Compares pairs. Those that are not settled add to the numbers and decide nothing.
    fn of(code: CheckCode, pairs: impl Iterator<Item = Pair>) -> Self {
        let (mut left, mut right, mut differing, mut unsettled) = (0, 0, 0, false);
        for pair in pairs {
            left += pair.left;
            right += pair.right;
            differing += u64::from(pair.is_settled && pair.left != pair.right);
            unsettled |= !pair.is_settled;
        }
        let agrees = match (differing, unsettled) {
            (0, true) => None,
            (differing, _) => Some(differing == 0),
        };
        let (left, right, differing) = (Some(left), Some(right), Some(differing));
        Self { code, left, right, differing, agrees }
    }

    fn unknown(code: CheckCode) -> Self {
        Self { code, left: None, right: None, differing: None, agrees: None }
    }
}

/// Two numbers of one day or partition.
struct Pair {
    left: u64,
    right: u64,
    is_settled: bool,
}

impl Pair {
    fn settled(left: u64, right: u64) -> Self {
        Self { left, right, is_settled: true }
    }
}

fn checks(known: &Known) -> Vec<Check> {
    let days: BTreeSet<_> = known.ledger.keys().chain(known.figures.keys()).collect();
    let (no_ledger, no_figures) = (LedgerDay::default(), FiguresDay::default());
    let days: Vec<_> = days
        .into_iter()
        .map(|day| {
            let ledger = known.ledger.get(day).unwrap_or(&no_ledger);
            (ledger, known.figures.get(day).unwrap_or(&no_figures))
        })
        .collect();
    let of_ledger = |day: &LedgerDay, class| -> u64 {
        day.topics.values().map(|tally| of_class(tally, class)).sum()
    };
    // Records are only ever added, so two recounts that have seen equally many have seen the same
    // ones, and then a difference is a fault. Before that it says only that one is behind.
    let seen_alike = |ledger: &LedgerDay, figures: &FiguresDay| ledger.records == figures.records;
    let mut behind = Check::of(
        CheckCode::Records,
        days.iter().map(|(ledger, figures)| Pair::settled(ledger.records, figures.records)),
    );
    behind.agrees = behind.agrees.filter(|agrees| *agrees);
    let with_figures = |code, class, figure: fn(&FiguresDay) -> u64| {
        let pair = |(ledger, figures): &(&LedgerDay, &FiguresDay)| Pair {
            left: of_ledger(ledger, class),
            right: figure(figures),
            is_settled: seen_alike(ledger, figures),
        };
        Check::of(code, days.iter().map(pair))
    };
    let with_audit = |code, pair: fn(&AuditedPartition) -> Pair| {
        let Some(audit) = &known.audit else { return Check::unknown(code) };
        let mut check = Check::of(code, audit.partitions.iter().map(pair));
        // What it found wrong stays wrong; that it found all well says nothing of what came later.
        if audit.is_outgrown_by(&known.ledger) {
            check.agrees = check.agrees.filter(|agrees| !agrees);
        }
        check
    };
    vec![
        Check::of(
            CheckCode::Classes,
            known
                .ledger
                .values()
                .map(|day| Pair::settled(day.topics.values().map(sum).sum(), day.records)),
        ),
        behind,
        with_figures(CheckCode::Counted, Class::Counted, |figures| figures.counted),
        with_figures(CheckCode::Services, Class::Service, |figures| figures.services),
        with_audit(CheckCode::Offsets, |partition| {
            Pair::settled(partition.accounted(), partition.offsets())
        }),
        with_audit(CheckCode::Missing, |partition| Pair::settled(partition.missing, 0)),
    ]
}

/// Whether the ledger closes, given whether each of its comparisons agrees: not if one differs;
/// undecided if none differs and one is undecided.
pub(crate) fn closes(agree: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut closes = Some(true);
    for agrees in agree {
        match agrees {
            Some(true) => {}
            Some(false) => return Some(false),
            None => closes = None,
        }
    }
    closes
}

#[cfg(test)]
mod tests;
