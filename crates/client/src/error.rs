//! The reasons why events could not be posted. The messages are fit for people.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{StatusCode, Url};

/// Why events were not posted. Another attempt would not change any of these.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The HTTP client cannot be set up.
    #[error("failed to set up the HTTP client")]
    Setup(#[source] reqwest::Error),
    /// A body cannot be compressed.
    #[error("failed to compress a batch")]
    Compress(#[source] std::io::Error),
    /// The intake does not know the key.
    #[error("the intake at {intake} refused the key: {why}")]
    KeyRefused {
        /// The intake.
        intake: Url,
        /// What it said.
        why: String,
    },
    /// The intake refused a request as a whole.
    #[error("the intake refused a batch: {why}")]
    BatchRefused {
        /// The status of its answer.
        status: StatusCode,
        /// What it said.
        why: String,
    },
    /// The intake rejected an event.
    #[error("the intake rejected an event: {why}")]
    EventRejected {
        /// What it said.
        why: String,
        /// The event. It may be about a person, so the message does not contain it.
        event: Bytes,
    },
    /// The answer is not one that an intake gives.
    #[error("failed to read the answer of the intake")]
    Unreadable(#[source] serde_json::Error),
    /// The answer is about other events.
    #[error("the intake answered with {results} results for {events} events")]
    Miscounted {
        /// The number of results in the answer.
        results: usize,
        /// How many events were sent.
        events: usize,
    },
    /// The intake acknowledged nothing for longer than the client waits.
    #[error("failed for {patience:?} to post {events} events: {why}")]
    GaveUp {
        /// How long the client tried.
        patience: Duration,
        /// How many events are left.
        events: usize,
        /// The error of the last attempt.
        why: String,
    },
}
