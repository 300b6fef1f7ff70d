//! The model of each resource, from which every format and page is made. No IO.

use ::figures::{Edition, Figures, Slice, Status};
use domain::{Month, Province};

use crate::ledger::Ledger;
use crate::name::Name;
use crate::resource::{Breakdown, LedgerBreakdown, RowRange};

/// Everything that is needed to show a resource.
#[derive(Debug)]
pub(crate) enum Model {
    Provinces(Vec<(Province, Month)>),
    Months(Province, Vec<MonthOfProvince>),
    Figures(FiguresOfMonth),
    Rows(RowsOfMonth),
    Ledger(LedgerOfMonth),
    /// The dictionary of metrics, which is known without reading.
    Metrics,
}

/// A month for which a province has figures.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MonthOfProvince {
    pub(crate) month: Month,
    pub(crate) status: Status,
    /// Counted reviews.
    pub(crate) reviews: u64,
}

/// The figures of a month.
#[derive(Debug)]
pub(crate) struct FiguresOfMonth {
    pub(crate) edition: Edition,
    pub(crate) figures: Figures,
    /// The figures by city, if they were asked for.
    pub(crate) cities: Vec<Row>,
}

/// One page of a month's figures by area, department or item.
#[derive(Debug)]
pub(crate) struct RowsOfMonth {
    pub(crate) edition: Edition,
    pub(crate) breakdown: Breakdown,
    pub(crate) range: RowRange,
    pub(crate) rows: Rows,
    /// The name of the department to which the items are confined, if it was asked for and is known.
    pub(crate) department: Option<String>,
}

/// Some rows of all.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    pub(crate) rows: Vec<Row>,
    pub(crate) total_rows: u64,
}

/// The figures of one area, department or item.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) code: String,
    pub(crate) name: Option<Name>,
    pub(crate) slice: Slice,
}

/// What became of the records of a month.
#[derive(Debug)]
pub(crate) struct LedgerOfMonth {
    pub(crate) edition: Edition,
    pub(crate) breakdown: LedgerBreakdown,
    pub(crate) range: RowRange,
    pub(crate) ledger: Ledger,
}

impl Model {
    /// Whether what was read can still change.
    pub(crate) fn freshness(&self) -> ::figures::Freshness {
        match self {
            // A month may come at any moment, and a version that defines more.
            Self::Provinces(_) | Self::Months(..) | Self::Metrics => ::figures::Freshness::Changing,
            Self::Figures(of) => of.edition.status.freshness(),
            Self::Rows(of) => of.edition.status.freshness(),
            Self::Ledger(of) => of.edition.status.freshness(),
        }
    }
}
