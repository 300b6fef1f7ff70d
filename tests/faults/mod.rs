//! What a network, a machine or a person can do to the services and the engines while events come in.
//!
//! Each test names one fault and its moment. Most ask the oracle in the end: the events that were
//! acknowledged, the records in Kafka and those in ClickHouse are one set, and the public reads the
//! reference count over it; the others ask for figures or for words of refusal. docs/faults.md is made from the comments here.

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

/// How long a loader that is told so waits for an insert.
pub const INSERT_TIMEOUT: Duration = torture::breakable::INSERT_TIMEOUT;

/// An installation on the shared engines whose ways to them can be broken; all is ready.
pub async fn breakable() -> Breakable {
    Breakable::start(program(), Engines::shared().new_place()).await
}

/// Posts in the background, some hundred events a second. The seed is printed.
pub fn load(sender: &Sender, seed: u64) -> Load {
    println!("seed {seed}");
    sender.load(seed, Duration::from_millis(250), 15)
}

/// Every set is equal in the end.
pub async fn all_is_equal(world: &World, sender: &Sender) -> Agreement {
    let acknowledged = sender.acknowledged();
    assert!(acknowledged.events.len() > 20, "too few events to tell anything");
    let agreement = until_equal(world, &acknowledged).await;
    let agreement = agreement.unwrap_or_else(|difference| panic!("{difference:#}"));
    println!("equal: {agreement:?}");
    agreement
}
