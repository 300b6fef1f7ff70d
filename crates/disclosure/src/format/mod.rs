//! Writers of data sets as CSV and JSON. They decide nothing about the contents.

pub(crate) mod csv;
pub(crate) mod documents;
pub(crate) mod json;
mod ledger;
pub(crate) mod tables;

use crate::cache::Answer;
use crate::model::Model;
use crate::resource::dimension;

/// A model as JSON.
pub(crate) fn json(model: &Model) -> Answer {
    match model {
        Model::Provinces(months) => documents::of_provinces(months),
        Model::Metrics => documents::of_metrics(),
        Model::Months(province, months) => documents::of_months(*province, months),
        Model::Figures(of) => documents::of_figures(of.edition, &of.figures),
        Model::Rows(of) => documents::of_rows(of.edition, dimension(&of.breakdown), &of.rows),
        Model::Ledger(of) => ledger::json(of.edition, of.breakdown.by, &of.ledger),
    }
}

/// A model as CSV.
pub(crate) fn csv(model: &Model) -> Answer {
    match model {
        Model::Provinces(months) => tables::of_provinces(months),
        Model::Metrics => tables::of_metrics(),
        Model::Months(province, months) => tables::of_months(*province, months),
        Model::Figures(of) => tables::of_figures(of.edition, &of.figures),
        Model::Rows(of) => tables::of_rows(of.edition, dimension(&of.breakdown), &of.rows),
        Model::Ledger(of) => tables::of_ledger(of.edition, &of.ledger),
    }
}

#[cfg(test)]
mod tests;
