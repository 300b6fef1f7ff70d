//! Tells how many records of an installation are in Kafka, stored, committed and counted, and waits
//! until a given number is. It measures nothing and knows no row.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clickhouse::Client;
use testbed::engines::Installation;
use testbed::wait::until_within;
use topics::Topic;
use torture::tamper;

use crate::events::kinds;
use crate::stage::number;

/// The number of records in the counts: the sum of what the recounts of all buckets saw.
pub(crate) async fn counted(client: &Client) -> anyhow::Result<u64> {
    number(client, "SELECT sum(generation) FROM counts FINAL").await
}

/// The number of records of events in Kafka.
pub(crate) fn in_kafka(installation: &Installation) -> anyhow::Result<u64> {
    let partitions =
        Topic::LOADED.iter().flat_map(|topic| tamper::partitions(&installation.kafka, *topic));
    let records: i64 = partitions.map(|(_, start, end)| end - start).sum();
    u64::try_from(records).context("Kafka has less than no records")
}

/// The pause between two questions how many rows are stored. They are cheap: ClickHouse keeps that
/// number.
const STORED_EVERY: Duration = Duration::from_millis(50);

/// The longest wait for records to be stored or counted: a row at full length may load for half an
/// hour.
const PATIENCE: Duration = Duration::from_hours(1);

/// Waits until the table of records has at least this many rows.
pub(crate) async fn until_stored(client: &Client, records: u64) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while number(client, "SELECT count() FROM records").await? < records {
        ensure!(Instant::now() < deadline, "{records} records were not stored by the deadline");
        tokio::time::sleep(STORED_EVERY).await;
    }
    Ok(())
}

/// The pause between two questions how many records are counted. Each reads all counts, so asking more
/// often would slow down what is measured.
const COUNTED_EVERY: Duration = Duration::from_millis(500);

/// Waits until at least this many records are counted.
pub(crate) async fn until_counted(client: &Client, records: u64) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while counted(client).await? < records {
        ensure!(Instant::now() < deadline, "{records} records were not counted by the deadline");
        tokio::time::sleep(COUNTED_EVERY).await;
    }
    Ok(())
}

/// Waits until at least this many records are counted in every table of counts.
///
/// Tables of whole days are asked what the last recount of each day saw, because classes that a day no
/// longer has remain with older labels. Every generated day has records of services, so items have rows
/// of it.
pub(crate) async fn until_all_counted(client: &Client, records: u64) -> anyhow::Result<()> {
    until_counted(client, records).await?;
    let deadline = Instant::now() + PATIENCE;
    let services = "SELECT uniqExact(position) FROM records WHERE kind = 'service'";
    let services = number(client, services).await?;
    let by_cell = "SELECT sum(generation) FROM case_counts FINAL".to_owned();
    let by_day = |table| {
        format!(
            "SELECT sum(seen) FROM (SELECT max(generation) AS seen FROM {table} GROUP BY province, served_on)"
        )
    };
    let (items, classes) = (by_day("item_counts"), by_day("class_counts"));
    for (counted, all) in [(by_cell, services), (items, records), (classes, records)] {
        while number(client, &counted).await? < all {
            ensure!(Instant::now() < deadline, "the deadline has passed: {counted} against {all}");
            tokio::time::sleep(COUNTED_EVERY).await;
        }
    }
    Ok(())
}

/// How long the last commit may take once everything is stored.
const COMMIT_PATIENCE: Duration = Duration::from_mins(1);

/// Waits until the loader has committed every record in Kafka.
pub(crate) async fn until_committed(installation: &Installation) -> anyhow::Result<()> {
    let groups = tamper::groups(&installation.kafka);
    let group = groups.into_iter().find(|group| group.contains("loader."));
    let group = group.context("the loader has no consumer group")?;
    for topic in kinds().map(Topic::of) {
        let ends = tamper::partitions(&installation.kafka, topic);
        until_within(COMMIT_PATIENCE, "the loader has committed every record", || async {
            let committed = tamper::committed(&installation.kafka, &group, topic);
            ends.iter()
                .filter(|(_, start, end)| start < end)
                .all(|(partition, _, end)| committed.contains(&(*partition, Some(*end))))
        })
        .await;
    }
    Ok(())
}
