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
    Rows(Province, Month, Breakdown, Extent),
    /// What became of the records of a month.
    Ledger(Province, Month, LedgerBreakdown, Extent),
}

/// A table that is too long to be made as a whole before it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LongTable {
    pub(crate) province: Province,
    pub(crate) month: Month,
    pub(crate) breakdown: Breakdown,
    pub(crate) bom: bool,
}

impl Resource {
    /// The table, if it is one that is streamed: all departments or items in one file. A province has
    /// 10,000 area codes at most, so areas are an answer like any other.
    pub(crate) fn long_table(&self, form: Representation) -> Option<LongTable> {
        let Self::Rows(province, month, breakdown, Extent::Unsaid) = self else { return None };
        let Representation::Csv { bom } = form else { return None };
        let is_long = match breakdown {
            Breakdown::Cities | Breakdown::Counties { .. } => false,
            Breakdown::Departments | Breakdown::Items { .. } => true,
        };
        let (province, month) = (*province, *month);
        is_long.then(|| LongTable { province, month, breakdown: breakdown.clone(), bom })
    }
}

/// How many of the rows are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Extent {
    /// The request does not say: a file has all of them, everything else a page.
    Unsaid,
    /// These.
    Page(RowRange),
}

impl Extent {
    /// The rows that an answer in this form has.
    pub(crate) fn range(self, form: Representation) -> RowRange {
        match (self, form) {
            (Self::Page(range), _) => range,
            (Self::Unsaid, Representation::Csv { .. }) => ALL_ROWS,
            (Self::Unsaid, Representation::Json | Representation::Page(_)) => FIRST_ROWS,
        }
    }
}

/// Every row there is.
pub(crate) const ALL_ROWS: RowRange = RowRange { limit: u32::MAX, offset: 0 };

/// The rows of the first page.
const FIRST_ROWS: RowRange = RowRange { limit: ROWS_DEFAULT, offset: 0 };

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
    /// With a mark at its beginning that says that it is UTF-8 (a byte order mark), or without.
    Csv {
        bom: bool,
    },
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
