//! A worker: a thread that polls and parses, and a task that writes. It does what `core` decides.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use daemon::admin::PartReadiness;
use domain::Position;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, TopicPartitionList};
use tables::layout::EntryPosition;
use tokio_util::sync::CancellationToken;
use topics::{Content, KnownTopics, LOADER_GROUP, TopicWatch};
use uuid::Uuid;

use crate::batch::Batch;
use crate::config::Config;
use crate::consumer::Assignment;
use crate::core::{Core, IN_FLIGHT_MAX, Slot};
use crate::names::Names;
use crate::quarantine::{Guard, Refused, StormError};
use crate::quarantined::entry_row;
use crate::writer::Writer;

/// The longest that a poll waits, and so the longest until the worker notices that it must stop.
const POLL_MAX: Duration = Duration::from_millis(100);

/// The shortest that a poll waits when nothing comes, and so how late a written batch may be noticed.
const POLL_MIN: Duration = Duration::from_millis(5);

/// How long batches in flight may take when the worker stops. What is not written by then is read again
/// at the next start.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(20);

/// What a worker reads, until when, and where it reports its readiness.
pub(crate) struct Reading {
    pub topics: Arc<KnownTopics>,
    pub watch: Arc<TopicWatch>,
    pub database: Uuid,
    pub guard: Arc<Guard>,
    pub readiness: PartReadiness,
    pub stop: CancellationToken,
}

/// Runs one worker until it is told to stop.
pub(crate) async fn run(config: Config, reading: Reading, writer: Writer) -> anyhow::Result<()> {
    let Reading { topics, watch, database, guard, readiness, stop } = reading;
    // The core bounds what is in flight, so the channel is never full.
    let (batches, mut to_write) = tokio::sync::mpsc::channel::<Batch>(IN_FLIGHT_MAX);
    let (written, done) = mpsc::channel::<Written>();
    let writing = tokio::spawn(async move {
        while let Some(batch) = to_write.recv().await {
            let admitted = match guard.admit(&batch).await {
                Ok(()) => {
                    writer.write(&batch).await;
                    Ok(())
                }
                Err(Refused { error, fitting }) => {
                    writer.write(&batch.only_quarantined(&fitting)).await;
                    Err(error)
                }
            };
            let is_over = admitted.is_err();
            if written.send(admitted).is_err() || is_over {
                break;
            }
        }
    });
    let reading = tokio::task::spawn_blocking(move || {
        let consumer = config
            .kafka
            .consumer(LOADER_GROUP, database)
            .set("fetch.queue.backoff.ms", "20")
            // How much is fetched ahead. An answer holds compressed records of every partition, which
            // become several times as large.
            .set("queued.max.messages.kbytes", "8192")
            .set("fetch.message.max.bytes", "262144")
            .create_with_context(Assignment::new(readiness))
            .context("failed to create a consumer")?;
        let gathering = Gathering { core: Core::new(config.limits()), names: Names::default() };
        let now = Instant::now();
        Reader { topics, watch, consumer, gathering, batches, done, is_paused: false, now }
            .run(&stop)
    });
    let result = reading.await.map_err(|error| anyhow!(error)).context("a reader panicked")?;
    writing.abort();
    result
}

/// What has become of the oldest batch in flight: it is durable, or must not be written.
type Written = Result<(), StormError>;

/// What a worker has gathered since the last batch.
struct Gathering {
    core: Core<Batch>,
    names: Names,
}

impl Gathering {
    /// Partitions were assigned or revoked: see [`Core::on_rebalance`].
    fn on_rebalance(&mut self) {
        self.core.on_rebalance();
        self.names.forget();
    }

    fn add(
        &mut self,
        topics: &KnownTopics,
        message: &BorrowedMessage,
        now: Instant,
    ) -> anyhow::Result<()> {
        let known =
            topics.by_name(message.topic()).context("a record of a topic that is not read")?;
        let at = (known.topic, message.partition());
        let (slot, batch) = self.core.on_record(at, message.offset(), now).with_context(|| {
            let (topic, partition) = (message.topic(), message.partition());
            format!("{topic}/{partition} was read from the middle; start the loader again")
        })?;
        if slot == Slot::Taken {
            batch.again.push(message.detach());
            return Ok(());
        }
        let appended = topics::appended(known.number, message)?;
        let value = message.payload().unwrap_or_default();
        match known.content {
            Content::Events(kind) => {
                let source = || topics::source_of(message);
                batch.push(appended, value, kind, source, &mut self.names);
            }
            Content::Quarantine => add_entry(batch, topics, appended.position, value),
        }
        Ok(())
    }
}

/// Adds an entry of the topic `quarantine`. One that cannot be understood is not quarantined in turn:
/// that would never end.
fn add_entry(batch: &mut Batch, topics: &KnownTopics, position: Position, value: &[u8]) {
    let Position { partition, offset, .. } = position;
    let at = EntryPosition { partition, offset };
    if let Ok(row) = entry_row(at, value, |origin| topics.number_of(origin)) {
        batch.entries.push(row);
    } else {
        // The detail of the error may repeat what a stranger wrote where a name belongs.
        metrics::counter!("haochaping_loader_unreadable_quarantine_entries_total").increment(1);
        tracing::error!(partition, offset, "an entry of the quarantine is unreadable");
    }
}

struct Reader {
    topics: Arc<KnownTopics>,
    watch: Arc<TopicWatch>,
    consumer: BaseConsumer<Assignment>,
    gathering: Gathering,
    batches: tokio::sync::mpsc::Sender<Batch>,
    done: mpsc::Receiver<Written>,
    is_paused: bool,
    /// When the last poll ended: the clock is read once for each record. A batch may become due later by
    /// as much as was done since.
    now: Instant,
}

impl Reader {
    fn run(mut self, stop: &CancellationToken) -> anyhow::Result<()> {
        self.consumer.subscribe(&self.topics.names()).context("failed to subscribe")?;
        while !stop.is_cancelled() {
            self.step()?;
        }
        self.drain()
    }

    /// Polls once, and does what has become due.
    fn step(&mut self) -> anyhow::Result<()> {
        let wait = self.gathering.core.due_at().map_or(POLL_MAX, |due| {
            due.saturating_duration_since(self.now).clamp(POLL_MIN, POLL_MAX)
        });
        let polled = self.consumer.poll(wait);
        self.now = Instant::now();
        if self.consumer.context().take_change().context("failed to assign partitions")? {
            self.gathering.on_rebalance();
            self.is_paused = false;
        }
        match polled {
            None => {}
            Some(Ok(message)) => self.gathering.add(&self.topics, &message, self.now)?,
            Some(Err(error)) => on_error(error)?,
        }
        self.collect_written()?;
        self.hand_over(self.now)?;
        self.pause_or_resume()
    }

    fn collect_written(&mut self) -> anyhow::Result<()> {
        loop {
            match self.done.try_recv() {
                Ok(written) => {
                    written?;
                    self.commit(CommitMode::Async);
                }
                Err(TryRecvError::Empty) => return Ok(()),
                Err(TryRecvError::Disconnected) => return Err(anyhow!("the writer has ended")),
            }
        }
    }

    /// Commits the oldest batch in flight, which is written (D3). A failed commit does no harm: the
    /// records are read again, and become the same rows.
    fn commit(&mut self, mode: CommitMode) {
        let ends = self.gathering.core.on_written();
        if ends.is_empty() {
            return;
        }
        let mut offsets = TopicPartitionList::new();
        for ((topic, partition), next) in ends {
            let name = self.topics.name(topic);
            offsets
                .add_partition_offset(name, partition, Offset::Offset(next))
                .expect("an offset of a record is an offset");
        }
        if let Err(error) = self.consumer.commit(&offsets, mode) {
            tracing::warn!(%error, "failed to commit; the records will be read again");
        }
    }

    /// Gives the open batch to the writer, if it is due and no topic was recreated since the worker
    /// began. While that cannot be checked the batch stays open.
    fn hand_over(&mut self, now: Instant) -> anyhow::Result<()> {
        if !self.gathering.core.is_due(now) {
            return Ok(());
        }
        match self.watch.check() {
            Ok(unchanged) => unchanged?,
            Err(error) => {
                let error = format!("{error:#}");
                tracing::warn!(error, "failed to look up the topics; it is retried");
                return Ok(());
            }
        }
        if let Some(batch) = self.gathering.core.take(now) {
            self.batches.try_send(batch).expect("the core allows no more batches than fit");
        }
        Ok(())
    }

    /// Pauses reading, or resumes it. Polling never stops, or the broker would revoke the partitions.
    fn pause_or_resume(&mut self) -> anyhow::Result<()> {
        if self.gathering.core.is_saturated() == self.is_paused {
            return Ok(());
        }
        self.is_paused = !self.is_paused;
        let all = self.consumer.assignment().context("failed to read the assignment")?;
        let done =
            if self.is_paused { self.consumer.pause(&all) } else { self.consumer.resume(&all) };
        done.context("failed to pause or resume")
    }

    /// Writes and commits what was read, within bounds.
    fn drain(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + DRAIN_TIMEOUT;
        while !self.gathering.core.is_idle() {
            let left = deadline.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                self.hand_over(deadline)?;
            }
            match self.done.recv_timeout(left) {
                Ok(written) => {
                    written?;
                    self.commit(CommitMode::Sync);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    tracing::warn!("what was not written in time is read again at the next start");
                    break;
                }
            }
        }
        Ok(())
    }
}

/// Which errors of a poll end the worker. The client restores lost connections by itself.
fn on_error(error: KafkaError) -> anyhow::Result<()> {
    match &error {
        KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset)
        | KafkaError::MessageConsumptionFatal(_) => Err(anyhow!(error).context(
            "a partition cannot be read from where it was committed: records that were accepted \
             are missing in Kafka. Nothing is skipped. Restore the topic, or, if the records are \
             in ClickHouse already, set the group's offset by hand",
        )),
        _ => {
            tracing::warn!(%error, "Kafka reports an error; reading is retried");
            Ok(())
        }
    }
}
