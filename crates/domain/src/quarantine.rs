//! Records that passed the intake, or came past it, and cannot be loaded: by which word each is
//! set aside, by which word it is given up, and what has become of it.

use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::code::ParseError;

/// Why a record cannot be loaded: a stable code, and never anything that the record holds.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = not_a_reason)]
pub enum QuarantineReason {
    /// The bytes are no JSON: another producer wrote into the topic.
    NotJson,
    /// JSON, but of no type that this system knows.
    UnknownType,
    /// An event of this topic by a schema newer than the loader: a newer loader will read it.
    NewerSchema,
    /// An event of this system that belongs to another topic.
    OfAnotherTopic,
    /// An event of this topic with a field that is wrong: the pointer says which.
    InvalidField,
}

/// Why somebody gave up a quarantined record: a closed list, as the public may read it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = not_a_discard_reason)]
pub enum DiscardReason {
    /// It was written by a producer that is not part of this system.
    NotOurs,
    /// It was written while a system was tried.
    Test,
    /// Its source has sent the event again, and that one was loaded.
    SentAgain,
    /// Nobody can tell any more what it was meant to be.
    Unreadable,
}

/// What has become of a quarantined record. It is derived from what is stored, never stored itself.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = not_a_state)]
pub enum QuarantineState {
    /// Nobody has decided: it stands against the publication of any month.
    Open,
    /// It was loaded after all, at its own position. That it was discarded before does not matter.
    Replayed,
    /// Somebody gave it up, with a reason.
    Discarded,
}

fn not_a_reason(_: &str) -> ParseError {
    ParseError::new("not_json, unknown_type, newer_schema, of_another_topic or invalid_field")
}

fn not_a_discard_reason(_: &str) -> ParseError {
    ParseError::new("not_ours, test, sent_again or unreadable")
}

fn not_a_state(_: &str) -> ParseError {
    ParseError::new("open, replayed or discarded")
}
