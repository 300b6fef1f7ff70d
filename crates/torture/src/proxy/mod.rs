//! What lies between a service and an engine, and can lose what a network can lose.
//!
//! A proxy counts what it did, so that a test waits on the fault and not on the time. It never makes
//! up anything: what arrives is what was sent, or nothing.

mod http;
mod kafka;

pub use http::{HttpFault, HttpProxy};
pub use kafka::{KafkaFault, KafkaProxy, OFFSET_COMMIT, PRODUCE};
