//! The CSV form of each resource.

use ::figures::{Edition, Figures};
use domain::Province;

use super::csv::table;
use crate::cache::Answer;
use crate::dataset::{figures, ledger, metrics, months, provinces, rows};
use crate::ledger::Ledger;
use crate::model::{MonthOfProvince, Rows};
use crate::resource::Dimension;

/// One line for each province and month.
pub(crate) fn of_provinces(known: &[(Province, MonthOfProvince)]) -> Answer {
    table(&provinces::columns(), known.iter().copied(), "provinces.csv".into())
}

/// One line for each metric.
pub(crate) fn of_metrics() -> Answer {
    table(&metrics::columns(), metrics::lines(), "metrics.csv".into())
}

/// One line for each month.
pub(crate) fn of_months(province: Province, known: &[MonthOfProvince]) -> Answer {
    let lines = known.iter().map(|of| months::Line { province, of: *of });
    table(&months::columns(), lines, format!("{province}.csv"))
}

/// One line for the whole month, each group and each channel.
pub(crate) fn of_figures(edition: Edition, of_month: &Figures) -> Answer {
    let Edition { province, month, .. } = edition;
    let lines = figures::lines(edition, of_month);
    table(&figures::columns(), lines, format!("{province}-{month}.csv"))
}

/// One line for each row.
pub(crate) fn of_rows(edition: Edition, dimension: Dimension, of_month: &Rows) -> Answer {
    let Edition { province, month, .. } = edition;
    let lines = of_month.rows.iter().map(|row| rows::Line { edition, dimension, row: row.clone() });
    let name: &str = dimension.into();
    table(&rows::columns(), lines, format!("{province}-{month}-{name}.csv"))
}

/// One line for each class of the month, and for each class that has records of a topic, and of a
/// source or a partition.
pub(crate) fn of_ledger(edition: Edition, of_month: &Ledger) -> Answer {
    let Edition { province, month, .. } = edition;
    let lines = ledger::lines(edition, of_month);
    table(&ledger::columns(), lines, format!("{province}-{month}-ledger.csv"))
}
