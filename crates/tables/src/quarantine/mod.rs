//! What the tables have of records that could not be loaded (D8).
//!
//! What has become of such a record (open, replayed, discarded) is derived from the tables `records`
//! and `quarantine` by one statement and stored nowhere, so it cannot contradict what is stored.

mod states;

pub use states::{Discard, Known, Quarantined, known, list, open};
