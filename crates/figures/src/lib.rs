//! From counts to figures: what is added up, how each figure is defined, what is not known, and
//! whether a ledger closes.
//!
//! Everything here is pure: no IO, no clock, no table. Unknown values are absent and never zero,
//! and there is no rate with a denominator of zero.

pub mod counts;
pub mod coverage;
pub mod ledger;
pub mod levels;
pub mod metric;
pub mod month;
pub mod slice;
pub mod status;

pub use crate::counts::{CasesOfMonth, ServedMonth, UnknownKey};
pub use crate::coverage::{Agreement, Coverage};
pub use crate::levels::Levels;
pub use crate::metric::{DICTIONARY, Metric, Words};
pub use crate::month::Figures;
pub use crate::slice::{Reviews, Slice};
pub use crate::status::{Edition, Freshness, Status};
