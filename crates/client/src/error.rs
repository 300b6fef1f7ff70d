//! What keeps events from being posted, as the poster may tell a person.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{StatusCode, Url};

/// Why events were not posted. Nothing of it would be different at another attempt.
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
        /// The event. It may be about a person, so it is no part of the message.
        event: Bytes,
    },
    /// The answer is none that an intake gives.
    #[error("failed to read the answer of the intake")]
    Unreadable(#[source] serde_json::Error),
    /// The answer is about other events.
    #[error("the intake answered with {results} results for {events} events")]
    Miscounted {
        /// How many results it has.
        results: usize,
        /// How many events were sent.
        events: usize,
    },
    /// The intake acknowledged nothing for longer than the client waits.
    #[error("failed for {patience:?} to post {events} events: {why}")]
    GaveUp {
        /// How long it was tried.
        patience: Duration,
        /// How many events are left.
        events: usize,
        /// What went wrong the last time.
        why: String,
    },
}
