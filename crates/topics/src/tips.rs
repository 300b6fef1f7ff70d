//! Decides whether Kafka is still the one that a database was loaded from.
//!
//! A broker that was restored from an older copy, or that lost what it had acknowledged, gives
//! offsets out a second time. A loader that then continues from what was committed skips records
//! without noticing. So the last stored record of each partition, its *tip*, is compared with what
//! Kafka has there. What is stored is told by the caller.

use std::fmt;

use anyhow::Context;
use domain::{EventHash, Position};

use crate::address::RecordAddress;
use crate::kafka::Kafka;
use crate::read::NoRecord;

/// The last stored record of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Where the record was read.
    pub position: Position,
    /// The short hash of its value, as in the table of records.
    pub event: u64,
}

/// A partition whose last stored record is not what Kafka has there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Differing {
    /// The address of the stored record.
    pub address: RecordAddress,
    /// The same as the tables have it.
    pub position: Position,
    /// What is there instead.
    pub instead: Instead,
}

/// What Kafka has where a stored record should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instead {
    /// Nothing yet: it will give the offset to another record.
    Nothing {
        /// The offset that the next record gets.
        end: u64,
    },
    /// Another record, or none although there are later ones.
    Another,
}

impl fmt::Display for Differing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, instead, .. } = self;
        match instead {
            Instead::Nothing { end } => write!(f, "{address} is stored, and Kafka ends at {end}"),
            Instead::Another => {
                write!(f, "{address} is stored, and Kafka has something else there")
            }
        }
    }
}

/// A tip, and the offsets that Kafka has of its partition.
#[derive(Clone, Copy, Debug)]
struct Compared {
    tip: Tip,
    address: RecordAddress,
    start: u64,
    end: u64,
}

impl Compared {
    /// Whether Kafka should have the record: it has neither expired nor is it still to come.
    fn is_readable(&self) -> bool {
        (self.start..self.end).contains(&self.address.offset)
    }

    /// Decides about a partition: `found` is the short hash of what Kafka has at the tip.
    fn judge(&self, found: Option<u64>) -> Option<Differing> {
        let Self { tip: Tip { position, event }, address, start, end } = *self;
        let instead = if address.offset >= end {
            Instead::Nothing { end }
        } else if address.offset < start || found == Some(event) {
            // What has expired in Kafka was loaded before.
            return None;
        } else {
            Instead::Another
        };
        Some(Differing { address, position, instead })
    }
}

impl Kafka {
    /// The partitions of which Kafka has something else than what was loaded. A tip of a topic that
    /// was replaced is not compared with its successor.
    ///
    /// # Errors
    ///
    /// If a broker does not answer.
    pub async fn differing(&self, tips: &[Tip]) -> anyhow::Result<Vec<Differing>> {
        let compared = self.with_offsets(tips).await?;
        let readable = compared.iter().filter(|tip| tip.is_readable()).map(|tip| tip.address);
        let mut records = self.records(readable.collect()).await?.into_iter();
        let mut differing = Vec::new();
        for tip in &compared {
            let found = if tip.is_readable() {
                let (_, record) = records.next().expect("a record was looked up for each address");
                match record {
                    Ok(record) => Some(EventHash::of(&record.value).short()),
                    Err(error) if error.is::<NoRecord>() => None,
                    Err(error) => return Err(error),
                }
            } else {
                None
            };
            differing.extend(tip.judge(found));
        }
        Ok(differing)
    }

    async fn with_offsets(&self, tips: &[Tip]) -> anyhow::Result<Vec<Compared>> {
        let offsets = self.offsets().await?;
        let compared = |tip: &Tip| {
            let address = self.address(tip.position)?;
            let Position { topic, partition, .. } = tip.position;
            let at = offsets.iter().find(|at| (at.topic, at.partition) == (topic, partition));
            let at = at.with_context(|| format!("Kafka has no partition of {address}"));
            Some(at.map(|at| Compared { tip: *tip, address, start: at.start, end: at.end }))
        };
        tips.iter().filter_map(compared).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: u64, end: u64) -> Compared {
        let address = "reviews/0/7".parse().expect("an address");
        let position = Position { topic: 2, partition: 0, offset: 7 };
        Compared { tip: Tip { position, event: 1 }, address, start, end }
    }

    #[test]
    fn a_tip_that_is_there_or_has_expired_is_no_difference() {
        assert_eq!(at(0, 8).judge(Some(1)), None);
        assert_eq!(at(7, 9).judge(Some(1)), None);
        assert_eq!(at(8, 9).judge(None), None);
    }

    #[test]
    fn a_tip_that_kafka_never_gave_out_or_gave_to_another_record_is_a_difference() {
        let instead = |at: Compared, found| at.judge(found).expect("a difference").instead;
        assert_eq!(instead(at(0, 7), None), Instead::Nothing { end: 7 });
        assert_eq!(instead(at(0, 9), Some(2)), Instead::Another);
        assert_eq!(instead(at(0, 9), None), Instead::Another);
    }

    #[test]
    fn only_a_tip_between_the_ends_of_its_partition_is_read() {
        let readable = [(0, 7, false), (0, 8, true), (7, 8, true), (8, 9, false)];
        for (start, end, is_readable) in readable {
            assert_eq!(at(start, end).is_readable(), is_readable, "{start}..{end}");
        }
    }
}
