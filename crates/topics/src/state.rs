//! State that people change, such as accounts: events in a compacted topic, folded by every process
//! that needs them.
//!
//! Each event carries the whole state of one entity, so that the last event of a key is enough and
//! Kafka may drop those before it. The topic has one partition, so that all events have one order and
//! every process that has read to the end has the same state. There is no second database and no
//! cache to invalidate.
//!
//! - [`Fold`] decides what the records of a topic mean. It is pure.
//! - [`follow()`] reads a topic from its beginning and then follows it in the background. Readers are
//!   never made to wait for Kafka.
//! - [`change()`] writes one event, if a decision about the current state says so. Of several writers
//!   at once, one at a time writes; no change is made on a state that another change has replaced.
//!
//! It must never give a process half of a state: a fold is shown only once it has read to the end
//! that Kafka had.

mod change;
mod fold;
mod follow;
mod quiet;
mod reader;

pub use self::change::{ChangeError, change, read};
pub use self::fold::{Fold, State, Unreadable};
pub use self::follow::{Followed, Follower, follow};
