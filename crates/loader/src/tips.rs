//! Whether Kafka is still the one that the database was loaded from.
//!
//! A broker that was restored from an older copy, or that lost what it had acknowledged, gives
//! offsets out a second time. Whoever then reads on from what was committed skips records without
//! noticing. So the last stored record of each partition is laid beside what Kafka has there.

use std::fmt;

use anyhow::{Context, bail};
use clickhouse::{Client, Row};
use domain::{EventHash, Position};
use serde::Deserialize;

use crate::access::Access;
use crate::offsets;
use crate::quarantine::Place;
use crate::read::{NoRecord, read};

/// A partition whose last stored record is not what Kafka has there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Differing {
    /// The record's place.
    pub place: Place,
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
        let Self { place, instead, .. } = self;
        match instead {
            Instead::Nothing { end } => write!(f, "{place} is stored, and Kafka ends at {end}"),
            Instead::Another => write!(f, "{place} is stored, and Kafka has something else there"),
        }
    }
}

/// The last stored record of a partition.
#[derive(Clone, Copy, Debug)]
struct Tip {
    place: Place,
    position: Position,
    event: u64,
}

/// The partitions of which Kafka has something else than what was loaded.
///
/// # Errors
///
/// If an engine does not answer.
pub async fn differing(access: &Access) -> anyhow::Result<Vec<Differing>> {
    let tips = tips(access, &access.client()).await?;
    let ends = ends(access, &tips).await?;
    // What Kafka has let go of, or has not, cannot be read.
    let there = |end: &Ends| end.start <= end.tip.place.offset && end.tip.place.offset < end.end;
    let places: Vec<_> = ends.iter().filter(|end| there(end)).map(|end| end.tip.place).collect();
    let mut records = read(access, places).await?.into_iter();
    let mut differing = Vec::new();
    for end in &ends {
        let found = if there(end) {
            let (_, record) = records.next().context("a record was read for each place")?;
            match record {
                Ok(record) => Some(EventHash::of(&record.value).short()),
                Err(error) if error.is::<NoRecord>() => None,
                Err(error) => return Err(error),
            }
        } else {
            None
        };
        differing.extend(judge(end, found));
    }
    Ok(differing)
}

/// Refuses to go on from a Kafka that is not the one the database was loaded from (D3).
///
/// # Errors
///
/// If it is another one, with what can be done; or if an engine does not answer.
pub(crate) async fn ensure_the_same(access: &Access) -> anyhow::Result<()> {
    let differing = differing(access).await?;
    let Some(first) = differing.first() else { return Ok(()) };
    bail!(
        "Kafka is not the one that the database was loaded from: {first} ({} partitions differ). It \
         was restored from an older copy, or has lost what it had acknowledged, and gives offsets \
         out a second time. Nothing is loaded. Restore Kafka to what it was; or load what it has now \
         into a new database, and post again what is only in this one",
        differing.len()
    );
}

/// A tip, and the offsets that Kafka has of its partition.
#[derive(Clone, Copy, Debug)]
struct Ends {
    tip: Tip,
    start: u64,
    end: u64,
}

/// Decides about a partition: `found` is the hash of what Kafka has at the tip.
fn judge(at: &Ends, found: Option<u64>) -> Option<Differing> {
    let Ends { tip: Tip { place, position, event }, start, end } = *at;
    if place.offset >= end {
        Some(Differing { place, position, instead: Instead::Nothing { end } })
    } else if place.offset < start || found == Some(event) {
        // What was deleted for its age was loaded before.
        None
    } else {
        Some(Differing { place, position, instead: Instead::Another })
    }
}

#[derive(Row, Deserialize)]
struct TipRow {
    topic: u8,
    partition: u16,
    offset: u64,
    event: u64,
}

async fn tips(access: &Access, client: &Client) -> anyhow::Result<Vec<Tip>> {
    let rows: Vec<TipRow> = client
        .query(
            "SELECT topic, partition, offset, any(event) AS event FROM records
WHERE (topic, partition, offset) IN (SELECT topic, partition, max(offset) FROM records GROUP BY topic, partition)
GROUP BY topic, partition, offset ORDER BY topic, partition",
        )
        .fetch_all()
        .await
        .context("failed to read the last record of each partition")?;
    let tip = |TipRow { topic, partition, offset, event }| {
        // Records of a topic that was replaced are not compared with its successor.
        let position = Position { topic, partition, offset };
        let place = access.place(position)?;
        Some(Tip { place, position, event })
    };
    Ok(rows.into_iter().filter_map(tip).collect())
}

async fn ends(access: &Access, tips: &[Tip]) -> anyhow::Result<Vec<Ends>> {
    let offsets = offsets::read(access).await?;
    let ends = |tip: &Tip| {
        let Position { topic, partition, .. } = tip.position;
        let at = offsets.iter().find(|at| (at.topic, at.partition) == (topic, partition));
        let at = at.with_context(|| format!("Kafka has no partition of {}", tip.place))?;
        Ok(Ends { tip: *tip, start: at.start, end: at.end })
    };
    tips.iter().map(ends).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: u64, end: u64) -> Ends {
        let place = "reviews/0/7".parse().expect("a place");
        let position = Position { topic: 2, partition: 0, offset: 7 };
        Ends { tip: Tip { place, position, event: 1 }, start, end }
    }

    #[test]
    fn a_tip_that_is_there_or_was_deleted_for_its_age_is_no_difference() {
        assert_eq!(judge(&at(0, 8), Some(1)), None);
        assert_eq!(judge(&at(7, 9), Some(1)), None);
        assert_eq!(judge(&at(8, 9), None), None);
    }

    #[test]
    fn a_tip_that_kafka_never_gave_out_or_gave_to_another_record_is_a_difference() {
        let instead = |at, found| judge(&at, found).expect("a difference").instead;
        assert_eq!(instead(at(0, 7), None), Instead::Nothing { end: 7 });
        assert_eq!(instead(at(0, 9), Some(2)), Instead::Another);
        assert_eq!(instead(at(0, 9), None), Instead::Another);
    }
}
