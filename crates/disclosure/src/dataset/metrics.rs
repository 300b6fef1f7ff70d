//! The data set of the metric dictionary (口径): a line for each metric.

use ::figures::{DICTIONARY, Metric};

use super::{Column, Kind, Value, name};

/// A line.
pub(crate) type Line = &'static Metric;

pub(crate) fn lines() -> impl Iterator<Item = Line> {
    DICTIONARY.into_iter()
}

pub(crate) fn columns() -> Vec<Column<Line>> {
    let text = |id, title, value: fn(&Line) -> &'static str| {
        Column::new(id, title, Kind::Text, move |line: &Line| Value::text(value(line)))
    };
    let part = |id, title, value: fn((Line, Line)) -> Line| {
        Column::new(id, title, Kind::Code, move |line: &Line| {
            Value::text_if_known(line.parts().map(|parts| value(parts).id))
        })
    };
    let mut columns = vec![
        Column::new("id", ("指标代码", "Metric"), Kind::Code, |line: &Line| {
            Value::text(line.id)
        }),
        Column::new("version", ("定义版本", "Version"), Kind::Count, |line: &Line| {
            Value::Count(line.version.into())
        }),
    ];
    columns.extend(name(|line: &Line| (Value::text(line.name.0), Value::text(line.name.1))));
    columns.extend([
        text("definition_zh", ("中文定义", "Definition in Chinese"), |line| line.definition.0)
            .within("definition", "zh"),
        text("definition_en", ("英文定义", "Definition in English"), |line| line.definition.1)
            .within("definition", "en"),
        part("numerator", ("分子", "Numerator"), |(numerator, _)| numerator),
        part("denominator", ("分母", "Denominator"), |(_, denominator)| denominator),
    ]);
    columns.extend([
        Column::new("placement", ("归属月份", "Placement"), Kind::Code, |line: &Line| {
            Value::text(<&str>::from(line.placement))
        }),
        Column::new("unit", ("单位", "Unit"), Kind::Code, |line: &Line| {
            Value::text(<&str>::from(line.unit))
        }),
    ]);
    columns
}
