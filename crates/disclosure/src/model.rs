//! The model of each resource, from which every format and page is made. No IO.

use ::figures::{Coverage, Edition, Figures, Slice, Status};
use domain::{CountyCode, EpochSeconds, Month, Province};

use crate::ledger::{Ledger, LedgerMoments};
use crate::moment::earliest;
use crate::name::Name;
use crate::resource::{Breakdown, Dimension, LedgerBreakdown, RowRange, dimension};

/// Everything that is needed to show a resource.
#[derive(Debug)]
pub(crate) enum Model {
    Provinces(Vec<(Province, MonthOfProvince)>),
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
    /// When Kafka took the latest record of services of the month that was counted; nothing if none was.
    pub(crate) through: Option<EpochSeconds>,
    /// Counted reviews.
    pub(crate) reviews: u64,
}

/// The figures of a month.
#[derive(Debug)]
pub(crate) struct FiguresOfMonth {
    pub(crate) edition: Edition,
    pub(crate) figures: Figures,
    pub(crate) moments: Moments,
    /// The figures by city, if they were asked for.
    pub(crate) cities: Option<Cities>,
}

/// Up to when the figures of a month were counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moments {
    /// Everything but cases.
    pub(crate) figures: Coverage,
    /// When Kafka took the latest counted record of those earlier months of which bad reviews were
    /// received in this one; nothing if there are none.
    pub(crate) earlier_through: Option<EpochSeconds>,
    /// When Kafka took the latest record from which cases were counted; nothing as long as they were
    /// not.
    pub(crate) cases_through: Option<EpochSeconds>,
}

impl Moments {
    /// When Kafka took the latest record that was counted. Earlier months are in the same table as the
    /// month itself.
    pub(crate) fn as_of(self) -> Option<EpochSeconds> {
        earliest([self.figures.through.max(self.earlier_through), self.cases_through])
    }
}

/// A month's figures by city.
#[derive(Debug)]
pub(crate) struct Cities {
    pub(crate) rows: Vec<Row>,
    pub(crate) coverage: Coverage,
}

/// One page of a month's figures by area, department or item.
#[derive(Debug)]
pub(crate) struct RowsOfMonth {
    pub(crate) edition: Edition,
    pub(crate) breakdown: Breakdown,
    pub(crate) range: RowRange,
    pub(crate) rows: Rows,
    /// What the rows rest on.
    pub(crate) coverage: Coverage,
    /// What the figures of the whole month rest on.
    pub(crate) of_month: Coverage,
    /// The name of the department to which the items are confined, if it was asked for and is known.
    pub(crate) department: Option<String>,
}

impl RowsOfMonth {
    /// What is said of the rows beside themselves.
    pub(crate) fn about(&self) -> AboutRows {
        let Self { edition, coverage, of_month, .. } = *self;
        AboutRows { edition, dimension: dimension(&self.breakdown), coverage, of_month }
    }
}

/// What is said of rows beside themselves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AboutRows {
    pub(crate) edition: Edition,
    pub(crate) dimension: Dimension,
    /// What the rows rest on.
    pub(crate) coverage: Coverage,
    /// What the figures of the whole month rest on.
    pub(crate) of_month: Coverage,
}

impl AboutRows {
    /// When Kafka took the latest record that was counted.
    pub(crate) fn as_of(&self) -> Option<EpochSeconds> {
        earliest([self.coverage.through, self.of_month.through])
    }
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
    /// Where an area lies; nothing for departments and items.
    pub(crate) area: Option<AreaOfRow>,
    pub(crate) slice: Slice,
}

impl Row {
    /// What it is called where all rows of a data set are in one list: what a place serves itself has
    /// another name than the whole place.
    pub(crate) fn full_name(&self) -> Option<Name> {
        let name = self.name.clone()?;
        Some(match self.area {
            Some(AreaOfRow { parent, is_own: true, .. }) => name.of_own_bodies(parent),
            _ => name,
        })
    }
}

/// What an area of a row is. Of one name there can be two rows: all of a city, and what the bodies of
/// the city itself (本级) serve, beside its counties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AreaOfRow {
    pub(crate) level: AreaLevel,
    /// The area that the row is a part of: the province of a city, the city of a county. A city without
    /// counties is a part of its province among counties too.
    pub(crate) parent: CountyCode,
    /// Whether the row is what the parent's own bodies serve, and not an area within it.
    pub(crate) is_own: bool,
}

/// What an area of a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum AreaLevel {
    /// The province's own bodies.
    Province,
    /// A whole city.
    City,
    /// A county or district, the own bodies of a city, or a city without counties.
    County,
}

/// What became of the records of a month.
#[derive(Debug)]
pub(crate) struct LedgerOfMonth {
    pub(crate) edition: Edition,
    pub(crate) breakdown: LedgerBreakdown,
    pub(crate) range: RowRange,
    pub(crate) moments: LedgerMoments,
    pub(crate) ledger: Ledger,
}

impl Model {
    /// When Kafka took the latest record that it rests on, if it rests on records and says so.
    pub(crate) fn as_of(&self) -> Option<EpochSeconds> {
        match self {
            Self::Metrics => None,
            Self::Provinces(months) => months.iter().filter_map(|(_, of)| of.through).max(),
            Self::Months(_, months) => months.iter().filter_map(|of| of.through).max(),
            Self::Figures(of) => of.moments.as_of(),
            Self::Rows(of) => of.about().as_of(),
            Self::Ledger(of) => of.moments.as_of(),
        }
    }

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
