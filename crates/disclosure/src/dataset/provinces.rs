//! The data set of provinces and the months for which they have figures: a line for each province
//! and month.

use domain::{Month, Province};

use super::{Column, Kind, Value, name};
use crate::name::of_province;

/// A line.
pub(crate) type Line = (Province, Month);

pub(crate) fn columns() -> Vec<Column<Line>> {
    let mut columns: Vec<_> = province_columns(|(province, _): &Line| *province);
    columns.push(Column::new("month", ("月份", "Month"), Kind::Month, |(_, month): &Line| {
        Value::text(month.to_string())
    }));
    columns
}

/// What is said of a province.
pub(crate) fn province_columns<L: 'static>(of: fn(&L) -> Province) -> Vec<Column<L>> {
    let mut columns =
        vec![Column::new("code", ("省份代码", "Province code"), Kind::Code, move |line| {
            Value::text(of(line).to_string())
        })];
    columns.extend(name(move |line: &L| {
        let name = of_province(of(line));
        (Value::text(name.zh), Value::text_if_known(name.en))
    }));
    columns
}
