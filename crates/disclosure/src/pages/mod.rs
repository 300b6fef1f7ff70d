//! Renders pages for people, in Chinese and English. They contain no script.
//!
//! A page shows a model. It knows no request and queries nothing.

pub(crate) mod assets;
mod charts;
mod definitions;
pub(crate) mod errors;
mod format;
mod home;
mod layout;
mod ledger;
mod ledger_checks;
mod metrics;
mod month;
mod province;
mod rows;
mod tables;
mod words;

use crate::cache::Answer;
use crate::model::Model;
use crate::resource::Language;

/// The page that shows a model.
pub(crate) fn page(model: &Model, language: Language) -> Answer {
    match model {
        Model::Provinces(months) => home::page(months, language),
        Model::Months(province, months) => province::page(*province, months, language),
        Model::Figures(of) => month::page(of, language),
        Model::Rows(of) => rows::page(of, language),
        Model::Metrics => metrics::page(language),
        Model::Ledger(of) => {
            let address = ledger::LedgerAddress {
                edition: of.edition,
                breakdown: of.breakdown,
                range: of.range,
            };
            ledger::page(address, &of.ledger, language)
        }
    }
}

#[cfg(test)]
mod tests;
