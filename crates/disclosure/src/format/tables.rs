//! The CSV form of each resource.

use domain::Province;

use super::csv::table;
use super::file_name;
use crate::cache::Answer;
use crate::dataset::{dictionary, figures, ledger, metrics, months, provinces, rows};
use crate::model::{FiguresOfMonth, LedgerOfMonth, MonthOfProvince, RowsOfMonth};

/// One line for each data set.
pub(crate) fn of_index(bom: bool) -> Answer {
    table(bom, &dictionary::columns(), dictionary::data_sets(), "data-sets")
}

/// One line for each province and month.
pub(crate) fn of_provinces(bom: bool, known: &[(Province, MonthOfProvince)]) -> Answer {
    let stem = file_name::of_list("provinces", known.iter().map(|(_, of)| of));
    table(bom, &provinces::columns(), known.iter().copied(), &stem)
}

/// One line for each metric.
pub(crate) fn of_metrics(bom: bool) -> Answer {
    table(bom, &metrics::columns(), metrics::lines(), "metrics")
}

/// One line for each month.
pub(crate) fn of_months(bom: bool, province: Province, known: &[MonthOfProvince]) -> Answer {
    let lines = known.iter().map(|of| months::Line { province, of: *of });
    let stem = file_name::of_list(&format!("{province}-months"), known);
    table(bom, &months::columns(), lines, &stem)
}

/// One line for the whole month, each group and each channel.
pub(crate) fn of_figures(bom: bool, of: &FiguresOfMonth) -> Answer {
    let stem = file_name::of_month(of.edition, &[], of.moments.as_of());
    table(bom, &figures::columns(), figures::lines(of), &stem)
}

/// One line for each row.
pub(crate) fn of_rows(bom: bool, of: &RowsOfMonth) -> Answer {
    let about = of.about();
    let lines = of.rows.rows.iter().map(|row| rows::Line { about, row: row.clone() });
    let stem = file_name::of_month(
        of.edition,
        &file_name::part(&of.breakdown, of.range, of.rows.rows.len()),
        about.as_of(),
    );
    table(bom, &rows::columns(about.dimension), lines, &stem)
}

/// One line for each class of the month, and for each class that has records of a topic, and of a
/// source or a partition.
pub(crate) fn of_ledger(bom: bool, of: &LedgerOfMonth) -> Answer {
    let stem = file_name::of_month(of.edition, &file_name::part_of_ledger(of), of.moments.as_of());
    table(bom, &ledger::columns(), ledger::lines(of), &stem)
}
