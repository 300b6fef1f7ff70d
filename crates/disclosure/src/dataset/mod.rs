//! Data sets, that is, the published data as typed columns.
//!
//! The columns describe a data set once. Every format is a writer over them, and the data
//! dictionary is derived from them. Nothing here knows a format, a URL or a table.

pub(crate) mod dictionary;
pub(crate) mod figures;
pub(crate) mod ledger;
pub(crate) mod metrics;
pub(crate) mod months;
pub(crate) mod provinces;
pub(crate) mod rows;

use std::borrow::Cow;

use ::figures::{Edition, Metric, Slice, Words};

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One of a list of words or codes.
    Code,
    /// Words for people.
    Text,
    /// `yyyy-mm`.
    Month,
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
    /// A code, a month or words.
    Text(Cow<'static, str>),
    /// A whole number.
    Count(u64),
    /// A number with a fraction.
    Number(f64),
}

impl Value {
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

/// A column of a metric that is counted.
fn count<L: 'static>(metric: &'static Metric, slice: fn(&L) -> &Slice) -> Column<L> {
    let value = move |line: &L| Value::count_if_known(metric.count(slice(line)));
    Column::new(metric.id, metric.name, Kind::Count, value).of_metric(metric)
}

/// Columns of a ratio: what is divided, by what, and the quotient. `ids` are those of CSV.
fn ratio<L: 'static>(
    metric: &'static Metric,
    ids: [&'static str; 3],
    slice: fn(&L) -> &Slice,
) -> [Column<L>; 3] {
    let part = move |line: &L, part: fn(domain::Rate) -> u64| {
        Value::count_if_known(metric.rate(slice(line)).map(part))
    };
    let [numerator, denominator, rate] = ids;
    let (numerator_title, denominator_title) = metric.parts().expect("a ratio has two parts");
    [
        Column::new(numerator, numerator_title.name, Kind::Count, move |line| {
            part(line, |rate| rate.numerator)
        })
        .within(metric.id, "numerator"),
        Column::new(denominator, denominator_title.name, Kind::Count, move |line| {
            part(line, |rate| rate.denominator)
        })
        .within(metric.id, "denominator"),
        quotient(metric, rate, slice).within(metric.id, "rate"),
    ]
    .map(|column| column.of_metric(metric))
}

/// A column of the quotient alone.
fn quotient<L: 'static>(
    metric: &'static Metric,
    id: &'static str,
    slice: fn(&L) -> &Slice,
) -> Column<L> {
    let value = move |line: &L| Value::number_if_known(metric.ratio(slice(line)));
    Column::new(id, metric.name, Kind::Number, value).of_metric(metric)
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

/// Columns of counted reviews and who gave them.
fn reviews<L: 'static>(slice: fn(&L) -> &Slice) -> [Column<L>; 3] {
    use ::figures::metric::{REVIEWS_ACTIVE, REVIEWS_COUNTED, REVIEWS_DEFAULT};
    [
        count(&REVIEWS_COUNTED, slice).within("reviews", "counted"),
        count(&REVIEWS_ACTIVE, slice).within("reviews", "active"),
        count(&REVIEWS_DEFAULT, slice).within("reviews", "default"),
    ]
}

/// Columns of counted reviews by level.
fn levels<L: 'static>(slice: fn(&L) -> &Slice) -> [Column<L>; 5] {
    use ::figures::metric::{
        BASICALLY_SATISFIED, DISSATISFIED, SATISFIED, VERY_DISSATISFIED, VERY_SATISFIED,
    };
    [&VERY_SATISFIED, &SATISFIED, &BASICALLY_SATISFIED, &DISSATISFIED, &VERY_DISSATISFIED]
        .map(|metric| count(metric, slice).within("levels", metric.id))
}

#[cfg(test)]
mod openapi_tests;
