//! What can be asked for, and in which form: together the key under which an answer is kept.

use std::fmt;
use std::str::FromStr;

use domain::{Channel, CountyCode, ItemCode, Month, ParseError, Province, SourceId};
use strum::{EnumString, IntoStaticStr};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Resource {
    /// All provinces with their months.
    Provinces,
    /// The months of a province.
    Months(Province),
    /// The figures of a month.
    Figures(Province, Month),
    /// The figures of a month, cut finer.
    Rows(Province, Month, Breakdown, Slice),
    /// What became of the records of a month.
    Ledger(Province, Month, LedgerCut, Slice),
}

/// How the sources of the ledger are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LedgerCut {
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

/// How the figures of a month are cut.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Breakdown {
    /// By city (地级).
    Cities,
    /// By county (县级), of one city or of all.
    Counties {
        /// Only those of this city.
        city: Option<CountyCode>,
    },
    /// By department.
    Departments,
    /// By item.
    Items {
        /// Only what was served in this area.
        area: Option<CountyCode>,
        /// Only items of this department.
        department: Option<DepartmentCode>,
        /// Only this item.
        item: Option<ItemCode>,
        /// Only reviews of this channel.
        channel: Option<Channel>,
    },
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

impl Breakdown {
    pub(crate) fn dimension(&self) -> Dimension {
        match self {
            Self::Cities | Self::Counties { .. } => Dimension::Area,
            Self::Departments => Dimension::Department,
            Self::Items { .. } => Dimension::Item,
        }
    }
}

/// Which rows of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Slice {
    pub(crate) limit: u32,
    pub(crate) offset: u32,
}

impl Slice {
    pub(crate) const LIMIT_MAX: u32 = 1_000;
    pub(crate) const LIMIT_DEFAULT: u32 = 100;

    /// The largest slice, from the beginning.
    pub(crate) const FIRST: Self = Self { limit: Self::LIMIT_MAX, offset: 0 };
}

/// The unified social credit code of a department (统一社会信用代码): the first 18 characters of the
/// codes of its items.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct DepartmentCode(String);

impl FromStr for DepartmentCode {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let is_valid = text.len() == 18
            && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        let expected = ParseError::new("18 digits and capital letters");
        if is_valid { Ok(Self(text.to_owned())) } else { Err(expected) }
    }
}

impl fmt::Display for DepartmentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

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
