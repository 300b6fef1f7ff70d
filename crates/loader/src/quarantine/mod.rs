//! Records that cannot be loaded (D8).
//!
//! Each is a row of its own kind in `records`, with a code for the reason, and an event in the topic
//! `quarantine` that says where it rests and what is wrong. That event becomes a row of the table
//! `quarantine`. What has become of a record (open, replayed, discarded) is derived from the two
//! tables ([`tables::quarantine`]) and stored nowhere.
//!
//! Nothing here copies what a record holds: it rests at its origin permanently.

mod discard;
mod entry;
mod guard;
mod reason;
mod replay;
mod storm;

pub use discard::{Note, discard};
pub use replay::{Replayed, replay};

pub(crate) use entry::{NewlyQuarantined, entry_row, key};
pub(crate) use guard::Guard;
pub(crate) use reason::{Fault, fault_of};
pub(crate) use storm::{Refused, StormError};
