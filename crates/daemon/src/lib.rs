//! What every service shares: telemetry, lifecycle, the admin port, HTTP with its bounds, problem
//! details, and the settings of Kafka and ClickHouse on which promises rest.

pub mod admin;
pub mod clickhouse;
pub mod http;
pub mod kafka;
pub mod lifecycle;
pub mod migrations;
pub mod problem;
pub mod settled;
pub mod telemetry;
mod topic_ids;
pub mod topic_watch;

/// Something about the machine or the settings that the caller can change. A program that ends for
/// it has the exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Surroundings(pub String);
