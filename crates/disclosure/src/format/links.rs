//! Links of RFC 8288 beside an answer: to the other pages of rows, and from a table to what describes
//! its columns.

use crate::address;
use crate::extension::Extension;
use crate::model::Model;
use crate::resource::{Representation, RowRange};

/// The value of `Link`, if there is something to lead to.
pub(super) fn of(model: &Model, form: Representation) -> Option<String> {
    let (extension, bom) = match form {
        Representation::Json => (Extension::Json, true),
        Representation::Csv { bom } => (Extension::Csv, bom),
        Representation::Page(_) => return None,
    };
    let mut links = Vec::new();
    if let Some((range, shown, total)) = page(model) {
        for (relation, range) in turns(range, shown, total) {
            let RowRange { limit, offset } = range;
            let mut further = vec![format!("limit={limit}"), format!("offset={offset}")];
            further.extend((!bom).then(|| "bom=0".to_owned()));
            let address = address::in_api(model, extension, &further);
            links.push(format!("<{address}>; rel=\"{relation}\""));
        }
    }
    if extension == Extension::Csv {
        links.push(described_by(&address::in_api(model, Extension::Metadata, &[])));
    }
    (!links.is_empty()).then(|| links.join(", "))
}

/// A link from a table to what describes its columns.
pub(super) fn described_by(address: &str) -> String {
    format!("<{address}>; rel=\"describedby\"; type=\"application/csvm+json\"")
}

/// Which rows are given, how many these are, and how many there are.
fn page(model: &Model) -> Option<(RowRange, u64, u64)> {
    match model {
        Model::Rows(of) => Some((of.range, of.rows.rows.len() as u64, of.rows.total_rows)),
        Model::Ledger(of) => {
            let sources = &of.ledger.sources;
            Some((of.range, sources.rows.len() as u64, sources.total_rows))
        }
        Model::Provinces(_) | Model::Metrics | Model::Months(..) | Model::Figures(_) => None,
    }
}

/// The pages to which one can turn.
fn turns(range: RowRange, shown: u64, total: u64) -> Vec<(&'static str, RowRange)> {
    let RowRange { limit, offset } = range;
    let at = |offset| RowRange { limit, offset };
    let next = (u64::from(offset) + shown < total && shown > 0)
        .then(|| ("next", at(offset.saturating_add(limit))));
    let before =
        (offset > 0).then(|| [("first", at(0)), ("prev", at(offset.saturating_sub(limit)))]);
    next.into_iter().chain(before.into_iter().flatten()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::ALL_ROWS;

    #[test]
    fn one_can_turn_where_there_are_more_rows() {
        let turns = |offset, shown, total| {
            let turns = turns(RowRange { limit: 100, offset }, shown, total);
            turns.into_iter().map(|(to, range)| (to, range.offset)).collect::<Vec<_>>()
        };
        assert_eq!(turns(0, 100, 150), [("next", 100)]);
        assert_eq!(turns(100, 50, 150), [("first", 0), ("prev", 0)]);
        assert_eq!(turns(50, 100, 250), [("next", 150), ("first", 0), ("prev", 0)]);
        assert_eq!(turns(0, 7, 7), []);
        assert_eq!(turns(900, 0, 150), [("first", 0), ("prev", 800)], "beyond the end");
        assert_eq!(super::turns(ALL_ROWS, 250_000, 250_000), []);
    }
}
