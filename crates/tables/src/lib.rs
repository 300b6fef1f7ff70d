//! What rests in ClickHouse: the tables and how they are made, and every statement that reads or
//! defines them.
//!
//! SQL stands here and nowhere else. It decides nothing about events.

mod clickhouse;
mod engines;
pub mod layout;
pub mod loading_rule;
pub mod migrations;
mod partition_numbers;
pub mod quarantine;
pub mod rebuilt_records;
mod tips;

pub use crate::clickhouse::ClickHouseConfig;
pub use crate::engines::Engines;
pub use crate::partition_numbers::Part;
pub use crate::tips::tips;
