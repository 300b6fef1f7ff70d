//! The parts of the tables that public answers are read from.
//!
//! A part never changes. As long as a table has the same parts, a statement finds the same rows.

use clickhouse::{Client, Row};
use serde::Deserialize;

use crate::select::Select;

/// The tables that are looked at.
pub const TABLES: [&str; 5] = ["counts", "case_counts", "item_counts", "names", "active_rules"];

/// One partition of a table.
#[derive(Row, Deserialize)]
pub struct PartitionRow {
    /// The table.
    pub table: String,
    /// `yyyymm` for tables that are partitioned by month.
    pub partition: String,
    /// Of what its parts are called and of what they hold. A table that was dropped and made again
    /// begins with the same names.
    pub hash: u64,
}

/// The partitions of [`TABLES`].
pub fn partitions(client: &Client) -> Select<PartitionRow> {
    let sql = "SELECT table, partition, groupBitXor(sipHash64(name, hash_of_all_files)) AS hash \
               FROM system.parts \
               WHERE active AND database = currentDatabase() AND table IN ? \
               GROUP BY table, partition";
    Select::new("stored", client.query(sql).bind(TABLES.as_slice()), []).small()
}
