//! Records that reached a topic, through the intake or around it, and cannot be loaded: the reasons
//! to quarantine one, the reasons to discard one, and the states that a quarantined record can be
//! in.

use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::code::ParseError;

/// Why a record cannot be loaded. The code is stable and repeats nothing that the record holds.
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
    /// The bytes are not JSON: another producer wrote into the topic.
    NotJson,
    /// JSON, but not of a type that this system knows.
    UnknownType,
    /// An event of this topic whose schema is newer than this loader. A newer loader will read it.
    NewerSchema,
    /// An event of this system that belongs to another topic.
    OfAnotherTopic,
    /// An event of this topic with a wrong field. The pointer names the field.
    InvalidField,
}

/// Why somebody discarded a quarantined record. The list is closed, because the public reads it.
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
    /// A producer that is not part of this system wrote it.
    NotOurs,
    /// It was written while a system was being tested.
    Test,
    /// Its source has sent the event again, and the second one was loaded.
    SentAgain,
    /// Nobody can tell what it was meant to be.
    Unreadable,
}

/// What has become of a quarantined record. The state is derived from what is stored and never
/// stored itself.
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
    /// Nobody has decided yet. It blocks the publication of every month.
    Open,
    /// It was loaded after all, at its own position, even if somebody had discarded it before.
    Replayed,
    /// Somebody discarded it and gave a reason.
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
