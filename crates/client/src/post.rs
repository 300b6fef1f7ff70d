//! Posts batches until every event is accepted, however often the intake dies meanwhile.

use std::error::Error as _;
use std::time::{Duration, Instant};

use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::time::sleep;

use crate::answer::{Outcome, judge};
use crate::batch::Batch;
use crate::error::Error;
use crate::http::Client;

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Posted {
    /// Events that were accepted, each once.
    pub accepted: u64,
    /// Events that were sent again because they were not acknowledged.
    pub sent_again: u64,
}

/// What happens while a batch is posted.
#[derive(Debug)]
pub enum Progress<R> {
    /// An event was accepted.
    Accepted {
        /// Its index in the batch that was posted.
        index: usize,
        /// The intake's receipt.
        receipt: R,
    },
    /// Events were not acknowledged, and are about to be sent again.
    NotAcknowledged {
        /// How many.
        events: usize,
    },
}

impl Client {
    /// Posts a batch until every event of it is accepted.
    ///
    /// The future can be dropped at any moment. An event that the intake has by then may be posted
    /// again.
    ///
    /// # Errors
    ///
    /// [`Error`] if the intake refuses something, or acknowledges nothing for longer than the client's
    /// patience.
    pub async fn post(&self, batch: Batch) -> Result<Posted, Error> {
        self.post_each::<IgnoredAny>(batch, |_| {}).await
    }

    /// The same, but reports each event with its receipt as soon as it is accepted.
    ///
    /// # Errors
    ///
    /// As [`Self::post`].
    pub async fn post_each<R: DeserializeOwned>(
        &self,
        mut batch: Batch,
        mut tell: impl FnMut(Progress<R>),
    ) -> Result<Posted, Error> {
        let settings = &self.settings;
        let mut posted = Posted::default();
        let mut failing_since = None;
        let mut backoff = settings.backoff_min;
        // The index in the first batch of each event in this one.
        let mut origins: Vec<usize> = (0..batch.events()).collect();
        loop {
            let outcome = match self.send_batch(&batch).await? {
                Ok(answer) => judge(&settings.intake, &batch, &answer)?,
                Err(error) => Outcome::Unknown { why: chain(&error), retry_after: None },
            };
            let (why, retry_after) = match outcome {
                Outcome::Answered { accepted, again, why } => {
                    if !accepted.is_empty() {
                        failing_since = None;
                    }
                    posted.accepted += accepted.len() as u64;
                    for (index, receipt) in accepted {
                        tell(Progress::Accepted { index: origins[index], receipt });
                    }
                    if again.is_empty() {
                        return Ok(posted);
                    }
                    batch = batch.only(&again);
                    origins = again.into_iter().map(|index| origins[index]).collect();
                    (why, None)
                }
                Outcome::Unknown { why, retry_after } => (why, retry_after),
            };
            let since = *failing_since.get_or_insert_with(Instant::now);
            if since.elapsed() > settings.patience {
                let (patience, events) = (settings.patience, batch.events());
                return Err(Error::GaveUp { patience, events, why });
            }
            tracing::debug!(why, events = batch.events(), "sending events again");
            tell(Progress::NotAcknowledged { events: batch.events() });
            sleep(pause(retry_after, backoff, settings.backoff_min).min(settings.patience)).await;
            posted.sent_again += batch.events() as u64;
            backoff = (2 * backoff).min(settings.backoff_max);
        }
    }
}

/// How long to wait: as long as the intake asks for, if it does, but never zero.
fn pause(retry_after: Option<Duration>, backoff: Duration, least: Duration) -> Duration {
    retry_after.map_or(backoff, |after| after.max(least))
}

/// The chain of causes of a missing or incomplete answer.
fn chain(error: &reqwest::Error) -> String {
    let mut why = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        why = format!("{why}: {cause}");
        source = cause.source();
    }
    why
}
