//! What the intake answers.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Proof that an event rests on every in-sync replica (D1), for whoever posted it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Receipt {
    /// BLAKE3 of the record's value, in hexadecimal.
    pub event: String,
    /// The topic, without its prefix.
    pub topic: Cow<'static, str>,
    /// The partition.
    pub partition: i32,
    /// The record's offset in it.
    pub offset: i64,
}

/// What became of one event of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum EventResult {
    /// It will be counted, or set aside with a reason.
    Accepted {
        /// The proof.
        receipt: Receipt,
    },
    /// It is wrong and was not stored. To send it again is of no use.
    Rejected {
        /// Why.
        problem: Problem,
    },
    /// It was not acknowledged, and may be stored all the same: to be sent again as it is.
    Retry {
        /// Why.
        problem: Problem,
    },
}

/// What became of a batch, event by event, in its order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Results {
    /// One for each event.
    pub results: Vec<EventResult>,
}

/// Problem details of RFC 9457.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Problem {
    /// A URN that stands for the kind of problem; schemas/problems.json lists them.
    #[serde(rename = "type")]
    pub problem_type: Cow<'static, str>,
    /// The kind of problem in words.
    pub title: Cow<'static, str>,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong this time and what to do.
    pub detail: String,
    /// The fields that are wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// A field that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct FieldError {
    /// JSON Pointer (RFC 6901) into the event.
    pub pointer: String,
    /// What is wrong, without the value.
    pub detail: String,
}

impl From<crate::Invalid> for FieldError {
    fn from(invalid: crate::Invalid) -> Self {
        Self { pointer: invalid.pointer, detail: invalid.detail }
    }
}
