//! The rows, that is, the measurements, each in its own file.
//!
//! A row starts its own engines, prepares everything that is not measured, and then measures both
//! sides alternately. It returns lines and notes. It does not decide whether an aim is reached.

mod backfill;
mod cuts;
mod history;
mod ingest;
mod kafka_engine;
mod latency;
mod load;
mod memory;
mod month;
mod nginx;
mod recovery;
mod scaling;
mod single;
mod store;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::ValueEnum;
use clickhouse::Client;
use indicatif::{ProgressBar, ProgressStyle};
use strum::{Display, VariantArray};
use testbed::engines::Installation;
use topics::Topic;
use torture::tamper;

use crate::report::Measured;
use crate::stage::{Stage, number};

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, ValueEnum, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum What {
    /// Every row in turn: under a quarter of an hour on two cores without --full.
    All,
    /// From Kafka to ClickHouse: the loader compared with ClickHouse's own Kafka table engine.
    Load,
    /// Batches of 500 events: the intake compared with librdkafka alone.
    Ingest,
    /// Single events: the intake compared with a handler that does nothing, and its latencies.
    Single,
    /// From a post to the public figure.
    Latency,
    /// A published month from end to end, until the public figures agree.
    Backfill,
    /// A month as JSON: the public API compared with nginx serving the same bytes from a file.
    Month,
    /// Figures by item, county and channel, never asked for before: a long history compared with a
    /// short one.
    Cuts,
    /// Bytes on disk per review: all tables compared with one plain table.
    Store,
    /// Peak memory of each service at full speed.
    Memory,
    /// Draining a backlog while figures are read.
    Recovery,
    /// A second loader, more records, and unevenly distributed records.
    Scaling,
}

impl What {
    /// The rows that it stands for.
    pub fn rows(self) -> &'static [Self] {
        let all = &Self::VARIANTS[1..];
        match all.iter().position(|row| *row == self) {
            Some(index) => &all[index..=index],
            None => all,
        }
    }

    /// Measures a row.
    ///
    /// # Errors
    ///
    /// If it cannot be measured: why, and what to do about it.
    pub async fn measure(self, bench: &Bench) -> anyhow::Result<Measured> {
        match self {
            Self::All => anyhow::bail!("all rows are no row: measure them one by one"),
            Self::Load => load::measure(bench).await,
            Self::Ingest => ingest::measure(bench).await,
            Self::Single => single::measure(bench).await,
            Self::Latency => latency::measure(bench).await,
            Self::Backfill => backfill::measure(bench).await,
            Self::Month => month::measure(bench).await,
            Self::Cuts => cuts::measure(bench).await,
            Self::Store => store::measure(bench).await,
            Self::Memory => memory::measure(bench).await,
            Self::Recovery => recovery::measure(bench).await,
            Self::Scaling => scaling::measure(bench).await,
        }
    }
}

/// What every row is given.
#[derive(Clone)]
pub struct Bench {
    program: PathBuf,
    rounds: Option<u32>,
    is_full: bool,
    records: Option<u64>,
    bar: ProgressBar,
}

impl Bench {
    /// For a program, with what the command line says.
    pub fn new(program: PathBuf, rounds: Option<u32>, is_full: bool, records: Option<u64>) -> Self {
        let bar = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("{spinner} {elapsed} {msg}");
        bar.set_style(style.expect("a template of this crate"));
        bar.enable_steady_tick(Duration::from_millis(250));
        Self { program, rounds, is_full, records, bar }
    }

    /// The binary that is measured: this one.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// How many rounds, where the row takes so many by itself.
    pub fn rounds(&self, usual: u32) -> u32 {
        self.rounds.unwrap_or(usual)
    }

    /// Whether rows run whole.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// The size of a row: in its short form, or whole, or what a test asks for.
    pub fn size(&self, short: u64, full: u64) -> u64 {
        self.records.unwrap_or(if self.is_full { full } else { short })
    }

    /// Engines of the row's own.
    pub async fn stage(&self) -> Stage {
        self.say("starting the engines");
        Stage::start(&self.program).await
    }

    /// Shows what is being done.
    pub fn say(&self, what: impl Into<String>) {
        let what = what.into();
        if self.bar.is_hidden() {
            eprintln!("{what}");
        }
        self.bar.set_message(what);
    }

    /// Takes away what shows it.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A count as a figure; exact below 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts of events and bytes, far below 2^53")]
pub(crate) fn figure(count: u64) -> f64 {
    count as f64
}

/// How many records the counts know: the sum of what the recounts of all buckets saw.
pub(crate) async fn counted(client: &Client) -> anyhow::Result<u64> {
    number(client, "SELECT sum(generation) FROM counts FINAL").await
}

/// How often it is asked how much is stored, of which ClickHouse knows the number without looking.
const STORED_EVERY: Duration = Duration::from_millis(50);

/// How long is waited for anything: a full form may load for half an hour.
const PATIENCE: Duration = Duration::from_hours(1);

/// Waits until a table of records has so many rows.
pub(crate) async fn until_stored(client: &Client, records: u64) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while number(client, "SELECT count() FROM records").await? < records {
        ensure!(Instant::now() < deadline, "{records} records were not stored by the deadline");
        tokio::time::sleep(STORED_EVERY).await;
    }
    Ok(())
}

/// How often it is asked how much is counted: the question reads all counts, so to ask more often would
/// cost what is to be measured.
const COUNTED_EVERY: Duration = Duration::from_millis(500);

/// Waits until the counts know so many records.
pub(crate) async fn until_counted(client: &Client, records: u64) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while counted(client).await? < records {
        ensure!(Instant::now() < deadline, "{records} records were not counted by the deadline");
        tokio::time::sleep(COUNTED_EVERY).await;
    }
    Ok(())
}

/// Waits until every table of counts knows so many records.
///
/// Of whole days it is asked what the last recount has seen: classes that a day no longer has stand
/// beside it with older labels. Every day of ours has records of services, so items have rows of it.
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

/// How many records of events Kafka has.
pub(crate) fn in_kafka(installation: &Installation) -> anyhow::Result<u64> {
    let partitions =
        Topic::LOADED.iter().flat_map(|topic| tamper::partitions(&installation.kafka, *topic));
    let records: i64 = partitions.map(|(_, start, end)| end - start).sum();
    u64::try_from(records).context("Kafka has less than no records")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_stands_for_every_row_and_a_row_for_itself() {
        assert_eq!(What::All.rows(), &What::VARIANTS[1..]);
        for row in What::All.rows() {
            assert_eq!(row.rows(), [*row]);
        }
    }
}
