//! What is counted and why.
//!
//! Levels, channels, areas, months, identities, the rank by which one review of a service wins, the
//! rules that an event must keep, and the reference count: the plainest statement of what the SQL
//! in the counter computes.
//!
//! There is no IO, no serde and no clock in here: time is an argument.

pub mod area;
pub mod calendar;
pub mod channel;
pub mod class;
pub mod code;
pub mod event;
pub mod group;
pub mod identity;
pub mod level;
pub mod quarantine;
pub mod rate;
pub mod redact;
pub mod reference;
pub mod rules;
pub mod tag;

pub use area::{AreaCode, CountyCode, Province};
pub use calendar::{EpochSeconds, Month, ServedOn};
pub use channel::{Channel, ChannelGroup};
pub use class::Class;
pub use code::{ItemCode, ParseError, PlaceCode, ProjectNo, SourceId};
pub use event::{
    Action, Disposition, Event, Kind, Reason, Review, ReviewReference, Revision, Service,
    ServiceNo, Subject, SubjectKind,
};
pub use group::Group;
pub use identity::{Bucket, Case, Cell, EventHash, Position, Rank, ReviewHash, SubjectKey};
pub use level::Level;
pub use quarantine::{DiscardReason, QuarantineReason, QuarantineState};
pub use rate::Rate;
pub use tag::Tag;

/// The version of the counting rule that this code implements. It is part of the key of every
/// count, so a new rule is counted beside the old one before anyone reads it.
pub const COUNTING_RULE: u16 = 1;

/// The version of the rule by which this code makes rows of records: what is hashed, and what makes up
/// the key. Rows of another rule lie under other keys, so the records must be rebuilt before a loader
/// of this one may write.
pub const LOADING_RULE: u16 = 1;
