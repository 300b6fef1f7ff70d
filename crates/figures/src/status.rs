//! The edition of a month's figures, and how long it stays unchanged.

use domain::{Month, Province};
use strum::IntoStaticStr;

/// Whether figures can still change (D7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Status {
    /// The month was not published as a numbered vintage. Its figures follow every record.
    Provisional,
    /// Records of an account that simulates are among those that were counted. No configuration
    /// takes this back.
    Simulated,
}

/// How long something that was published stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It may be another at any moment.
    Changing,
    /// It never changes: whatever is different has another address.
    Immutable,
}

impl Status {
    /// The status of a month that was not published, by whether simulated records were counted in it.
    pub fn of_unpublished(is_simulated: bool) -> Self {
        if is_simulated { Self::Simulated } else { Self::Provisional }
    }

    /// The word of the API.
    pub fn code(self) -> &'static str {
        self.into()
    }

    /// How long figures of this status stay as they are.
    pub fn freshness(self) -> Freshness {
        match self {
            Self::Provisional | Self::Simulated => Freshness::Changing,
        }
    }
}

/// One edition of the figures of a province and month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Edition {
    /// The province.
    pub province: Province,
    /// The month.
    pub month: Month,
    /// Whether the figures can still change.
    pub status: Status,
    /// The version of the counting rule (口径).
    pub rule: u16,
}

impl Edition {
    /// What is counted of a month now, by the rule that is active for the province, if no simulated
    /// record is in it.
    pub fn provisional(province: Province, month: Month, rule: u16) -> Self {
        Self { province, month, status: Status::Provisional, rule }
    }
}
