//! The data sets of a month's figures by area, department or item: a line for each.

use ::figures::Slice;

use super::{Column, Kind, Value, as_of, edition, measures, name, records, records_through};
use crate::model::{AboutRows, AreaOfRow, Row};
use crate::resource::Dimension;

/// A line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) about: AboutRows,
    pub(crate) row: Row,
}

pub(crate) fn columns(dimension: Dimension) -> Vec<Column<Line>> {
    let mut columns: Vec<_> = edition(|line: &Line| line.about.edition).into();
    columns.extend([
        as_of(|line: &Line| line.about.as_of()),
        records_through(
            "records_through_rows",
            "rows",
            ("分项最近一条已统计记录的时间", "Latest record of the rows counted"),
            |line: &Line| line.about.coverage.through,
        ),
        records_through(
            "records_through_figures",
            "figures",
            ("全月最近一条已统计记录的时间", "Latest record of the whole month counted"),
            |line: &Line| line.about.of_month.through,
        ),
        records(
            "records",
            ("分项已统计记录数", "Records counted in the rows"),
            |line: &Line| line.about.coverage.records,
        ),
        records(
            "records_of_month",
            ("全月已统计记录数", "Records counted in the whole month"),
            |line: &Line| line.about.of_month.records,
        ),
        Column::new("dimension", ("分项", "Dimension"), Kind::Code, |line: &Line| {
            Value::text(<&str>::from(line.about.dimension))
        }),
    ]);
    columns.extend(row_columns(dimension, |line: &Line| &line.row, |line: &Line| &line.row.slice));
    columns
}

/// What is published of an area, a department or an item.
pub(crate) fn row_columns<L: 'static>(
    dimension: Dimension,
    row: fn(&L) -> &Row,
    slice: fn(&L) -> &Slice,
) -> Vec<Column<L>> {
    let mut columns = match dimension {
        Dimension::Area => area(row).into(),
        Dimension::Department => vec![],
        Dimension::Item => vec![department(row)],
    };
    columns.push(Column::new("code", ("代码", "Code"), Kind::Code, move |line| {
        Value::text(row(line).code.clone())
    }));
    columns.extend(name(move |line: &L| {
        let name = row(line).full_name();
        let en = name.as_ref().and_then(|name| name.en.clone());
        (Value::text_if_known(name.map(|name| name.zh)), Value::text_if_known(en))
    }));
    columns.extend(measures::of_row(slice));
    columns
}

/// What an area is: of one name there can be all of a city and what its own bodies serve.
fn area<L: 'static>(row: fn(&L) -> &Row) -> [Column<L>; 3] {
    let of =
        move |line: &L, value: fn(AreaOfRow) -> Value| row(line).area.map_or(Value::Absent, value);
    [
        Column::new("level", ("层级", "Level"), Kind::Code, move |line| {
            of(line, |area| Value::text(<&str>::from(area.level)))
        }),
        Column::new("parent", ("所属地区代码", "Part of the area"), Kind::Code, move |line| {
            of(line, |area| Value::text(area.parent.to_string()))
        }),
        Column::new("own", ("是否本级", "Whether own bodies"), Kind::Flag, move |line| {
            of(line, |area| Value::Flag(area.is_own))
        }),
    ]
}

/// The department of an item, with whose code the item's begins.
fn department<L: 'static>(row: fn(&L) -> &Row) -> Column<L> {
    Column::new("department", ("部门代码", "Department"), Kind::Code, move |line| {
        Value::text_if_known(row(line).code.get(..DEPARTMENT_LENGTH).map(str::to_owned))
    })
}

/// Characters of a department's code (统一社会信用代码).
const DEPARTMENT_LENGTH: usize = 18;
