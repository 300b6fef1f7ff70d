//! The data sets of a month's figures by area, department or item: a line for each.

use ::figures::metric::{SERVICES, UNREVIEWED_SERVICES};
use ::figures::{Edition, Slice};

use super::figures::satisfaction;
use super::{Column, Kind, Value, count, edition, levels, name, reviews};
use crate::model::Row;
use crate::resource::Dimension;

/// A line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) edition: Edition,
    pub(crate) dimension: Dimension,
    pub(crate) row: Row,
}

pub(crate) fn columns() -> Vec<Column<Line>> {
    let mut columns: Vec<_> = edition(|line: &Line| line.edition).into();
    let dimension = |line: &Line| Value::text(<&str>::from(line.dimension));
    columns.push(Column::new("dimension", ("分项", "Dimension"), Kind::Code, dimension));
    columns.extend(row_columns(|line: &Line| &line.row, |line: &Line| &line.row.slice));
    columns
}

/// What is published of an area, a department or an item.
pub(crate) fn row_columns<L: 'static>(
    row: fn(&L) -> &Row,
    slice: fn(&L) -> &Slice,
) -> Vec<Column<L>> {
    let mut columns = vec![Column::new("code", ("代码", "Code"), Kind::Code, move |line| {
        Value::text(row(line).code.clone())
    })];
    columns.extend(name(move |line: &L| {
        let name = row(line).name.clone();
        let en = name.as_ref().and_then(|name| name.en.clone());
        (Value::text_if_known(name.map(|name| name.zh)), Value::text_if_known(en))
    }));
    columns.push(count(&SERVICES, slice));
    columns.push(count(&UNREVIEWED_SERVICES, slice));
    columns.extend(reviews(slice));
    columns.extend(levels(slice));
    columns.extend(satisfaction(slice));
    columns
}
