//! Data sets, that is, the published data as typed columns.
//!
//! The columns describe a data set once. Every format is a writer over them, and the data
//! dictionary is derived from them. Nothing here knows a format, a URL or a table.

pub(crate) mod dictionary;
pub(crate) mod figures;
pub(crate) mod ledger;
pub(crate) mod measures;
pub(crate) mod metrics;
pub(crate) mod months;
pub(crate) mod provinces;
pub(crate) mod rows;

use std::borrow::Cow;

use ::figures::{Edition, Metric, Words};
use domain::EpochSeconds;

use crate::moment;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One of a list of words or codes.
    Code,
    /// Words for people.
    Text,
    /// `yyyy-mm`.
    Month,
    /// RFC 3339, with China's offset.
    Moment,
    /// True or false.
    Flag,
    /// A whole number, not negative.
    Count,
    /// A number with a fraction.
    Number,
}

/// What stands in a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// It is not known, or there is none.
    Absent,
    /// A code, a month, a moment or words.
    Text(Cow<'static, str>),
    /// A whole number.
    Count(u64),
    /// A number with a fraction.
    Number(f64),
    /// True or false.
    Flag(bool),
}

impl Value {
    /// A moment, if it is known.
    pub(crate) fn moment_if_known(at: Option<EpochSeconds>) -> Self {
        Self::text_if_known(at.map(moment::rfc3339))
    }

    /// Words.
    pub(crate) fn text(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Text(text.into())
    }

    /// Words, if there are any.
    pub(crate) fn text_if_known(text: Option<impl Into<Cow<'static, str>>>) -> Self {
        text.map_or(Self::Absent, Self::text)
    }

    /// A number, if it is known.
    pub(crate) fn count_if_known(count: Option<u64>) -> Self {
        count.map_or(Self::Absent, Self::Count)
    }

    /// A number, if it is known.
    pub(crate) fn number_if_known(number: Option<f64>) -> Self {
        number.map_or(Self::Absent, Self::Number)
    }
}

/// One column of lines of the type `L`.
pub(crate) struct Column<L> {
    /// What machines call it: the name in the first line of CSV.
    pub(crate) id: &'static str,
    /// Where it stands in JSON: in a field, or in a field of an object.
    pub(crate) path: Path,
    /// What people call it.
    pub(crate) title: Words,
    /// What its values are.
    pub(crate) kind: Kind,
    /// The metric that it shows, whole or in part.
    pub(crate) metric: Option<&'static Metric>,
    value: Box<dyn Fn(&L) -> Value + Send + Sync>,
}

/// A field, or a field of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) object: Option<&'static str>,
    pub(crate) field: &'static str,
}

impl<L> Column<L> {
    pub(crate) fn new(
        id: &'static str,
        title: Words,
        kind: Kind,
        value: impl Fn(&L) -> Value + Send + Sync + 'static,
    ) -> Self {
        let path = Path { object: None, field: id };
        Self { id, path, title, kind, metric: None, value: Box::new(value) }
    }

    /// The same column, which stands in an object of JSON.
    pub(crate) fn within(mut self, object: &'static str, field: &'static str) -> Self {
        self.path = Path { object: Some(object), field };
        self
    }

    fn of_metric(mut self, metric: &'static Metric) -> Self {
        self.metric = Some(metric);
        self
    }

    /// What stands in the column's field of a line.
    pub(crate) fn value(&self, line: &L) -> Value {
        (self.value)(line)
    }
}

/// Columns of the edition that a line belongs to.
fn edition<L: 'static>(edition: fn(&L) -> Edition) -> [Column<L>; 4] {
    [
        Column::new("province", ("省份代码", "Province code"), Kind::Code, move |line| {
            Value::text(edition(line).province.to_string())
        }),
        Column::new("month", ("月份", "Month"), Kind::Month, move |line| {
            Value::text(edition(line).month.to_string())
        }),
        Column::new("status", ("状态", "Status"), Kind::Code, move |line| {
            Value::text(edition(line).status.code())
        }),
        Column::new("rule", ("统计规则版本", "Counting rule"), Kind::Count, move |line| {
            Value::Count(edition(line).rule.into())
        }),
    ]
}

/// What a moment of counts is called. It is not that everything before it was counted: records arrive in
/// several partitions, and of one of them earlier ones may wait.
const LATEST_RECORD: Words = ("最近一条已统计记录的时间", "Latest record counted");

/// A column of the latest record that each of the tables has counted on which a line rests.
fn as_of<L: 'static>(as_of: fn(&L) -> Option<EpochSeconds>) -> Column<L> {
    Column::new("as_of", LATEST_RECORD, Kind::Moment, move |line| {
        Value::moment_if_known(as_of(line))
    })
}

/// A column of the latest record that a table has counted.
fn records_through<L: 'static>(
    id: &'static str,
    table: &'static str,
    title: Words,
    through: fn(&L) -> Option<EpochSeconds>,
) -> Column<L> {
    let value = move |line: &L| Value::moment_if_known(through(line));
    Column::new(id, title, Kind::Moment, value).within("records_through", table)
}

/// A column of how many records were counted.
fn records<L: 'static>(id: &'static str, title: Words, records: fn(&L) -> u64) -> Column<L> {
    Column::new(id, title, Kind::Count, move |line| Value::Count(records(line)))
}

/// Columns of a name in both languages.
fn name<L: 'static>(
    name: impl Fn(&L) -> (Value, Value) + Copy + Send + Sync + 'static,
) -> [Column<L>; 2] {
    [
        Column::new("name_zh", ("中文名称", "Name in Chinese"), Kind::Text, move |line| {
            name(line).0
        })
        .within("name", "zh"),
        Column::new("name_en", ("英文名称", "Name in English"), Kind::Text, move |line| {
            name(line).1
        })
        .within("name", "en"),
    ]
}

#[cfg(test)]
mod openapi_tests;
