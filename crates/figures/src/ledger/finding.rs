//! Finds where evidence contradicts itself: the partition, the day or the account, with the numbers that
//! were seen. What a finding means for a ledger is decided in `verdict`.

use std::collections::BTreeMap;

use domain::ProvinceMonth;
use serde::Serialize;

use super::evidence::{ClassedUnit, DayEvidence, Installation, MonthEvidence, Seen};
use super::partition::PartitionAudit;

/// A contradiction, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "difference", rename_all = "snake_case")]
pub enum Finding {
    /// Records that Kafka has and the database has not.
    #[error(
        "topic {topic}, partition {partition}: {missing} offsets below {cut} have a record in Kafka and none in the database"
    )]
    #[expect(missing_docs, reason = "they are those of a partition's audit")]
    Missing { topic: u8, partition: u16, cut: u64, missing: u64 },
    /// The loader has committed more than Kafka ever gave out.
    #[error(
        "topic {topic}, partition {partition}: the loader has committed {cut} and Kafka ends at {end}; it has lost records, or is another one"
    )]
    #[expect(missing_docs, reason = "they are those of a partition's audit")]
    Lost { topic: u8, partition: u16, cut: u64, end: u64 },
    /// Offsets that do not add up.
    #[error(
        "topic {topic}, partition {partition}: {accounted} offsets are stored, gaps or missing, and Kafka gave out {offsets}"
    )]
    #[expect(missing_docs, reason = "they are those of a partition's audit")]
    Unaccounted { topic: u8, partition: u16, accounted: u64, offsets: u64 },
    /// Kafka has given the offset of a stored record to something else, or will.
    #[error(
        "topic {topic}, partition {partition}: the last stored record is not what Kafka has there. Kafka is not the one that the database was loaded from"
    )]
    #[expect(missing_docs, reason = "they are those of a partition's audit")]
    AnotherKafka { topic: u8, partition: u16 },
    /// Records that are stored under two keys.
    #[error(
        "topic {topic}, partition {partition}: {stored} offsets are stored and {classed} records have a class; a record is stored twice under two keys"
    )]
    #[expect(missing_docs, reason = "they are those of a partition's audit")]
    StoredTwice { topic: u8, partition: u16, stored: u64, classed: u64 },
    /// Stored offsets without a class.
    #[error("topic {topic}, partition {partition}: {unclassed} stored offsets have no class")]
    #[expect(missing_docs, reason = "they are those of a partition's audit")]
    PartitionUnclassed { topic: u8, partition: u16, unclassed: u64 },
    /// Records of a unit without a class, or with more than one.
    #[error("{unit}, {province_month}: {records} records are stored and {classed} have a class")]
    Unclassed {
        /// The province and the month.
        province_month: String,
        /// The day, or the source and the partition.
        unit: String,
        /// Records that there are.
        records: u64,
        /// Records that have a class.
        classed: u64,
    },
    /// A figure that is not what the classes add up to.
    #[error(
        "{province_month}: {disclosed} {figure} are disclosed and {classed} are in the ledger; days that differ: {days}"
    )]
    Figure {
        /// The province and the month.
        province_month: String,
        /// What is counted.
        figure: &'static str,
        /// The figure of the month.
        disclosed: u64,
        /// What the classes of the month add up to.
        classed: u64,
        /// Days on which both have seen the same records, and differ.
        days: u64,
    },
}

impl Finding {
    /// Whether it is about what is stored of a partition, and not about figures or classes.
    pub fn is_of_partition(&self) -> bool {
        match self {
            Self::Missing { .. }
            | Self::Lost { .. }
            | Self::Unaccounted { .. }
            | Self::AnotherKafka { .. }
            | Self::StoredTwice { .. }
            | Self::PartitionUnclassed { .. } => true,
            Self::Unclassed { .. } | Self::Figure { .. } => false,
        }
    }
}

/// Every contradiction, those of partitions first.
pub fn findings(
    installation: &Installation,
    months: &BTreeMap<ProvinceMonth, MonthEvidence>,
) -> Vec<Finding> {
    let partitions = installation.partitions.iter().flatten().flat_map(of_partition);
    let months = months.iter().flat_map(|(at, month)| of_month(*at, month));
    partitions.chain(months).collect()
}

fn of_partition(audit: &PartitionAudit) -> Vec<Finding> {
    let PartitionAudit { topic, partition, cut, end, stored, missing, .. } = *audit;
    let mut findings = Vec::new();
    if audit.is_lost() {
        findings.push(Finding::Lost { topic, partition, cut, end });
    } else if !audit.adds_up() {
        let (accounted, offsets) = (audit.accounted(), audit.offsets());
        findings.push(Finding::Unaccounted { topic, partition, accounted, offsets });
    }
    if missing > 0 {
        findings.push(Finding::Missing { topic, partition, cut, missing });
    }
    if audit.differs {
        findings.push(Finding::AnotherKafka { topic, partition });
    }
    if audit.doubled > 0 {
        let classed = stored + audit.doubled;
        findings.push(Finding::StoredTwice { topic, partition, stored, classed });
    }
    if audit.unclassed > 0 {
        let unclassed = audit.unclassed;
        findings.push(Finding::PartitionUnclassed { topic, partition, unclassed });
    }
    findings
}

fn of_month(at: ProvinceMonth, month: &MonthEvidence) -> Vec<Finding> {
    let unclassed = month.classed.iter().filter(|unit| unit.records != unit.classed);
    let unclassed = unclassed.map(|unit| Finding::Unclassed {
        province_month: at.to_string(),
        unit: name(&unit.unit),
        records: unit.records,
        classed: unit.classed,
    });
    let services = of_figure(at, month, "services", |seen| seen.services);
    let counted = of_figure(at, month, "reviews that count", |seen| seen.counted);
    unclassed.chain(services).chain(counted).collect()
}

fn of_figure(
    at: ProvinceMonth,
    month: &MonthEvidence,
    figure: &'static str,
    number: fn(&Seen) -> u64,
) -> Option<Finding> {
    let differs =
        |day: &&DayEvidence| day.is_settled() && number(&day.figures) != number(&day.ledger);
    let days = month.days.values().filter(differs).count() as u64;
    (days > 0).then(|| Finding::Figure {
        province_month: at.to_string(),
        figure,
        disclosed: month.days.values().map(|day| number(&day.figures)).sum(),
        classed: month.days.values().map(|day| number(&day.ledger)).sum(),
        days,
    })
}

fn name(unit: &ClassedUnit) -> String {
    match unit {
        ClassedUnit::Day(day) => day.to_string(),
        ClassedUnit::Account { source, topic, partition } => {
            format!("source {source}, topic {topic}, partition {partition}")
        }
    }
}
