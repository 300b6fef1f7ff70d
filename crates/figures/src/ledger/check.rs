//! Pairs of numbers that should be the same, as the public sees them: what the verdict of one month
//! rests on. A check shows evidence; it is the verdict that says whether the ledger closes.

use strum::IntoStaticStr;

use super::evidence::{Installation, MonthEvidence, Seen};
use super::partition::PartitionAudit;
use super::verdict::outgrown_by;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum CheckCode {
    /// The records of all classes, and all records.
    Classes,
    /// The records that the ledger has seen, and those that the figures have seen.
    Records,
    /// Counted reviews of the ledger, and of the figures.
    Counted,
    /// Services of the ledger, and of the figures.
    Services,
    /// Offsets that are stored, gaps or missing, and those that Kafka has given out.
    Offsets,
    /// Records that are in Kafka and not in the database, and zero.
    Missing,
    /// Records that are stored under two keys, and zero.
    StoredTwice,
    /// Partitions where Kafka holds something other than what was loaded, and zero.
    AnotherKafka,
}

/// Two numbers that should be the same, compared day by day or partition by partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// What is compared.
    pub code: CheckCode,
    /// The sum of the left numbers; `None` if they are not known.
    pub left: Option<u64>,
    /// The sum of the right numbers; `None` if they are not known.
    pub right: Option<u64>,
    /// Days or partitions on which they could be compared and are not the same.
    pub differing: Option<u64>,
    /// `None` if they cannot be compared now.
    pub agrees: Option<bool>,
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

/// What is compared for a month.
pub fn checks(installation: &Installation, month: &MonthEvidence) -> Vec<Check> {
    let of_classes = |classed: &super::Classed| Pair::settled(classed.classed, classed.records);
    let of_records =
        |day: &super::DayEvidence| Pair::settled(day.ledger.records, day.figures.records);
    // Until both have seen the same records, one of the two is behind, which is no fault.
    let mut records = Check::of(CheckCode::Records, month.days.values().map(of_records));
    records.agrees = records.agrees.filter(|agrees| *agrees);
    let with_figures = |code, number: fn(&Seen) -> u64| {
        let pairs = month.days.values().map(|day| Pair {
            left: number(&day.ledger),
            right: number(&day.figures),
            is_settled: day.is_settled(),
        });
        Check::of(code, pairs)
    };
    let is_outgrown = outgrown_by(installation, &[month]) > 0;
    let with_audit = |code, pair: fn(&PartitionAudit) -> Pair| {
        let Some(partitions) = &installation.partitions else { return Check::unknown(code) };
        let mut check = Check::of(code, partitions.iter().map(pair));
        // What an audit found wrong stays wrong; that it found nothing wrong says nothing of what came
        // later.
        if is_outgrown {
            check.agrees = check.agrees.filter(|agrees| !agrees);
        }
        check
    };
    vec![
        Check::of(CheckCode::Classes, month.classed.iter().map(of_classes)),
        records,
        with_figures(CheckCode::Counted, |seen| seen.counted),
        with_figures(CheckCode::Services, |seen| seen.services),
        with_audit(CheckCode::Offsets, |at| Pair::settled(at.accounted(), at.offsets())),
        with_audit(CheckCode::Missing, |at| Pair::settled(at.missing, 0)),
        with_audit(CheckCode::StoredTwice, |at| Pair::settled(at.doubled, 0)),
        with_audit(CheckCode::AnotherKafka, |at| Pair::settled(u64::from(at.differs), 0)),
    ]
}
