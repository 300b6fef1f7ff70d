//! Posts batches to the intake as a well-behaved client does, and survives that it dies.
//!
//! What the intake does not acknowledge is sent again as it is: the events are the same to the
//! byte, so nothing is counted twice however often that happens. What it refuses ends the run,
//! since a generated event that is refused is a mistake here or there, and no later one would fare
//! better.

use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use domain::Kind;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::sleep;
use wire::Problem;

use crate::address::below;
use crate::batch::Batch;
use crate::client::client;

/// How long one request may take, the answer included.
const REQUEST_MAX: Duration = Duration::from_mins(1);

/// How long is waited before the first repetition; each further one waits twice as long.
const BACKOFF_MIN: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Compression {
    /// Not at all.
    None,
    /// Zstandard.
    Zstd,
}

/// A client of the intake.
pub(crate) struct Poster {
    client: Client,
    intake: Url,
    key: SecretString,
    compression: Compression,
    patience: Duration,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Posted {
    /// Events that were accepted, each once.
    pub(crate) accepted: u64,
    /// Events that were sent again because they were not acknowledged.
    pub(crate) sent_again: u64,
}

/// The answer to a batch. The receipts are not read: they are most of the answer, and nobody asks
/// for them here.
#[derive(Deserialize)]
struct Answer {
    results: Vec<EventAnswer>,
}

#[derive(Deserialize)]
struct EventAnswer {
    status: Status,
    problem: Option<Problem>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Accepted,
    Rejected,
    Retry,
}

/// What one attempt came to.
enum Attempt {
    /// The intake answered for each event; these are to be sent again.
    Answered { again: Vec<usize>, why: String },
    /// Nothing is known of any event.
    Failed { why: String, retry_after: Option<Duration> },
}

impl Poster {
    /// A client that keeps `connections` connections open and sends a batch for at most `patience`
    /// without success.
    pub(crate) fn new(
        intake: Url,
        key: SecretString,
        connections: usize,
        compression: Compression,
        patience: Duration,
    ) -> anyhow::Result<Self> {
        let client = client(connections, REQUEST_MAX)?;
        Ok(Self { client, intake, key, compression, patience })
    }

    /// Posts a batch until every event of it was accepted.
    pub(crate) async fn post(&self, mut batch: Batch) -> anyhow::Result<Posted> {
        let mut posted = Posted::default();
        let mut failing_since = None;
        let mut backoff = BACKOFF_MIN;
        loop {
            let (why, retry_after) = match self.attempt(&batch).await? {
                Attempt::Answered { again, .. } if again.is_empty() => {
                    posted.accepted += batch.events() as u64;
                    return Ok(posted);
                }
                Attempt::Answered { again, why } => {
                    if again.len() < batch.events() {
                        failing_since = None;
                    }
                    posted.accepted += (batch.events() - again.len()) as u64;
                    batch = batch.only(&again);
                    (why, None)
                }
                Attempt::Failed { why, retry_after } => (why, retry_after),
            };
            let since = *failing_since.get_or_insert_with(Instant::now);
            if since.elapsed() > self.patience {
                bail!("failed for {:?} to post {} events: {why}", self.patience, batch.events());
            }
            tracing::debug!(why, events = batch.events(), "sending events again");
            let pause = retry_after.map_or(backoff, |after| after.max(BACKOFF_MIN));
            sleep(pause.min(self.patience)).await;
            posted.sent_again += batch.events() as u64;
            backoff = (2 * backoff).min(BACKOFF_MAX);
        }
    }

    async fn attempt(&self, batch: &Batch) -> anyhow::Result<Attempt> {
        let path = match batch.kind {
            Kind::Service => "v1/services",
            Kind::Review => "v1/reviews",
            Kind::Disposition => "v1/dispositions",
        };
        let bearer = format!("Bearer {}", self.key.expose_secret());
        let mut request = self
            .client
            .post(below(&self.intake, path))
            .header(CONTENT_TYPE, "application/cloudevents-batch+json")
            .header(AUTHORIZATION, bearer);
        request = match self.compression {
            Compression::None => request.body(batch.body.clone()),
            Compression::Zstd => request.header(CONTENT_ENCODING, "zstd").body(zstd(&batch.body)?),
        };
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Ok(failed(&error)),
        };
        let status = response.status();
        let retry_after = retry_after(&response);
        let body = match response.bytes().await {
            Ok(body) => body,
            Err(error) => return Ok(failed(&error)),
        };
        if status == StatusCode::OK {
            return judge(batch, &body);
        }
        let why = explain(status, &body);
        let may_pass = status.is_server_error()
            || [StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT].contains(&status);
        ensure!(may_pass, "the intake refused a batch: {why}");
        Ok(Attempt::Failed { why, retry_after })
    }
}

/// No answer, or half of one: the chain of causes says why.
fn failed(error: &reqwest::Error) -> Attempt {
    let mut why = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        why = format!("{why}: {cause}");
        source = cause.source();
    }
    Attempt::Failed { why, retry_after: None }
}

/// What the intake says of each event. One that it refused ends the run.
fn judge(batch: &Batch, body: &[u8]) -> anyhow::Result<Attempt> {
    let answer: Answer =
        serde_json::from_slice(body).context("failed to read the answer of the intake")?;
    let events = batch.events();
    ensure!(answer.results.len() == events, "{} results for {events} events", answer.results.len());
    let mut again = Vec::new();
    let mut why = String::new();
    for (index, result) in answer.results.iter().enumerate() {
        let describe = || result.problem.as_ref().map_or_else(String::new, describe);
        match result.status {
            Status::Accepted => {}
            Status::Retry => {
                if again.is_empty() {
                    why = describe();
                }
                again.push(index);
            }
            Status::Rejected => {
                // It is generated, so it may be shown.
                let event = String::from_utf8_lossy(batch.event(index));
                bail!("the intake refused an event: {}\n{event}", describe());
            }
        }
    }
    Ok(Attempt::Answered { again, why })
}

fn describe(problem: &Problem) -> String {
    let mut text = format!("{} ({}): {}", problem.title, problem.problem_type, problem.detail);
    for error in &problem.errors {
        text = format!("{text}; {} {}", error.pointer, error.detail);
    }
    text
}

/// The problem that an answer holds, or the beginning of whatever else it is.
fn explain(status: StatusCode, body: &[u8]) -> String {
    serde_json::from_slice(body).map_or_else(
        |_| {
            let beginning: String = String::from_utf8_lossy(body).chars().take(200).collect();
            format!("{status} {beginning}")
        },
        |problem| describe(&problem),
    )
}

/// `Retry-After` in seconds; the form with a date is not in use between machines.
fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn zstd(body: &[u8]) -> anyhow::Result<Bytes> {
    let packed = zstd::bulk::compress(body, 1).context("failed to compress a batch")?;
    Ok(packed.into())
}
