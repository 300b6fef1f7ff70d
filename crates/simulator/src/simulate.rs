//! `haochaping simulate month`: generates a published month and posts it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use client::{BATCH_MAX, Client, Compression, Posted, Settings};
use domain::{Kind, SourceId};
use futures_util::StreamExt;
use jiff::SignedDuration;
use reqwest::Url;
use secrecy::SecretString;
use services::{PORT_BASE, PORT_BASES, Service};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::address::{address, default_data_dir};
use crate::generate::{self, Posting};
use crate::http::http_url;
use crate::key::Key;
use crate::month_file::MonthFile;
use crate::pace::{Paced, PacedBatches, Pacer};
use crate::plan::{Plan, SOURCE};
use crate::progress::{Progress, per_second, thousands};

/// How long one request may take, the answer included.
const REQUEST_MAX: Duration = Duration::from_mins(1);

/// Defaults of the flags of these names.
const BATCH: u16 = 500;
const CONNECTIONS: u16 = 16;
const PATIENCE: &str = "120s";

/// Post the services, reviews and dispositions of a month so that they add up to the published
/// figures.
#[derive(Clone, Debug, clap::Args)]
pub struct MonthArgs {
    /// Published month: a JSON file, or the name of a built-in month, such as guangdong-2023-07.
    pub file: MonthFile,
    /// Factor by which every published count is multiplied.
    #[arg(long, default_value_t = 1.0)]
    pub scale: f64,
    /// Seed of the generator: another seed gives other events that add up to the same figures.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Events to post per second, whether the intake keeps up or not [default: as many as the
    /// intake takes]
    #[arg(long, value_name = "EVENTS_PER_SECOND", value_parser = rate)]
    pub rate: Option<f64>,
    /// Share of all events to send again after all have been sent, in another order.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    pub resend: f64,
    /// Maximum number of events per request.
    #[arg(long, default_value_t = BATCH, value_parser = clap::value_parser!(u16).range(1..=i64::from(BATCH_MAX)))]
    pub batch: u16,
    /// Number of concurrent requests.
    #[arg(long, default_value_t = CONNECTIONS, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub connections: u16,
    /// Address of the intake [default: the intake on this machine]
    #[arg(long, value_name = "URL", value_parser = http_url)]
    pub ingest_url: Option<Url>,
    /// First port of the services on this machine.
    #[arg(long, env = "HAOCHAPING_PORT_BASE", value_name = "PORT", default_value_t = PORT_BASE,
        value_parser = clap::value_parser!(u16).range(PORT_BASES))]
    pub port_base: u16,
    /// File with the account's key [default: keys/simulator.key in the data directory]. If the
    /// variable `HAOCHAPING_API_KEY` is set, its value is used as the key instead.
    #[arg(long, value_name = "PATH")]
    pub api_key_file: Option<PathBuf>,
    /// The account's key itself. The flag is hidden, because other users of the machine can see
    /// flags: it exists for the variable.
    #[arg(long, env = "HAOCHAPING_API_KEY", hide = true, hide_env_values = true)]
    pub api_key: Option<SecretString>,
    /// Data directory of `haochaping up`, in which the key is looked up.
    #[arg(long, env = "HAOCHAPING_DATA_DIR", value_name = "PATH", default_value_os_t = default_data_dir())]
    pub data_dir: PathBuf,
    /// Source of the events; it must be that of the account.
    #[arg(long, default_value = SOURCE)]
    pub source: SourceId,
    /// How long to retry while the intake is unavailable.
    #[arg(long, value_name = "DURATION", default_value = PATIENCE, value_parser = duration)]
    pub patience: Duration,
    /// Compression of requests [default: zstd, or none if the intake is on this machine]
    #[arg(long)]
    pub compression: Option<Compression>,
}

impl MonthArgs {
    /// Guangdong's July 2023 at a scale, for a new intake.
    ///
    /// # Panics
    ///
    /// If the URL is invalid.
    pub fn demonstration(scale: f64, ingest_url: impl AsRef<str>, api_key_file: PathBuf) -> Self {
        Self {
            file: MonthFile::guangdong(),
            scale,
            seed: 1,
            rate: None,
            resend: 0.0,
            batch: BATCH,
            connections: CONNECTIONS,
            ingest_url: Some(http_url(ingest_url.as_ref()).expect("the address of an intake")),
            port_base: PORT_BASE,
            api_key_file: Some(api_key_file),
            api_key: None,
            data_dir: default_data_dir(),
            source: SOURCE.parse().expect("small letters"),
            patience: duration(PATIENCE).expect("seconds"),
            compression: None,
        }
    }
}

/// What was posted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Whether all events were posted. If not, the run was stopped.
    pub is_complete: bool,
    /// Accepted events. Repeated ones count each time.
    pub events: u64,
    /// The same by kind.
    pub by_kind: BTreeMap<Kind, u64>,
    /// How many events of the month repeat one before.
    pub repeats: u64,
    /// The number of events that were sent again at the end.
    pub resent: u64,
    /// The number of times that an event was sent again because it was not acknowledged.
    pub sent_again: u64,
    /// How long it took.
    pub duration: Duration,
}

/// Generates and posts a month, and prints a summary.
///
/// # Errors
///
/// If the file, the key or the scale is unusable, the intake refuses an event, or the intake is
/// unavailable for longer than [`MonthArgs::patience`].
pub async fn simulate_month(args: MonthArgs, stop: CancellationToken) -> anyhow::Result<Summary> {
    let published = args.file.read()?;
    let plan = Plan::new(&published, args.scale, args.seed)
        .with_context(|| format!("failed to plan {}", args.file))?
        .with_source(args.source);
    let intake = address(args.ingest_url.clone(), args.port_base, Service::Ingest);
    let key = Key::read(args.api_key.as_ref(), args.api_key_file.as_deref(), &args.data_dir)?;
    let compression = args.compression.unwrap_or_else(|| fitting(&intake));
    let connections = usize::from(args.connections);
    let settings = Settings {
        connections,
        compression,
        answer_timeout: REQUEST_MAX,
        patience: args.patience,
        ..Settings::new(intake, key.secret.clone())
    };
    let client = Client::new(settings)?;

    let mut progress = Progress::begin(plan.events_about());
    let started = Instant::now();
    let mut summary = Summary::default();
    let (sender, receiver) = mpsc::channel(2 * connections);
    let pacer = Pacer::new(args.batch, args.rate);
    let generator =
        tokio::task::spawn_blocking(move || generate(&plan, args.resend, pacer, &sender));
    let posting = post_all(&client, receiver, connections, started, |kind, posted| {
        progress.add(posted.accepted);
        summary.add(kind, posted);
    });
    let outcome = stop.run_until_cancelled(posting).await;
    progress.finish();
    outcome.transpose().map_err(|error| describe(error, &key))?;
    // It ends when nobody takes its batches any more.
    let made = generator.await.context("failed to generate events")?;
    summary.is_complete = made.is_complete;
    summary.repeats = made.repeats;
    summary.resent = made.resent;
    summary.duration = started.elapsed();
    print(&summary);
    Ok(summary)
}

/// What a person reads of an error. A rejected event is generated, so it may be shown.
fn describe(error: client::Error, key: &Key) -> anyhow::Error {
    match error {
        client::Error::KeyRefused { .. } => anyhow!(key.refused(&error)),
        client::Error::EventRejected { ref event, .. } => {
            anyhow!("{error}\n{}", String::from_utf8_lossy(event))
        }
        error => error.into(),
    }
}

/// No compression for requests that stay on this machine.
fn fitting(intake: &Url) -> Compression {
    let is_here = match intake.host_str() {
        Some("localhost" | "[::1]") => true,
        Some(host) => host.starts_with("127."),
        None => false,
    };
    if is_here { Compression::None } else { Compression::Zstd }
}

/// What the generator produced.
#[derive(Default)]
struct Made {
    is_complete: bool,
    repeats: u64,
    resent: u64,
}

/// Makes all events and hands them over in batches, as fast as they are taken.
fn generate(plan: &Plan, resend: f64, mut pacer: Pacer, to: &mpsc::Sender<Paced>) -> Made {
    let mut made = Made::default();
    let send =
        |batches: PacedBatches| batches.into_iter().all(|batch| to.blocking_send(batch).is_ok());
    for Posting { event, is_repeat } in generate::postings(plan) {
        made.repeats += u64::from(is_repeat);
        if !send(pacer.push(&event)) {
            return made;
        }
    }
    if !send(pacer.finish()) {
        return made;
    }
    for Posting { event, .. } in generate::resent(plan, resend) {
        made.resent += 1;
        if !send(pacer.push(&event)) {
            return made;
        }
    }
    made.is_complete = send(pacer.finish());
    made
}

/// Posts each batch when it is due, over several connections.
async fn post_all(
    client: &Client,
    batches: mpsc::Receiver<Paced>,
    connections: usize,
    started: Instant,
    mut accepted: impl FnMut(Kind, Posted),
) -> Result<(), client::Error> {
    let batches = futures_util::stream::unfold(batches, async |mut batches| {
        let batch = batches.recv().await?;
        Some((batch, batches))
    });
    let posts = batches.map(|Paced { batch, due }| async move {
        if let Some(due) = due {
            tokio::time::sleep_until((started + due).into()).await;
        }
        let kind = batch.kind();
        client.post(batch).await.map(|posted| (kind, posted))
    });
    let mut posts = std::pin::pin!(posts.buffer_unordered(connections));
    while let Some(post) = posts.next().await {
        let (kind, outcome) = post?;
        accepted(kind, outcome);
    }
    Ok(())
}

impl Summary {
    fn add(&mut self, kind: Kind, posted: Posted) {
        self.events += posted.accepted;
        self.sent_again += posted.sent_again;
        *self.by_kind.entry(kind).or_default() += posted.accepted;
    }
}

#[expect(clippy::print_stdout, reason = "it is what the person asked for")]
fn print(summary: &Summary) {
    let line = |name: &str, count| println!("{name:<34}{:>14}", thousands(count));
    line("events posted", summary.events);
    for (kind, events) in &summary.by_kind {
        line(&format!("  {kind}s"), *events);
    }
    line("repeats within the month", summary.repeats);
    line("sent again at the end", summary.resent);
    line("sent again without an answer", summary.sent_again);
    line("events a second", per_second(summary.events, summary.duration));
    println!("{:<34}{:>14.1}", "seconds", summary.duration.as_secs_f64());
    if !summary.is_complete {
        println!("stopped before the end");
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "expected a number")?;
    if rate.is_finite() && rate >= 0.01 { Ok(rate) } else { Err("expected at least 0.01".into()) }
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "expected a number")?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("expected 0 to 1".into()) }
}

/// A duration such as 120s or 5m.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let duration: SignedDuration = text.parse().map_err(|error| format!("{error}"))?;
    duration.try_into().map_err(|_| "expected a duration that is not negative".into())
}
