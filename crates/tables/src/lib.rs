//! What rests in ClickHouse: the tables and how they are made, and every statement that reads or
//! defines them.
//!
//! SQL stands here and nowhere else. It decides nothing about events.

mod clickhouse;
pub mod migrations;

pub use crate::clickhouse::ClickHouseConfig;
