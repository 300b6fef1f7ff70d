//! One audit, and the service that repeats it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use clickhouse::{Client, Row};
use daemon::admin::PartReadiness;
use daemon::kafka::Topic;
use loader::Access;
use loader::tips::Differing;
use rdkafka::consumer::BaseConsumer;
use serde::Serialize;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::books::{self, Difference};
use crate::figures;
use crate::gaps;
use crate::offsets;
use crate::partition::{Audited, Offsets};
use crate::stored;

/// How many times as long as an audit took is rested at least: it reads the offsets of all history.
const REST_FACTOR: u32 = 20;

/// Kafka and ClickHouse, as an audit reads them.
#[derive(Clone)]
pub(crate) struct Sources {
    access: Arc<Access>,
    topics: Vec<(Topic, u8)>,
    reader: Arc<BaseConsumer>,
    client: Client,
}

impl Sources {
    /// Sources of one installation.
    ///
    /// # Errors
    ///
    /// If no Kafka client can be made.
    pub(crate) fn new(
        access: Access,
        database: Uuid,
        topics: &[(Topic, u8)],
    ) -> anyhow::Result<Self> {
        let reader = Arc::new(offsets::reader(access.kafka(), database)?);
        let client = access.client();
        Ok(Self { access: Arc::new(access), topics: topics.to_vec(), reader, client })
    }

    /// ClickHouse.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The topics of events and our numbers of them.
    pub(crate) fn topics(&self) -> &[(Topic, u8)] {
        &self.topics
    }

    /// The offsets of all partitions, as Kafka tells them.
    ///
    /// # Errors
    ///
    /// If Kafka does not answer.
    pub(crate) async fn offsets(&self) -> anyhow::Result<Vec<Offsets>> {
        let this = self.clone();
        let read = move || offsets::read(&this.reader, this.access.kafka(), &this.topics);
        tokio::task::spawn_blocking(read).await.context("an audit panicked")?
    }

    /// Lays what is stored beside the offsets.
    ///
    /// # Errors
    ///
    /// If an engine does not answer.
    pub(crate) async fn audit(&self, offsets: &[Offsets]) -> anyhow::Result<Vec<Audited>> {
        let stored = stored::count(&self.client, offsets).await?;
        let mut partitions = Vec::new();
        for at in offsets {
            let stored = stored.get(&(at.topic, at.partition)).copied();
            let gaps =
                if at.absent(stored) == 0 { 0 } else { self.gaps(at, at.first(stored)).await? };
            partitions.push(at.audited(stored, gaps));
        }
        Ok(partitions)
    }

    /// The partitions of which Kafka has something else than what was loaded.
    ///
    /// # Errors
    ///
    /// If an engine does not answer.
    pub(crate) async fn differing(&self) -> anyhow::Result<Vec<Differing>> {
        loader::tips::differing(&self.access).await
    }

    /// How many of the offsets that are not stored have no record in Kafka either.
    async fn gaps(&self, at: &Offsets, first: u64) -> anyhow::Result<u64> {
        let ranges = stored::absent(&self.client, at, first).await?;
        let (topic, _) = self
            .topics
            .iter()
            .find(|(_, number)| *number == at.topic)
            .context("an audit of no topic")?;
        let (reader, name) = (Arc::clone(&self.reader), self.access.kafka().topic(*topic));
        let (partition, start) = (i32::from(at.partition), at.start);
        let count = move || {
            let count = |range| gaps::count(&reader, &name, partition, range, start);
            ranges.iter().map(count).sum()
        };
        tokio::task::spawn_blocking(count).await.context("an audit panicked")?
    }
}

/// A row of the table `audits`.
#[derive(Clone, Debug, Row, Serialize)]
struct AuditRow {
    topic: u8,
    partition: u16,
    audited_at: u32,
    first: u64,
    cut: u64,
    end: u64,
    stored: u64,
    gaps: u64,
    missing: u64,
}

/// Audits until `stop`, and rests in between.
///
/// # Errors
///
/// None: an audit that fails is told of and tried again.
pub(crate) async fn repeat(
    sources: Sources,
    rest: Duration,
    readiness: PartReadiness,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let audits = async {
        loop {
            let began = Instant::now();
            match once(&sources).await {
                Ok(()) => readiness.set(true),
                Err(error) => {
                    readiness.set(false);
                    metrics::counter!("haochaping_auditor_failed_audits_total").increment(1);
                    tracing::warn!(error = format!("{error:#}"), "an audit failed");
                }
            }
            sleep(rest.max(began.elapsed() * REST_FACTOR)).await;
        }
    };
    stop.run_until_cancelled(audits).await;
    Ok(())
}

async fn once(sources: &Sources) -> anyhow::Result<()> {
    let offsets = sources.offsets().await?;
    let partitions = sources.audit(&offsets).await?;
    store(&sources.client, &partitions).await?;
    let (classed, disclosed) =
        (figures::classed(&sources.client).await?, figures::disclosed(&sources.client).await?);
    let mut incomplete = books::of_partitions(&partitions);
    incomplete.extend(books::of_tips(&sources.differing().await?));
    let miscounted = books::of_figures(&classed, &disclosed);
    tell(&partitions, &incomplete, &miscounted);
    Ok(())
}

async fn store(client: &Client, partitions: &[Audited]) -> anyhow::Result<()> {
    let now = jiff::Timestamp::now().as_second();
    let audited_at = u32::try_from(now).context("the clock is odd")?;
    let mut insert =
        client.insert::<AuditRow>("audits").await.context("failed to note an audit")?;
    for at in partitions {
        let Audited { topic, partition, first, cut, end, stored, gaps, missing } = *at;
        let row = AuditRow { topic, partition, audited_at, first, cut, end, stored, gaps, missing };
        insert.write(&row).await.context("failed to note an audit")?;
    }
    insert.end().await.context("failed to note an audit")
}

/// Tells of the findings in metrics, and of each difference in the log.
fn tell(partitions: &[Audited], incomplete: &[Difference], miscounted: &[Difference]) {
    let sum = |of: fn(&Audited) -> u64| partitions.iter().map(of).sum::<u64>();
    gauge("haochaping_ledger_missing_records", sum(|at| at.missing));
    gauge("haochaping_ledger_waiting_records", sum(Audited::waiting));
    gauge("haochaping_ledger_incomplete_partitions", incomplete.len() as u64);
    gauge("haochaping_ledger_figures_that_differ", miscounted.len() as u64);
    for difference in incomplete.iter().chain(miscounted) {
        tracing::error!(%difference, "the ledger does not close; see `haochaping ledger`");
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
fn gauge(name: &'static str, value: u64) {
    metrics::gauge!(name).set(value as f64);
}
