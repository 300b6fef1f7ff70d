//! A metric: its definition as data, and the computation that follows from it.
//!
//! The dictionary ([`DICTIONARY`]) is the only place where a figure is defined. Code that shows a
//! figure computes it by its metric, and code that explains it reads the same entry.

mod dictionary;

use domain::Rate;
use strum::IntoStaticStr;

pub use self::dictionary::*;
use crate::slice::Slice;

/// The same in Chinese and in English.
pub type Words = (&'static str, &'static str);

/// One entry of the dictionary (口径).
#[derive(Debug)]
pub struct Metric {
    /// What it is called by machines. It never changes.
    pub id: &'static str,
    /// The version of the definition. A definition by which another number comes out has a new one.
    pub version: u16,
    /// What people call it.
    pub name: Words,
    /// What is counted or divided.
    pub definition: Words,
    /// How it is computed.
    pub formula: Formula,
    /// Which month a thing belongs to.
    pub placement: Placement,
    /// What the number is a number of.
    pub unit: Unit,
}

/// How a metric is computed from the counts of a part of a month.
#[derive(Debug)]
pub enum Formula {
    /// It is counted. Absent where it is not known.
    Count(fn(&Slice) -> Option<u64>),
    /// One count divided by another. Absent where the denominator is zero.
    Ratio {
        /// What is divided.
        numerator: &'static Metric,
        /// What it is divided by.
        denominator: &'static Metric,
    },
}

/// Which month a review is placed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Placement {
    /// The month of its service, so that numerators and denominators agree.
    Service,
    /// The month in which it was given.
    Received,
}

/// What a number is a number of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Unit {
    /// Cases (办件).
    Case,
    /// Services (服务).
    Service,
    /// Reviews (评价).
    Review,
    /// A share from 0 to 1.
    Ratio,
    /// A share of a million.
    PerMillion,
}

impl Placement {
    /// What people are told.
    pub fn name(self) -> Words {
        match self {
            Self::Service => ("按所评服务的发生月份", "by the month of the service"),
            Self::Received => ("按评价作出的月份", "by the month in which it was given"),
        }
    }
}

impl Unit {
    /// What people are told.
    pub fn name(self) -> Words {
        match self {
            Self::Case => ("件", "cases"),
            Self::Service => ("次", "services"),
            Self::Review => ("条", "reviews"),
            Self::Ratio => ("比率", "ratio"),
            Self::PerMillion => ("每百万", "per million"),
        }
    }
}

impl Metric {
    /// The metric that is called so by machines.
    pub fn find(id: &str) -> Option<&'static Self> {
        DICTIONARY.into_iter().find(|metric| metric.id == id)
    }

    /// What a ratio divides, and by what; nothing if the metric is a count.
    pub fn parts(&self) -> Option<(&'static Self, &'static Self)> {
        match self.formula {
            Formula::Count(_) => None,
            Formula::Ratio { numerator, denominator } => Some((numerator, denominator)),
        }
    }

    /// How many there are; nothing if that is not known, or if the metric is a ratio.
    pub fn count(&self, slice: &Slice) -> Option<u64> {
        match self.formula {
            Formula::Count(count) => count(slice),
            Formula::Ratio { .. } => None,
        }
    }

    /// The ratio with what it is a ratio of; nothing if either count is not known, or if the metric is
    /// a count.
    pub fn rate(&self, slice: &Slice) -> Option<Rate> {
        let (numerator, denominator) = self.parts()?;
        Some(Rate { numerator: numerator.count(slice)?, denominator: denominator.count(slice)? })
    }

    /// The ratio in the unit of the metric; nothing if the denominator is zero.
    pub fn ratio(&self, slice: &Slice) -> Option<f64> {
        let rate = self.rate(slice)?;
        match self.unit {
            Unit::PerMillion => rate.per_million(),
            Unit::Case | Unit::Service | Unit::Review | Unit::Ratio => rate.value(),
        }
    }

    /// The 95 % interval of the ratio ([`Rate::interval`]) in the unit of the metric; nothing if the
    /// denominator is zero.
    pub fn interval(&self, slice: &Slice) -> Option<(f64, f64)> {
        let (low, high) = self.rate(slice)?.interval()?;
        Some(match self.unit {
            Unit::PerMillion => (low * 1e6, high * 1e6),
            Unit::Case | Unit::Service | Unit::Review | Unit::Ratio => (low, high),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_metric_is_defined_once_and_in_both_languages() {
        let ids: BTreeSet<_> = DICTIONARY.iter().map(|metric| metric.id).collect();
        assert_eq!(ids.len(), DICTIONARY.len());
        for metric in DICTIONARY {
            let (zh, en) = metric.definition;
            assert!(zh.ends_with('。') && en.ends_with('.'), "{}", metric.id);
            assert!(!metric.name.0.is_ascii() && metric.name.1.is_ascii(), "{}", metric.id);
            assert!(metric.version >= 1, "{}", metric.id);
        }
    }

    #[test]
    fn what_a_ratio_divides_is_counted_and_is_in_the_dictionary_too() {
        for metric in DICTIONARY {
            let Some((numerator, denominator)) = metric.parts() else { continue };
            for part in [numerator, denominator] {
                assert!(matches!(part.formula, Formula::Count(_)), "{}", part.id);
                let found = Metric::find(part.id).expect("in the dictionary");
                assert!(std::ptr::eq(found, part), "{}", part.id);
                assert_eq!(part.placement, metric.placement, "both are of the same month");
            }
            assert!(matches!(metric.unit, Unit::Ratio | Unit::PerMillion), "{}", metric.id);
        }
    }

    #[test]
    fn a_ratio_is_the_quotient_of_its_counts_in_its_unit() {
        // In the hall: 997 very satisfied, two dissatisfied; one default review, basically satisfied.
        let slice =
            Slice::of_reviews(&[(7 << 3 | 5, 997), (7 << 3 | 2, 2), (1 << 12 | 7 << 3 | 3, 1)]);
        let slice = slice.expect("known keys");
        let rate = |numerator, denominator| Some(Rate { numerator, denominator });
        assert_eq!(SATISFACTION.rate(&slice), rate(998, 1_000));
        assert_eq!(SATISFACTION.ratio(&slice), Some(0.998));
        assert_eq!(ACTIVE_SATISFACTION.rate(&slice), rate(997, 999));
        assert_eq!(BAD_REVIEWS_PER_MILLION.ratio(&slice), Some(2_000.0));
        let (low, high) = BAD_REVIEWS_PER_MILLION.interval(&slice).expect("an interval");
        assert!((low - 548.6).abs() < 0.1 && (high - 7_263.0).abs() < 1.0, "{low} to {high}");
        assert_eq!(SATISFACTION.interval(&Slice::default()), None);
        let nothing = Slice::default();
        assert_eq!(SATISFACTION.rate(&nothing), rate(0, 0));
        assert_eq!(SATISFACTION.ratio(&nothing), None, "there is no rate of nothing");
        assert_eq!(SERVICES.count(&nothing), None, "not known");
        assert_eq!(SERVICES.rate(&nothing), None, "a count is no ratio");
    }
}
