//! What rests in ClickHouse: the tables and how they are made, and every statement that reads or
//! defines them.
//!
//! SQL stands here and nowhere else. It decides nothing about events.

mod clickhouse;
mod engines;
pub mod layout;
pub mod loading_rule;
pub mod migrations;
pub mod month_counts;
mod partition_numbers;
pub mod parts;
pub mod quarantine;
pub mod rebuilt_records;
pub mod row_counts;
pub mod select;
mod tips;

pub use crate::clickhouse::ClickHouseConfig;
pub use crate::engines::Engines;
pub use crate::partition_numbers::Part;
pub use crate::row_counts::{Breakdown, RowRange};
pub use crate::select::{Months, Read, Select};
pub use crate::tips::tips;
