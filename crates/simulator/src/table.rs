//! Decides the fate of every first review: its channel, whether it counts, and its level.

use domain::{Channel, Level};

use crate::margins::fill;
use crate::targets::Targets;

/// The first reviews of a plan, numbered from zero, in cells of equal channel and fate.
pub(crate) struct Table(Vec<Cell>);

/// Reviews with the same channel and fate.
struct Cell {
    /// The number after the last one.
    end: u64,
    channel: Channel,
    fate: Fate,
    /// The number of reviews with this fate in earlier cells.
    before: u64,
}

/// The fate of a first review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// A disposition sets it aside as not valid.
    SetAside,
    /// It counts with this level.
    Counted {
        /// The level.
        level: Level,
        /// Whether a system writes it.
        is_default: bool,
    },
}

/// A first review.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planned {
    /// The channel through which it is given.
    pub(crate) channel: Channel,
    /// Its fate.
    pub(crate) fate: Fate,
    /// Its number among the reviews of this fate, from zero.
    pub(crate) ordinal: u64,
}

impl Table {
    /// The table whose margins are the targets: channels by fates.
    pub(crate) fn new(targets: &Targets) -> Self {
        let mut fates = vec![(Fate::SetAside, targets.set_aside)];
        for (level, target) in &targets.levels {
            let fate = |is_default| Fate::Counted { level: *level, is_default };
            fates.push((fate(true), target.default));
            fates.push((fate(false), target.counted - target.default));
        }
        let rows: Vec<_> = targets.channels.values().copied().collect();
        let columns: Vec<_> = fates.iter().map(|(_, count)| *count).collect();
        let mut before = vec![0; fates.len()];
        let mut cells = Vec::new();
        let mut end = 0;
        for (channel, row) in targets.channels.keys().zip(fill(&rows, &columns)) {
            for ((count, (fate, _)), before) in row.into_iter().zip(&fates).zip(&mut before) {
                end += count;
                cells.push(Cell { end, channel: *channel, fate: *fate, before: *before });
                *before += count;
            }
        }
        Self(cells)
    }

    /// All first reviews.
    pub(crate) fn reviews(&self) -> u64 {
        self.0.last().map_or(0, |cell| cell.end)
    }

    /// The review with this number, or `None` if there are fewer.
    pub(crate) fn review(&self, number: u64) -> Option<Planned> {
        let index = self.0.partition_point(|cell| cell.end <= number);
        let cell = self.0.get(index)?;
        let start = if index == 0 { 0 } else { self.0[index - 1].end };
        let ordinal = cell.before + (number - start);
        Some(Planned { channel: cell.channel, fate: cell.fate, ordinal })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::published::Published;

    #[test]
    fn the_reviews_of_a_fate_are_numbered_without_a_gap() {
        let json = include_str!("../months/guangdong-2020-01-illustration.json");
        let published = Published::parse(json.as_bytes()).expect("a month").0;
        let targets = Targets::of(&published, 0.001).expect("a scale");
        let table = Table::new(&targets);
        let mut channels: BTreeMap<_, u64> = BTreeMap::new();
        let mut ordinals: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        for number in 0..table.reviews() {
            let planned = table.review(number).expect("a review");
            *channels.entry(planned.channel).or_default() += 1;
            assert!(
                ordinals.entry(format!("{:?}", planned.fate)).or_default().insert(planned.ordinal)
            );
        }
        assert!(table.review(table.reviews()).is_none());
        assert_eq!(channels, targets.channels);
        assert_eq!(ordinals["SetAside"].len() as u64, targets.set_aside);
        for numbers in ordinals.into_values() {
            assert!((0..numbers.len() as u64).eq(numbers));
        }
    }
}
