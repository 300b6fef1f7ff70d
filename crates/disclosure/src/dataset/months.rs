//! The data set of a province's months: a line for each month.

use ::figures::metric::REVIEWS_COUNTED;
use domain::Province;

use super::{Column, Kind, LATEST_RECORD, Value};
use crate::model::MonthOfProvince;

/// A line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) province: Province,
    pub(crate) of: MonthOfProvince,
}

pub(crate) fn columns() -> Vec<Column<Line>> {
    let province = |line: &Line| Value::text(line.province.to_string());
    let mut columns =
        vec![Column::new("province", ("省份代码", "Province code"), Kind::Code, province)];
    columns.extend(month_columns(|line: &Line| &line.of));
    columns
}

/// What is said of a month in the list.
pub(crate) fn month_columns<L: 'static>(of: fn(&L) -> &MonthOfProvince) -> [Column<L>; 4] {
    [
        Column::new("month", ("月份", "Month"), Kind::Month, move |line| {
            Value::text(of(line).month.to_string())
        }),
        Column::new("status", ("状态", "Status"), Kind::Code, move |line| {
            Value::text(of(line).status.code())
        }),
        Column::new("as_of", LATEST_RECORD, Kind::Moment, move |line| {
            Value::moment_if_known(of(line).through)
        }),
        Column::new(REVIEWS_COUNTED.id, REVIEWS_COUNTED.name, Kind::Count, move |line| {
            Value::Count(of(line).reviews)
        })
        .within("reviews", "counted")
        .of_metric(&REVIEWS_COUNTED),
    ]
}
