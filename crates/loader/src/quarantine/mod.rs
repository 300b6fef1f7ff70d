//! Records that cannot be loaded (D8).
//!
//! Each is a row of its own kind in `records`, with a code for the reason, and an event in the topic
//! `quarantine` that says where it rests and what is wrong. That event becomes a row of the table
//! `quarantine`. What has become of a record (open, replayed, discarded) is derived from the two
//! tables ([`tables::quarantine`]) and stored nowhere.
//!
//! Here the loader decides whether more may be quarantined at all, and the commands replay and discard.
//! Why a record cannot be loaded is decided in `fault`, and what is said of it in `quarantined`: batches
//! and the writer know those two and nothing of this module.
//!
//! Nothing here copies what a record holds: it rests at its origin permanently.

mod discard;
mod guard;
mod replay;
mod storm;

pub use discard::{Note, discard};
pub use replay::{Replayed, replay};

pub(crate) use guard::Guard;
pub(crate) use storm::{Refused, StormError};
