//! Decides whether a ledger closes, from the evidence and nothing else.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

use super::evidence::{DayEvidence, Installation, MonthEvidence};
use super::partition::PartitionAudit;

/// Why a ledger does not close, or not yet. Of all that is counted here none is zero.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    IntoStaticStr,
    VariantNames,
)]
#[serde(tag = "code", content = "count", rename_all = "snake_case", deny_unknown_fields)]
#[strum(serialize_all = "snake_case")]
pub enum Reason {
    /// Records below the committed offset that Kafka has and the database lacks.
    Missing(u64),
    /// Partitions where Kafka ends before what is committed.
    Lost(u64),
    /// Partitions whose offsets do not add up.
    Unaccounted(u64),
    /// Partitions where Kafka holds something other than what was loaded.
    AnotherKafka(u64),
    /// Records that are stored, and classed, more than once.
    StoredTwice(u64),
    /// Records without a class.
    Unclassed(u64),
    /// Services by which the figures differ from the ledger, on days on which both have seen the same
    /// records.
    ServicesDiffer(u64),
    /// Counted reviews by which they differ, on such days.
    CountedDiffer(u64),
    /// Quarantined records on which nobody has decided.
    Quarantined(u64),
    /// Records that were accepted and are not loaded yet.
    Waiting(u64),
    /// Days on which ledger and figures have not seen equally many records.
    CounterBehind(u64),
    /// Not all topics were audited lately.
    NeverAudited,
    /// Records of the ledger that the last audit cannot have known of.
    AuditOutgrown(u64),
}

impl Reason {
    /// Whether it goes away by itself. Others stay until somebody acts.
    pub fn passes(self) -> bool {
        match self {
            Self::Missing(_)
            | Self::Lost(_)
            | Self::Unaccounted(_)
            | Self::AnotherKafka(_)
            | Self::StoredTwice(_)
            | Self::Unclassed(_)
            | Self::ServicesDiffer(_)
            | Self::CountedDiffer(_)
            | Self::Quarantined(_) => false,
            Self::Waiting(_)
            | Self::CounterBehind(_)
            | Self::NeverAudited
            | Self::AuditOutgrown(_) => true,
        }
    }

    /// How much there is of it.
    pub fn count(self) -> Option<u64> {
        match self {
            Self::Missing(count)
            | Self::Lost(count)
            | Self::Unaccounted(count)
            | Self::AnotherKafka(count)
            | Self::StoredTwice(count)
            | Self::Unclassed(count)
            | Self::ServicesDiffer(count)
            | Self::CountedDiffer(count)
            | Self::Quarantined(count)
            | Self::Waiting(count)
            | Self::CounterBehind(count)
            | Self::AuditOutgrown(count) => Some(count),
            Self::NeverAudited => None,
        }
    }

    /// The word for it.
    pub fn code(self) -> &'static str {
        self.into()
    }
}

/// Whether a ledger closes.
#[derive(Clone, Debug, PartialEq, Eq, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Verdict {
    /// Every accepted record is stored once, has one class, and is in the figures as its class says.
    Closes,
    /// Something stands against it that does not go away by itself. Reasons that pass may be among
    /// the reasons too; they come last.
    Open(Vec<Reason>),
    /// Nothing stands against it, but something cannot be compared yet.
    Undecided(Vec<Reason>),
}

impl Verdict {
    /// The verdict for these reasons.
    pub fn of(mut reasons: Vec<Reason>) -> Self {
        reasons.sort();
        if reasons.is_empty() {
            Self::Closes
        } else if reasons.iter().all(|reason| reason.passes()) {
            Self::Undecided(reasons)
        } else {
            Self::Open(reasons)
        }
    }

    /// The word for it.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// Whether the ledger closes.
    pub fn closes(&self) -> bool {
        *self == Self::Closes
    }

    /// Why it does not close, or not yet.
    pub fn reasons(&self) -> &[Reason] {
        match self {
            Self::Closes => &[],
            Self::Open(reasons) | Self::Undecided(reasons) => reasons,
        }
    }
}

/// What follows from the evidence, in the same words for the command, the API and whoever else asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Form", try_from = "Form")]
pub struct Conclusion {
    /// Whether the ledger closes, and if not, why not.
    pub verdict: Verdict,
    /// Quarantined records of the whole installation on which nobody has decided; `None` if there was
    /// no audit lately.
    pub quarantined: Option<u64>,
    /// Quarantined records of the whole installation that were given up with a reason; `None` as
    /// before.
    pub discarded: Option<u64>,
    /// Records of the whole installation that were accepted and are not loaded yet; `None` as before.
    pub waiting: Option<u64>,
}

/// A conclusion as JSON.
#[derive(Serialize, Deserialize)]
struct Form {
    verdict: String,
    reasons: Vec<Reason>,
    quarantined: Option<u64>,
    discarded: Option<u64>,
    waiting: Option<u64>,
}

impl From<Conclusion> for Form {
    fn from(conclusion: Conclusion) -> Self {
        let Conclusion { verdict, quarantined, discarded, waiting } = conclusion;
        let reasons = verdict.reasons().to_vec();
        Self { verdict: verdict.code().to_owned(), reasons, quarantined, discarded, waiting }
    }
}

/// A verdict whose word is not the one of its reasons.
#[derive(Debug, thiserror::Error)]
#[error("the verdict {said} does not follow from its reasons")]
struct NotItsReasons {
    said: String,
}

impl TryFrom<Form> for Conclusion {
    type Error = NotItsReasons;

    fn try_from(form: Form) -> Result<Self, NotItsReasons> {
        let Form { verdict: said, reasons, quarantined, discarded, waiting } = form;
        let verdict = Verdict::of(reasons);
        if verdict.code() == said {
            Ok(Self { verdict, quarantined, discarded, waiting })
        } else {
            Err(NotItsReasons { said })
        }
    }
}

/// Concludes whether the ledger of these months closes: of one month, or of all for the whole
/// installation. What bears on which is said in the module's documentation.
pub fn conclude<'e>(
    installation: &Installation,
    months: impl IntoIterator<Item = &'e MonthEvidence>,
) -> Conclusion {
    let months: Vec<_> = months.into_iter().collect();
    let (of_partitions, of_months) = (Partitions::of(installation), Months::of(&months));
    let outgrown = outgrown_by(installation, &months);
    let reasons = [
        (Reason::Missing as fn(u64) -> Reason, of_partitions.missing),
        (Reason::Lost, of_partitions.lost),
        (Reason::Unaccounted, of_partitions.unaccounted),
        (Reason::AnotherKafka, of_partitions.differ),
        // A partition and a month may show the same record: it is not two.
        (Reason::StoredTwice, of_partitions.doubled.max(of_months.doubled)),
        (Reason::Unclassed, of_partitions.unclassed.max(of_months.unclassed)),
        (Reason::ServicesDiffer, of_months.services),
        (Reason::CountedDiffer, of_months.counted),
        (Reason::Quarantined, installation.quarantined().unwrap_or(0)),
        (Reason::Waiting, installation.waiting().unwrap_or(0)),
        (Reason::CounterBehind, of_months.behind),
        (Reason::AuditOutgrown, outgrown),
    ];
    let reasons = reasons.into_iter().filter(|(_, count)| *count > 0);
    let never = installation.partitions.is_none().then_some(Reason::NeverAudited);
    let reasons = reasons.map(|(reason, count)| reason(count)).chain(never);
    Conclusion {
        verdict: Verdict::of(reasons.collect()),
        quarantined: installation.quarantined(),
        discarded: installation.discarded(),
        waiting: installation.waiting(),
    }
}

/// How many records of the ledger the audit cannot have known of: they were loaded after it, and what it
/// found says nothing of them.
pub(super) fn outgrown_by(installation: &Installation, months: &[&MonthEvidence]) -> u64 {
    let Some(partitions) = &installation.partitions else { return 0 };
    let mut classed: BTreeMap<u8, u64> = BTreeMap::new();
    for (topic, records) in months.iter().flat_map(|month| &month.classed_by_topic) {
        *classed.entry(*topic).or_default() += records;
    }
    let excess = classed.into_iter().map(|(topic, classed)| {
        let of_topic = partitions.iter().filter(|audit| audit.topic == topic);
        classed.saturating_sub(of_topic.map(PartitionAudit::known).sum())
    });
    excess.sum()
}

/// Sums over partitions.
#[derive(Default)]
struct Partitions {
    missing: u64,
    lost: u64,
    unaccounted: u64,
    differ: u64,
    doubled: u64,
    unclassed: u64,
}

impl Partitions {
    fn of(installation: &Installation) -> Self {
        let mut all = Self::default();
        for audit in installation.partitions.iter().flatten() {
            all.missing += audit.missing;
            all.lost += u64::from(audit.is_lost());
            all.unaccounted += u64::from(!audit.is_lost() && !audit.adds_up());
            all.differ += u64::from(audit.differs);
            all.doubled += audit.doubled;
            all.unclassed += audit.unclassed;
        }
        all
    }
}

/// Sums over months.
#[derive(Default)]
struct Months {
    doubled: u64,
    unclassed: u64,
    services: u64,
    counted: u64,
    behind: u64,
}

impl Months {
    fn of(months: &[&MonthEvidence]) -> Self {
        let mut all = Self::default();
        for classed in months.iter().flat_map(|month| &month.classed) {
            all.doubled += classed.classed.saturating_sub(classed.records);
            all.unclassed += classed.records.saturating_sub(classed.classed);
        }
        for day in months.iter().flat_map(|month| month.days.values()) {
            let DayEvidence { ledger, figures } = day;
            if day.is_settled() {
                all.services += ledger.services.abs_diff(figures.services);
                all.counted += ledger.counted.abs_diff(figures.counted);
            } else {
                all.behind += 1;
            }
        }
        all
    }
}
