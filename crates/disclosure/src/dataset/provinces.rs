//! The data set of provinces and the months for which they have figures: a line for each province
//! and month.

use domain::Province;

use super::{Column, Kind, Value, months, name};
use crate::model::MonthOfProvince;
use crate::name::of_province;

/// A line.
pub(crate) type Line = (Province, MonthOfProvince);

pub(crate) fn columns() -> Vec<Column<Line>> {
    let mut columns: Vec<_> = province_columns("province", |(province, _): &Line| *province);
    columns.extend(months::month_columns(|(_, month): &Line| month));
    columns
}

/// What is said of a province. `id` is what its code is called, which in JSON stands in an object of
/// the province.
pub(crate) fn province_columns<L: 'static>(
    id: &'static str,
    of: fn(&L) -> Province,
) -> Vec<Column<L>> {
    let mut columns =
        vec![Column::new(id, ("省份代码", "Province code"), Kind::Code, move |line| {
            Value::text(of(line).to_string())
        })];
    columns.extend(name(move |line: &L| {
        let name = of_province(of(line));
        (Value::text(name.zh), Value::text_if_known(name.en))
    }));
    columns
}
