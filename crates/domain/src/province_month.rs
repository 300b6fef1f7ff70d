//! A province-level unit and a month of services: what is published, and what a ledger is of.

use std::fmt;

use crate::area::Province;
use crate::calendar::Month;

/// A province-level unit and a month of services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProvinceMonth {
    /// The province-level unit.
    pub province: Province,
    /// The month in which the services were given.
    pub month: Month,
}

impl fmt::Display for ProvinceMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.province, self.month)
    }
}
