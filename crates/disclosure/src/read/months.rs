//! Reads which months there are, and what is said of each in lists.

use ::figures::{Coverage, Status};
use ::tables::month_counts;
use anyhow::Context;
use domain::Province;

use super::{Of, month_of, unknown_month};
use crate::model::MonthOfProvince;
use crate::problem::Problem;
use crate::store::{Fault, Reader};

/// Every month of every province.
pub(super) async fn of_all(reader: &Reader) -> Result<Vec<(Province, MonthOfProvince)>, Fault> {
    let rows = reader.select(month_counts::months_of_all(reader.client())).await?;
    let months = rows.into_iter().map(|row| {
        let province = Province::from_number(row.province).context("an unexpected province");
        let (month, status) = (month_of(row.month)?, Status::Provisional);
        let of = MonthOfProvince { month, status, reviews: 0 };
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
    let months = rows.into_iter().map(|row| {
        let (month, reviews) = (month_of(row.month)?, row.reviews);
        Ok(MonthOfProvince { month, status: Status::Provisional, reviews })
    });
    months.collect()
}

/// What the figures of a whole month are, beside which its parts are shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole {
    pub(super) status: Status,
    pub(super) coverage: Coverage,
}

/// What is known of a month as a whole.
///
/// # Errors
///
/// If nothing is.
pub(super) async fn known(reader: &Reader, of: Of) -> Result<Whole, Problem> {
    let select = month_counts::is_known(reader.client(), of.rule, of.province, of.month);
    if reader.select(select).await?.is_empty() {
        return Err(unknown_month());
    }
    Ok(Whole { status: Status::Provisional, coverage: Coverage::default() })
}
