//! What every service shares: telemetry, lifecycle, the admin port, HTTP with its bounds, problem
//! details, and the settings of Kafka and ClickHouse on which promises rest.

pub mod admin;
pub mod clickhouse;
pub mod http;
pub mod kafka;
pub mod lifecycle;
pub mod migrations;
pub mod problem;
pub mod telemetry;
mod topic_ids;
