//! The answers of the intake.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Proof, for the sender, that an event is stored on every in-sync replica (D1).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Receipt {
    /// BLAKE3 of the record's value, in hexadecimal.
    pub event: String,
    /// The topic, without the deployment's prefix.
    pub topic: Cow<'static, str>,
    /// The partition.
    pub partition: i32,
    /// The record's offset in the partition.
    pub offset: i64,
}

/// What became of one event of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum EventResult {
    /// The event will be counted, or set aside with a reason.
    Accepted {
        /// The proof that it is stored.
        receipt: Receipt,
    },
    /// The event is wrong and was not stored. The sender must correct it: the same event will be
    /// rejected again.
    Rejected {
        /// The reason.
        problem: Problem,
    },
    /// Kafka did not acknowledge the event, but may have stored it. The sender must send it again
    /// unchanged.
    Retry {
        /// The reason.
        problem: Problem,
    },
}

/// What became of a batch: one result for each event, in the order of the batch.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Results {
    /// One result for each event.
    pub results: Vec<EventResult>,
}

/// Problem details of RFC 9457.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Problem {
    /// A URN that identifies the kind of problem; schemas/problems.json lists them.
    #[serde(rename = "type")]
    pub problem_type: Cow<'static, str>,
    /// The kind of problem in words.
    pub title: Cow<'static, str>,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong in this case, and what to do about it.
    pub detail: String,
    /// The wrong fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// A wrong field.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct FieldError {
    /// A JSON Pointer (RFC 6901) into the event.
    pub pointer: String,
    /// What is wrong, without the value.
    pub detail: String,
}

impl From<crate::Invalid> for FieldError {
    fn from(invalid: crate::Invalid) -> Self {
        Self { pointer: invalid.pointer, detail: invalid.detail }
    }
}
