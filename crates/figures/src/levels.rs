//! Reviews by level.

use domain::Level;
use strum::VariantArray;

/// How many reviews have each level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// 非常满意.
    pub very_satisfied: u64,
    /// 满意.
    pub satisfied: u64,
    /// 基本满意.
    pub basically_satisfied: u64,
    /// 不满意.
    pub dissatisfied: u64,
    /// 非常不满意.
    pub very_dissatisfied: u64,
}

impl Levels {
    /// Reviews of a level.
    pub fn of(self, level: Level) -> u64 {
        match level {
            Level::VerySatisfied => self.very_satisfied,
            Level::Satisfied => self.satisfied,
            Level::BasicallySatisfied => self.basically_satisfied,
            Level::Dissatisfied => self.dissatisfied,
            Level::VeryDissatisfied => self.very_dissatisfied,
        }
    }

    pub(crate) fn add(&mut self, level: Level, count: u64) {
        let sum = match level {
            Level::VerySatisfied => &mut self.very_satisfied,
            Level::Satisfied => &mut self.satisfied,
            Level::BasicallySatisfied => &mut self.basically_satisfied,
            Level::Dissatisfied => &mut self.dissatisfied,
            Level::VeryDissatisfied => &mut self.very_dissatisfied,
        };
        *sum += count;
    }

    pub(crate) fn plus(mut self, other: Self) -> Self {
        for level in Level::VARIANTS {
            self.add(*level, other.of(*level));
        }
        self
    }

    /// Reviews of all levels.
    pub fn sum(self) -> u64 {
        Level::VARIANTS.iter().map(|level| self.of(*level)).sum()
    }

    /// Good reviews (好评).
    pub fn good(self) -> u64 {
        self.sum() - self.bad()
    }

    /// Bad reviews (差评).
    pub fn bad(self) -> u64 {
        let bad = Level::VARIANTS.iter().filter(|level| level.is_bad());
        bad.map(|level| self.of(*level)).sum()
    }
}
