//! Faults that a network, a machine or a person can cause in services and engines while events
//! arrive.
//!
//! Each test names one fault and its moment. Most ask the oracle at the end: the acknowledged
//! events, the records in Kafka and those in ClickHouse are one set, and the public figures equal
//! the reference count over it. The others check figures or the text of a refusal. docs/faults.md
//! is generated from the comments here.

mod borders;
mod brokers;
mod counting;
mod disks;
mod intake;
mod loaders;
mod loading;
mod oracle;
mod reading;
mod restored;
mod store;
mod summary;
mod topics;

use std::time::Duration;

use testbed::world::World;
use torture::breakable::Breakable;
use torture::oracle::{Agreement, until_equal};
use torture::sender::{Load, Sender};

use crate::support::engines::Engines;
use crate::support::program;

/// The insert timeout of loaders under these tests.
pub const INSERT_TIMEOUT: Duration = torture::breakable::INSERT_TIMEOUT;

/// An installation on the shared engines whose connections to them can be broken. Everything is
/// ready.
pub async fn breakable() -> Breakable {
    Breakable::start(program(), Engines::shared().new_installation()).await
}

/// Posts some hundred events a second in the background, and prints the seed.
pub fn load(sender: &Sender, seed: u64) -> Load {
    println!("seed {seed}");
    sender.load(seed, Duration::from_millis(250), 15)
}

/// Checks that all sets are equal at the end.
pub async fn all_is_equal(world: &World, sender: &Sender) -> Agreement {
    let acknowledged = sender.acknowledged();
    assert!(acknowledged.events.len() > 20, "too few events to tell anything");
    let agreement = until_equal(world, &acknowledged).await;
    let agreement = agreement.unwrap_or_else(|difference| panic!("{difference:#}"));
    println!("equal: {agreement:?}");
    agreement
}
