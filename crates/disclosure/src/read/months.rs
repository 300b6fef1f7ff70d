//! Reads which months there are, and what is said of each.

use ::figures::Status;
use ::tables::month_counts::{self, MonthRow};
use anyhow::Context;
use domain::Province;

use super::{Counted, Of, known_moment, month_of};
use crate::model::MonthOfProvince;
use crate::store::{Fault, Reader};

/// Every month of every province.
pub(super) async fn of_all(reader: &Reader) -> Result<Vec<(Province, MonthOfProvince)>, Fault> {
    let rows = reader.select(month_counts::months_of_all(reader.client())).await?;
    let months = rows.into_iter().map(|row| {
        let province = Province::from_number(row.province).context("an unexpected province");
        let of = month(row.month, row.simulated, row.reviews, row.records_through)?;
        Ok((province.map_err(Fault::Broken)?, of))
    });
    months.collect()
}

/// The months of a province.
pub(super) async fn of_province(
    reader: &Reader,
    rule: u16,
    province: Province,
) -> Result<Vec<MonthOfProvince>, Fault> {
    let rows = reader.select(month_counts::months(reader.client(), rule, province)).await?;
    let month = |row: MonthRow| month(row.month, row.simulated, row.reviews, row.records_through);
    rows.into_iter().map(month).collect()
}

fn month(
    first_day: u16,
    simulated: u64,
    reviews: u64,
    records_through: u32,
) -> Result<MonthOfProvince, Fault> {
    let status = Status::of_unpublished(simulated > 0);
    let (month, through) = (month_of(first_day)?, known_moment(records_through));
    Ok(MonthOfProvince { month, status, through, reviews })
}

/// What the figures of a whole month rest on; nothing if nothing is known of the month.
pub(super) async fn known(reader: &Reader, of: Of) -> Result<Option<Counted>, Fault> {
    let select = month_counts::coverage(reader.client(), of.rule, of.province, of.month);
    let row = reader.select(select).await?.pop().filter(|row| row.months > 0);
    Ok(row.map(|row| Counted::of(row.records, row.simulated, row.records_through)))
}
