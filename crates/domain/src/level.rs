//! The levels of satisfaction.

use strum::{Display, EnumString, FromRepr, IntoStaticStr, VariantArray};

use crate::code::ParseError;

/// The level of a review (评价等级).
///
/// Two official codings number the levels in opposite directions: very satisfied is 5 in the
/// exchange interface and 1 in GB/T 39046-2020, table A.8. So a level is written in words wherever
/// it leaves the process. [`Level::code`] is this project's own number, for the keys of counts.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    EnumString,
    IntoStaticStr,
    FromRepr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = not_a_level)]
#[repr(u8)]
pub enum Level {
    /// 非常不满意. A bad review.
    VeryDissatisfied = 1,
    /// 不满意. A bad review.
    Dissatisfied = 2,
    /// 基本满意. A good review, as every publisher that we know of counts it.
    BasicallySatisfied = 3,
    /// 满意. A good review.
    Satisfied = 4,
    /// 非常满意. A good review.
    VerySatisfied = 5,
}

impl Level {
    /// 1 for very dissatisfied to 5 for very satisfied.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The level of a [`Level::code`].
    pub fn from_code(code: u8) -> Option<Self> {
        Self::from_repr(code)
    }

    /// Whether a review of this level is a bad review (差评): one of the two lowest levels.
    pub fn is_bad(self) -> bool {
        match self {
            Self::VeryDissatisfied | Self::Dissatisfied => true,
            Self::BasicallySatisfied | Self::Satisfied | Self::VerySatisfied => false,
        }
    }

    /// All levels, best first, as tables show them.
    pub fn best_first() -> impl Iterator<Item = Self> {
        Self::VARIANTS.iter().rev().copied()
    }

    /// The names that forms and tables show, in Chinese and English.
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::VerySatisfied => ("非常满意", "Very satisfied"),
            Self::Satisfied => ("满意", "Satisfied"),
            Self::BasicallySatisfied => ("基本满意", "Basically satisfied"),
            Self::Dissatisfied => ("不满意", "Dissatisfied"),
            Self::VeryDissatisfied => ("非常不满意", "Very dissatisfied"),
        }
    }
}

fn not_a_level(_: &str) -> ParseError {
    ParseError::new("the name of a level, such as very_satisfied")
}
