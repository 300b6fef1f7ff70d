//! The resources and formats that can be requested. Together they are the key of a cached answer.

use domain::{Month, ParseError, Province, SourceId};
use strum::{EnumString, IntoStaticStr};
pub(crate) use tables::{Breakdown, RowRange};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Resource {
    /// All provinces with their months.
    Provinces,
    /// The dictionary of metrics.
    Metrics,
    /// The months of a province.
    Months(Province),
    /// The figures of a month.
    Figures(Province, Month),
    /// The figures of a month by area, department or item.
    Rows(Province, Month, Breakdown, RowRange),
    /// What became of the records of a month.
    Ledger(Province, Month, LedgerBreakdown, RowRange),
}

/// How the records of the ledger are broken down by source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LedgerBreakdown {
    pub(crate) by: LedgerRow,
    /// Only this source.
    pub(crate) source: Option<SourceId>,
}

/// What a row of the ledger is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[strum(parse_err_ty = ParseError, parse_err_fn = not_a_ledger_row)]
pub(crate) enum LedgerRow {
    /// A source.
    #[default]
    Source,
    /// A source within a partition of a topic.
    Partition,
}

fn not_a_ledger_row(_: &str) -> ParseError {
    ParseError::new("source or partition")
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, serde::Serialize)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub(crate) enum Dimension {
    Area,
    Department,
    Item,
}

/// What a row of a breakdown is.
pub(crate) fn dimension(breakdown: &Breakdown) -> Dimension {
    match breakdown {
        Breakdown::Cities | Breakdown::Counties { .. } => Dimension::Area,
        Breakdown::Departments => Dimension::Department,
        Breakdown::Items { .. } => Dimension::Item,
    }
}

/// How many rows are given if a request does not say.
pub(crate) const ROWS_DEFAULT: u32 = 100;

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Representation {
    Json,
    Csv,
    Page(Language),
}

/// The language of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub(crate) enum Language {
    #[default]
    Zh,
    En,
}
