//! Decides how events look as JSON, over HTTP and in Kafka, and how the intake's answers look.
//!
//! An event is parsed once, at the edge, into the types of `domain`, and every event that leaves
//! this crate has been checked. Errors name the field by JSON Pointer and never repeat its value,
//! which may be about a person.

mod account;
mod adapt;
mod answer;
mod cloud_event;
mod data;
mod envelope;
mod invalid;
mod malformed;
mod media_type;
mod own_event;
mod quarantine;
mod rfc3339;
mod subject;
mod tags;
mod touched;

pub use account::{ACCOUNT_KEYS_MAX, Account, AccountKey, Reach};
pub use answer::{EventResult, FieldError, Problem, Receipt, Results};
pub use cloud_event::{Attributes, CloudEvent, type_of};
pub use envelope::{SPEC_VERSION, is_attribute_name};
pub use invalid::Invalid;
pub use malformed::Malformed;
pub use media_type::MediaType;
pub use quarantine::{Origin, QuarantineEntry, RecordDiscarded, RecordQuarantined, TypeName};
pub use touched::{CellSet, Touched, TouchedDay};
