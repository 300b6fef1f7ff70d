//! Renders pages for people, in Chinese and English. They contain no script.
//!
//! A page shows a model. It knows no request and queries nothing.

mod areas;
pub(crate) mod assets;
mod channels;
mod charts;
mod coverage;
mod definitions;
pub(crate) mod errors;
mod format;
mod headline;
mod home;
mod layout;
mod ledger;
mod ledger_checks;
mod levels;
mod metrics;
mod month;
mod province;
mod reading;
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
                as_of: of.moments.ledger,
            };
            ledger::page(address, &of.ledger, language)
        }
    }
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod month_tests;
#[cfg(test)]
mod style_tests;
#[cfg(test)]
mod tests;
