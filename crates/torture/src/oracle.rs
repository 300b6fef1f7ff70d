//! Checks what must hold once all faults are over: all sets are equal.
//!
//! The acknowledged events, the records in ClickHouse and the records in Kafka must be one set, and
//! the public figures must equal the reference count over the acknowledged events. Nothing is
//! compared with an incremented counter.

mod figures;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use ::figures::ledger::{Conclusion, Reason};
use anyhow::{Context, bail};
use clickhouse::Row;
use domain::EpochSeconds;
use domain::identity::Position;
use domain::reference::{self, Record};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::metadata::{MetadataPartition, MetadataTopic};
use serde::Deserialize;
use tokio::time::sleep;
use topics::Topic;

use crate::sender::Acknowledged;
use testbed::world::World;

/// The time within which all sets must be equal after the faults. A killed member of a consumer
/// group is missed after six seconds, and the figures by item rest the longest.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// The interval between comparisons.
const PAUSE: Duration = Duration::from_millis(200);

/// How long everything must stay equal.
const LATE: Duration = Duration::from_secs(2);

/// The time limit for Kafka to return the end of a partition.
const OFFSETS_TIMEOUT: Duration = Duration::from_secs(10);

/// The sizes of the sets that were compared and are equal.
#[derive(Clone, Copy, Debug)]
pub struct Agreement {
    /// Distinct events.
    pub events: usize,
    /// Records in Kafka and in ClickHouse, at least as many as events.
    pub records: u64,
    /// Months of provinces whose figures were compared.
    pub months: usize,
}

/// Waits until all sets are equal.
///
/// # Errors
///
/// The remaining difference at the deadline.
pub async fn until_equal(world: &World, acknowledged: &Acknowledged) -> anyhow::Result<Agreement> {
    until_equal_within(world, acknowledged, PATIENCE).await
}

/// The same with another deadline.
///
/// # Errors
///
/// The remaining difference.
pub async fn until_equal_within(
    world: &World,
    acknowledged: &Acknowledged,
    patience: Duration,
) -> anyhow::Result<Agreement> {
    let expected = figures::expected(&count(acknowledged));
    let deadline = Instant::now() + patience;
    let mut was_equal = false;
    loop {
        match compare(world, acknowledged, &expected).await {
            Err(difference) if Instant::now() > deadline => return Err(difference),
            Err(_) => {
                was_equal = false;
                sleep(PAUSE).await;
            }
            Ok(agreement) if was_equal => return Ok(agreement),
            // A zombie or a late answer must not change the result.
            Ok(_) => {
                was_equal = true;
                sleep(LATE).await;
            }
        }
    }
}

/// The reference count. For figures, the positions of records do not matter, as long as no two are
/// equal, nor does when Kafka took them.
fn count(acknowledged: &Acknowledged) -> reference::Counts {
    let records = acknowledged.events.iter().zip(0..).map(|((hash, event), offset)| Record {
        position: Position { topic: 1, partition: 0, offset },
        appended_at: EpochSeconds::new(1),
        source: event.source,
        simulated: false,
        event_hash: *hash,
        event: event.event.clone(),
    });
    let records: Vec<_> = records.collect();
    reference::count(&records)
}

async fn compare(
    world: &World,
    acknowledged: &Acknowledged,
    expected: &figures::Expected,
) -> anyhow::Result<Agreement> {
    compare_events(world, acknowledged).await?;
    let records = compare_offsets(world).await?;
    figures::compare(world, expected).await?;
    compare_ledger(world, acknowledged)?;
    Ok(Agreement { events: acknowledged.events.len(), records, months: expected.len() })
}

/// The acknowledged events must be those in the table of records (D2), and exactly the records that
/// are not events must be quarantined (D8).
async fn compare_events(world: &World, acknowledged: &Acknowledged) -> anyhow::Result<()> {
    let events = stored(world, "kind != 'quarantined'").await?;
    let missing = acknowledged.events.keys().filter(|event| !events.contains(event)).count();
    let unknown = events.iter().filter(|event| !acknowledged.events.contains_key(event)).count();
    if missing + unknown > 0 {
        bail!(
            "{missing} acknowledged events are not stored, {unknown} stored ones were not acknowledged"
        );
    }
    let quarantined = stored(world, "kind = 'quarantined'").await?;
    if quarantined != acknowledged.foreign {
        let foreign = acknowledged.foreign.len();
        bail!("{} records are quarantined, and {foreign} were no events", quarantined.len());
    }
    Ok(())
}

/// The ledger closes (D4), or is open for no other reason than the records that were no events.
fn compare_ledger(world: &World, acknowledged: &Acknowledged) -> anyhow::Result<()> {
    let said = world.command("ledger", &["--json"]);
    let conclusion = serde_json::from_slice(&said.out)
        .with_context(|| format!("the ledger says no verdict: {said}"))?;
    judge(&conclusion, acknowledged.foreign.len() as u64).with_context(|| world.ledger(&[]).1)
}

/// Whether the verdict is what it must be once everything is loaded and counted, when so many records
/// were no events.
fn judge(conclusion: &Conclusion, foreign: u64) -> anyhow::Result<()> {
    match conclusion.verdict.reasons() {
        [] if foreign == 0 => Ok(()),
        [Reason::Quarantined(records)] if foreign > 0 && *records >= foreign => Ok(()),
        reasons => bail!(
            "the verdict of the ledger is {}, because of {reasons:?}; {foreign} records were no events",
            conclusion.verdict.code()
        ),
    }
}

/// The hashes of records of which something holds.
async fn stored(world: &World, condition: &str) -> anyhow::Result<BTreeSet<u64>> {
    let sql = format!("SELECT DISTINCT event FROM records WHERE {condition}");
    let client = world.installation.clickhouse.client();
    let events: Vec<u64> =
        client.query_raw(&sql).fetch_all().await.context("failed to read events")?;
    Ok(events.into_iter().collect())
}

#[derive(Row, Deserialize)]
struct Stored {
    topic: String,
    partition: u16,
    offsets: u64,
    first: u64,
    end: u64,
}

/// The stored offsets must be those that Kafka has, without a gap (D4). Returns their number.
async fn compare_offsets(world: &World) -> anyhow::Result<u64> {
    let stored: Vec<Stored> = world
        .installation
        .clickhouse
        .client()
        .query(
            "SELECT topics.name AS topic, partition, uniqExact(offset) AS offsets,
                min(offset) AS first, max(offset) + 1 AS end
            FROM records INNER JOIN topics ON topics.number = records.topic
            GROUP BY topic, partition",
        )
        .fetch_all()
        .await
        .context("failed to read offsets")?;
    let stored: BTreeMap<_, _> = stored
        .into_iter()
        .map(|row| ((row.topic.clone(), i32::from(row.partition)), row))
        .collect();
    let kafka = world.installation.kafka.clone();
    let there = tokio::task::spawn_blocking(move || {
        let consumer: BaseConsumer =
            ClientConfig::new().set("bootstrap.servers", &kafka.kafka_brokers).create()?;
        let mut there = BTreeMap::new();
        for topic in Topic::LOADED.map(|topic| kafka.topic(topic)) {
            let metadata = consumer.fetch_metadata(Some(&topic), OFFSETS_TIMEOUT)?;
            let partitions = metadata.topics().iter().flat_map(MetadataTopic::partitions);
            for partition in partitions.map(MetadataPartition::id) {
                let range = consumer.fetch_watermarks(&topic, partition, OFFSETS_TIMEOUT)?;
                there.insert((topic.clone(), partition), range);
            }
        }
        anyhow::Ok(there)
    });
    let there = there.await.context("the look-up of offsets panicked")??;
    for (partition, (start, end)) in &there {
        let (start, end) = (u64::try_from(*start)?, u64::try_from(*end)?);
        let has = stored.get(partition).map(|row| (row.first, row.end, row.offsets));
        if has.unwrap_or((start, start, 0)) != (start, end, end - start) {
            bail!("{partition:?} goes from {start} to {end} in Kafka, stored are {has:?}");
        }
    }
    Ok(stored.values().map(|row| row.offsets).sum())
}

#[cfg(test)]
mod tests {
    use ::figures::ledger::Verdict;

    use super::*;

    #[test]
    fn a_ledger_must_close_or_be_open_for_the_records_that_were_no_events_alone() {
        let passes = |reasons: &[Reason], foreign| {
            let verdict = Verdict::of(reasons.to_vec());
            let (quarantined, discarded, waiting) = (Some(0), Some(0), Some(0));
            judge(&Conclusion { verdict, quarantined, discarded, waiting }, foreign).is_ok()
        };
        assert!(passes(&[], 0) && passes(&[Reason::Quarantined(2)], 2));
        assert!(!passes(&[], 2), "two records that were no events are not told of");
        assert!(!passes(&[Reason::Quarantined(1)], 2), "one is not told of");
        assert!(!passes(&[Reason::Quarantined(1)], 0), "an event was quarantined");
        assert!(!passes(&[Reason::Quarantined(2), Reason::Waiting(1)], 2), "not all is loaded");
        assert!(!passes(&[Reason::Missing(1)], 0));
    }
}
