//! The data dictionary: every data set with its fields, derived from the descriptions of its
//! columns.

use ::figures::{Metric, Words};

use super::{Column, Kind, figures, ledger, metrics, months, provinces, rows};

/// A data set.
pub(crate) struct DataSet {
    /// Where it is, below `/v1`.
    pub(crate) address: &'static str,
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
    let month = "/provinces/{code}/months/{month}";
    let of_rows = "/provinces/{code}/months/{month}/areas | departments | items";
    vec![
        described(month, ("一个月的数据", "Figures of a month"), figures::columns()),
        described(
            of_rows,
            ("分地区、部门、事项的数据", "Figures by area, department and item"),
            rows::columns(),
        ),
        described(
            "/provinces/{code}/months",
            ("一个省份的月份", "Months of a province"),
            months::columns(),
        ),
        described("/provinces", ("省份", "Provinces"), provinces::columns()),
        described(
            "/provinces/{code}/months/{month}/ledger",
            ("数据台账", "Ledger of a month"),
            ledger::columns(),
        ),
        described("/metrics", ("指标", "Metrics"), metrics::columns()),
    ]
}

fn described<L>(address: &'static str, title: Words, columns: Vec<Column<L>>) -> DataSet {
    DataSet { address, title, fields: columns.into_iter().map(Field::from).collect() }
}

impl Kind {
    /// What people are told.
    pub(crate) fn name(self) -> Words {
        match self {
            Self::Code => ("代码", "code"),
            Self::Text => ("文本", "text"),
            Self::Month => ("月份", "month"),
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
        for set in data_sets().iter().take(3) {
            let numbers = set.fields.iter().filter(|field| {
                matches!(field.kind, Kind::Count | Kind::Number) && field.id != "rule"
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
