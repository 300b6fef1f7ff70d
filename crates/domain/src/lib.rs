//! Decides what counts, and why.
//!
//! It holds levels, channels, areas, months, identities, the rank by which one review of a service
//! wins, the rules that every event must obey, and the reference count: the plainest statement of
//! what the counter computes in SQL.
//!
//! This crate has no IO, no serde and no clock: time is an argument.

pub mod area;
pub mod calendar;
pub mod channel;
pub mod class;
pub mod code;
pub mod department;
pub mod event;
pub mod group;
pub mod grouping;
pub mod identity;
pub mod level;
pub mod province_month;
pub mod quarantine;
pub mod rate;
pub mod redact;
pub mod reference;
pub mod rules;
pub mod tag;
pub mod text;

pub use area::{AreaCode, CountyCode, Province};
pub use calendar::{EpochSeconds, Month, ServedOn};
pub use channel::{Channel, ChannelGroup};
pub use class::Class;
pub use code::{ItemCode, ParseError, PlaceCode, ProjectNo, SourceId};
pub use department::DepartmentCode;
pub use event::{
    Action, Disposition, Event, Kind, Reason, Review, ReviewReference, Revision, Service,
    ServiceNo, Subject, SubjectKind,
};
pub use group::Group;
pub use grouping::Grouping;
pub use identity::{Bucket, Case, Cell, EventHash, Position, Rank, ReviewHash, SubjectKey};
pub use level::Level;
pub use province_month::ProvinceMonth;
pub use quarantine::{DiscardReason, QuarantineReason, QuarantineState};
pub use rate::Rate;
pub use tag::Tag;

/// The version of the counting rule that this code implements. It is part of the key of every
/// count, so the counts of a new rule fill up next to the old ones before anyone reads them.
pub const COUNTING_RULE: u16 = 1;

/// The version of the rule by which this code turns records into rows: what is hashed, and what
/// makes up the key. Another rule gives the same record another key, so the records must be rebuilt
/// before a loader with this rule may write.
pub const LOADING_RULE: u16 = 1;
