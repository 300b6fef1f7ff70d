//! Buckets: what is recounted, as rows name it.

use std::collections::BTreeMap;

use anyhow::Context;
use domain::{Cell, Province, ServedOn};
use wire::CellSet;

/// Days of provinces, and cells of each.
pub type Buckets = BTreeMap<(Province, ServedOn), CellSet>;

/// The day of a row.
///
/// # Errors
///
/// If there is no such province or day.
pub fn day_of_row(province: u8, served_on: u16) -> anyhow::Result<(Province, ServedOn)> {
    let province = Province::from_number(province).context("a row of no province")?;
    Ok((province, ServedOn::from_days_since_epoch(served_on).context("a row of no day")?))
}

/// The cell of a row.
///
/// # Errors
///
/// If there is no such cell.
pub fn cell_of_row(cell: u16) -> anyhow::Result<Cell> {
    Cell::from_number(cell).context("a row of no cell")
}

/// A row that names a bucket.
#[derive(clickhouse::Row, serde::Deserialize)]
pub(crate) struct BucketRow {
    province: u8,
    served_on: u16,
    cell: u16,
}

/// The buckets that rows name.
pub(crate) fn of_rows(rows: Vec<BucketRow>) -> anyhow::Result<Buckets> {
    let mut buckets = Buckets::new();
    for BucketRow { province, served_on, cell } in rows {
        let day = day_of_row(province, served_on)?;
        buckets.entry(day).or_insert(CellSet::EMPTY).insert(cell_of_row(cell)?);
    }
    Ok(buckets)
}
