//! Writers of data sets as CSV and JSON, and of what describes their columns. They decide nothing
//! about the contents.

pub(crate) mod csv;
pub(crate) mod documents;
mod file_name;
pub(crate) mod json;
mod ledger;
mod links;
pub(crate) mod long_table;
pub(crate) mod metadata;
pub(crate) mod tables;

use crate::address;
use crate::cache::Answer;
use crate::extension::Extension;
use crate::model::Model;
use crate::resource::Representation;

/// A model as JSON.
pub(crate) fn json(model: &Model) -> Answer {
    let answer = match model {
        Model::Provinces(months) => documents::of_provinces(months),
        Model::Metrics => documents::of_metrics(),
        Model::Months(province, months) => documents::of_months(*province, months),
        Model::Figures(of) => documents::of_figures(of),
        Model::Rows(of) => documents::of_rows(of),
        Model::Ledger(of) => ledger::json(of),
    };
    finished(answer, model, Representation::Json)
}

/// A model as CSV.
pub(crate) fn csv(model: &Model, bom: bool) -> Answer {
    let answer = match model {
        Model::Provinces(months) => tables::of_provinces(bom, months),
        Model::Metrics => tables::of_metrics(bom),
        Model::Months(province, months) => tables::of_months(bom, *province, months),
        Model::Figures(of) => tables::of_figures(bom, of),
        Model::Rows(of) => tables::of_rows(bom, of),
        Model::Ledger(of) => tables::of_ledger(bom, of),
    };
    finished(answer, model, Representation::Csv { bom })
}

/// The list of data sets.
pub(crate) fn index(form: Representation) -> Answer {
    match form {
        Representation::Csv { bom } => {
            let described_by = address::of_index(Extension::Metadata);
            tables::of_index(bom).linked(Some(links::described_by(&described_by)))
        }
        Representation::Json | Representation::Page(_) => documents::of_index(),
    }
}

/// What is said of an answer beside its bytes.
fn finished(answer: Answer, model: &Model, form: Representation) -> Answer {
    let answer = answer.linked(links::of(model, form));
    match model.as_of() {
        Some(as_of) => answer.current_as_of(as_of),
        None => answer,
    }
}

#[cfg(test)]
mod tests;
