//! Everything about data in ClickHouse: the tables and how they are created, and every statement
//! that reads or defines them.
//!
//! SQL is here and nowhere else. This crate decides nothing about events.

pub mod active_rule;
pub mod audits;
pub mod buckets;
mod clickhouse;
pub mod counting;
pub mod counts;
mod cut;
pub mod day_counts;
mod engines;
pub mod layout;
pub mod loading_rule;
pub mod migrations;
pub mod month_counts;
pub mod month_ledger;
mod partition_numbers;
pub mod parts;
pub mod quarantine;
pub mod rebuilt_counts;
pub mod rebuilt_records;
pub mod records;
pub mod records_by_class;
pub mod row_counts;
mod rule;
pub mod select;
pub mod stored_offsets;
pub mod sweep;
mod tips;
mod topology;

pub use crate::clickhouse::ClickHouseConfig;
pub use crate::cut::Cut;
pub use crate::engines::Engines;
pub use crate::partition_numbers::Part;
pub use crate::row_counts::{Breakdown, RowRange};
pub use crate::rule::Rule;
pub use crate::select::{Months, Read, Select};
pub use crate::tips::tips;
pub use crate::topology::Topology;

/// How many bytes a statement may have that names a month's buckets: ClickHouse's default is too few.
pub const QUERY_SIZE_MAX: &str = "67108864";
