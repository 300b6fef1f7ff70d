//! The figures that the events of a plan must add up to: a published month, scaled.

use std::collections::BTreeMap;

use domain::{Channel, Level};

use crate::margins::apportion;
use crate::published::Published;
use crate::rounds::SERVICES_PER_CASE_MAX;

/// The figures of a month after scaling.
///
/// Totals are multiplied by the scale and rounded to the nearest whole number. Every table is then
/// apportioned to its total by largest remainder, and each level to its default and its other
/// reviews in the same way. So all tables stay consistent with each other at every scale, and a
/// scale of 1 changes nothing. Cases are rounded separately, and there are at least as many as the
/// scaled reviews need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Targets {
    /// Distinct cases.
    pub cases: u64,
    /// First reviews by channel, including those that are set aside later.
    pub channels: BTreeMap<Channel, u64>,
    /// Counted reviews by level.
    pub levels: BTreeMap<Level, LevelTarget>,
    /// First reviews that are set aside.
    pub set_aside: u64,
    /// The counts of the most frequent tags of bad reviews, the most frequent first.
    pub top_bad_tag_counts: Vec<u64>,
}

/// Counted reviews of one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelTarget {
    /// All of them.
    pub counted: u64,
    /// Those that a system wrote.
    pub default: u64,
}

/// An unusable scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the scale must be greater than 0 and leave fewer than 2^39 cases and reviews")]
pub struct ScaleError;

/// The largest count: cases have 40 bits in the numbers of events, and at most 99 services each.
const COUNT_MAX: u64 = 1 << 39;

impl Targets {
    /// The figures at a scale.
    ///
    /// # Errors
    ///
    /// If the scale is not a positive number or too large.
    pub fn of(published: &Published, scale: f64) -> Result<Self, ScaleError> {
        let total = scaled(published.reviews_total(), scale)?;
        let valid = scaled(published.reviews_valid(), scale)?.min(total);
        let all_levels: Vec<_> = published.reviews_by_level.iter().collect();
        let counts: Vec<_> = all_levels.iter().map(|(_, count)| **count).collect();
        let levels = all_levels.into_iter().zip(apportion(valid, &counts));
        let levels = levels.map(|((level, count), counted)| {
            let defaults = published.defaults_by_level.as_ref();
            let default = defaults.and_then(|table| table.get(level).copied()).unwrap_or(0);
            let default = apportion(counted, &[default, count - default])[0];
            (*level, LevelTarget { counted, default })
        });
        let counts: Vec<_> = published.reviews_by_channel.values().copied().collect();
        let channels = published.reviews_by_channel.keys().copied().zip(apportion(total, &counts));
        let tags = published.top_bad_tag_counts.iter().flatten();
        Ok(Self {
            cases: scaled(published.cases, scale)?.max(total.div_ceil(SERVICES_PER_CASE_MAX)),
            channels: channels.collect(),
            levels: levels.collect(),
            set_aside: total - valid,
            top_bad_tag_counts: tags
                .map(|count| scaled(*count, scale))
                .collect::<Result<_, _>>()?,
        })
    }

    /// All first reviews.
    pub fn reviews(&self) -> u64 {
        self.channels.values().sum()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "the product is checked to lie far below 2^53; rounding is the same on every machine"
)]
fn scaled(count: u64, scale: f64) -> Result<u64, ScaleError> {
    let product = (count as f64 * scale).round();
    let is_usable = scale > 0.0 && (0.0..COUNT_MAX as f64).contains(&product);
    is_usable.then_some(product as u64).ok_or(ScaleError)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guangdong() -> Published {
        let json = include_str!("../months/guangdong-2023-07.json");
        Published::parse(json.as_bytes()).expect("a month").0
    }

    #[test]
    fn a_scale_of_one_changes_nothing() {
        let published = guangdong();
        let targets = Targets::of(&published, 1.0).expect("a scale");
        assert_eq!(targets.cases, 11_238_000);
        assert_eq!(targets.channels, published.reviews_by_channel);
        assert_eq!(targets.set_aside, 417_632);
        for (level, target) in targets.levels {
            assert_eq!(target.counted, published.reviews_by_level[&level]);
            assert_eq!(target.default, 0);
        }
    }

    #[test]
    fn tables_stay_consistent_at_every_scale() {
        let published = guangdong();
        for scale in [1e-9, 1e-7, 0.000_3, 0.001, 0.01, 0.37, 3.0] {
            let targets = Targets::of(&published, scale).expect("a scale");
            let counted: u64 = targets.levels.values().map(|target| target.counted).sum();
            assert_eq!(targets.reviews(), counted + targets.set_aside, "at {scale}");
            assert!(targets.reviews() <= targets.cases * SERVICES_PER_CASE_MAX, "at {scale}");
        }
    }

    #[test]
    fn a_scale_without_meaning_is_refused() {
        for scale in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
            assert_eq!(Targets::of(&guangdong(), scale), Err(ScaleError), "{scale}");
        }
    }
}
