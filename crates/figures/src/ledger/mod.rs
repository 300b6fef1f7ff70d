//! Decides whether a ledger closes (D4): whether every accepted record is stored once, has one class,
//! and is in the figures as its class says. This is the only place that decides it; the command, the
//! public page, the auditor, the torture and the gate of publication ask [`conclude`]. No IO.
//!
//! Evidence is what was seen: offsets, counts, positions ([`Installation`], [`MonthEvidence`]). A
//! conclusion is what follows from it ([`Conclusion`]). Evidence is stored and shown; a conclusion is
//! never stored, so that it cannot outlive what it was drawn from.
//!
//! # What bears on what
//!
//! - *On one month*: records without a class, records with more than one, figures that differ from the
//!   classes, and a counter that is behind. They lie on days, and days lie in one month.
//! - *On every month*: all that has no month before it is loaded. That is a record that is missing, a
//!   record that waits to be loaded, a Kafka that was replaced, an audit that is absent or old; and a
//!   record that is stored under two keys, since the two keys may lie in two months.
//! - *On every month of every province*, too: a quarantined record on which nobody has decided. It
//!   could not be read, so it has neither a province nor a month. The province of its source would be
//!   narrower, but it rests on a header that a stranger may have written, and on a list of accounts that
//!   changes. A record that might belong to a published month weighs more than a month that is published
//!   later: the record is loaded after all, or discarded with a reason, and then stands against nothing.
//!
//! A fault outweighs everything that passes: it stays a fault whatever else arrives.

mod check;
mod evidence;
mod finding;
mod partition;
mod verdict;
mod words;

#[cfg(test)]
mod tests;

pub use self::check::{Check, CheckCode, checks};
pub use self::evidence::{Classed, ClassedUnit, DayEvidence, Installation, MonthEvidence, Seen};
pub use self::finding::{Finding, findings};
pub use self::partition::{PartitionAudit, PartitionRange, StoredOffsets};
pub use self::verdict::{Conclusion, Reason, Verdict, conclude};
