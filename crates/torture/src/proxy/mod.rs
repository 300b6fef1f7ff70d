//! Proxies between a service and an engine, which can lose what a network can lose.
//!
//! A proxy counts its faults, so that a test can wait for the fault and not for a time. It never
//! invents anything: what arrives is what was sent, or nothing.

mod http;
mod kafka;

pub use http::{HttpFault, HttpProxy};
pub use kafka::{KafkaFault, KafkaProxy, OFFSET_COMMIT, PRODUCE};
