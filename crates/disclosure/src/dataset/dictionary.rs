//! The data dictionary: every data set with its fields, derived from the descriptions of its
//! columns.

use ::figures::{Metric, Words};

use super::{Column, Kind, Value, figures, ledger, metrics, months, name, provinces, rows};
use crate::resource::Dimension;

/// The path of the list of data sets, which `/v1` answers with too.
pub(crate) const INDEX: &str = "/data-sets";

/// A data set.
pub(crate) struct DataSet {
    /// Where it is, below `/v1`.
    pub(crate) address: &'static str,
    /// What its address takes.
    pub(crate) parameters: &'static str,
    pub(crate) title: Words,
    pub(crate) fields: Vec<Field>,
}

/// A field of a data set.
pub(crate) struct Field {
    pub(crate) id: &'static str,
    pub(crate) title: Words,
    pub(crate) kind: Kind,
    /// The metric that it shows, whole or in part.
    pub(crate) metric: Option<&'static Metric>,
}

impl<L> From<Column<L>> for Field {
    fn from(column: Column<L>) -> Self {
        let Column { id, title, kind, metric, .. } = column;
        Self { id, title, kind, metric }
    }
}

/// Every data set.
pub(crate) fn data_sets() -> Vec<DataSet> {
    vec![
        described(
            "/provinces/{code}/months/{month}",
            "",
            ("一个月的数据", "Figures of a month"),
            figures::columns(),
        ),
        described(
            "/provinces/{code}/months/{month}/areas",
            "level,parent,limit,offset",
            ("分地区的数据", "Figures by area"),
            rows::columns(Dimension::Area),
        ),
        described(
            "/provinces/{code}/months/{month}/departments",
            "limit,offset",
            ("分部门的数据", "Figures by department"),
            rows::columns(Dimension::Department),
        ),
        described(
            "/provinces/{code}/months/{month}/items",
            "area,department,item,channel,limit,offset",
            ("分事项的数据", "Figures by item"),
            rows::columns(Dimension::Item),
        ),
        described(
            "/provinces/{code}/months",
            "",
            ("一个省份的月份", "Months of a province"),
            months::columns(),
        ),
        described("/provinces", "", ("省份", "Provinces"), provinces::columns()),
        described(
            "/provinces/{code}/months/{month}/ledger",
            "by,source,limit,offset",
            ("数据台账", "Ledger of a month"),
            ledger::columns(),
        ),
        described("/metrics", "", ("指标", "Metrics"), metrics::columns()),
        described(INDEX, "", ("数据集", "Data sets"), columns()),
    ]
}

fn described<L>(
    address: &'static str,
    parameters: &'static str,
    title: Words,
    columns: Vec<Column<L>>,
) -> DataSet {
    let fields = columns.into_iter().map(Field::from).collect();
    DataSet { address, parameters, title, fields }
}

/// The data set of data sets: where each of them is.
pub(crate) fn columns() -> Vec<Column<DataSet>> {
    let mut columns: Vec<_> =
        name(|set: &DataSet| (Value::text(set.title.0), Value::text(set.title.1))).into();
    columns.extend([
        Column::new("json", ("JSON 地址", "Address of JSON"), Kind::Text, |set: &DataSet| {
            Value::text(set.template(".json", ""))
        }),
        Column::new("csv", ("CSV 地址", "Address of CSV"), Kind::Text, |set: &DataSet| {
            Value::text(set.template(".csv", "bom"))
        }),
        Column::new(
            "csv_metadata",
            ("CSV 字段说明地址", "Address of what describes the CSV"),
            Kind::Text,
            |set: &DataSet| Value::text(set.template(".csv-metadata.json", "")),
        ),
    ]);
    columns
}

impl DataSet {
    /// Its address with an extension, as a template of RFC 6570.
    fn template(&self, extension: &str, further: &str) -> String {
        let parameters = [self.parameters, further].into_iter().filter(|names| !names.is_empty());
        let names = parameters.collect::<Vec<_>>().join(",");
        let query = if names.is_empty() { String::new() } else { format!("{{?{names}}}") };
        format!("/v1{}{extension}{query}", self.address)
    }
}

impl Kind {
    /// What people are told.
    pub(crate) fn name(self) -> Words {
        match self {
            Self::Code => ("代码", "code"),
            Self::Text => ("文本", "text"),
            Self::Month => ("月份", "month"),
            Self::Moment => ("时间", "time"),
            Self::Flag => ("是/否", "true or false"),
            Self::Count => ("整数", "whole number"),
            Self::Number => ("小数", "number"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_field_of_a_data_set_has_a_name_of_its_own_and_words_for_people() {
        for set in data_sets() {
            let ids: BTreeSet<_> = set.fields.iter().map(|field| field.id).collect();
            assert_eq!(ids.len(), set.fields.len(), "{}", set.address);
            for field in &set.fields {
                assert!(!field.title.0.is_ascii() && field.title.1.is_ascii(), "{}", field.id);
            }
        }
    }

    #[test]
    fn every_number_of_a_month_is_a_metric_of_the_dictionary() {
        // Neither is a figure of the month.
        let others = ["rule", "records", "records_of_month"];
        for set in data_sets().iter().take(5) {
            let numbers = set.fields.iter().filter(|field| {
                matches!(field.kind, Kind::Count | Kind::Number) && !others.contains(&field.id)
            });
            for field in numbers {
                let metric = field.metric.unwrap_or_else(|| panic!("{} has no metric", field.id));
                let of_metric = field.id == metric.id
                    || field.id.starts_with(&format!("{}_", metric.id))
                    || metric.id.starts_with(field.id);
                assert!(of_metric, "{} is no field of {}", field.id, metric.id);
            }
        }
    }
}
