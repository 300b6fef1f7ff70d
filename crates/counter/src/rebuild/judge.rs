//! Decides what a difference between a live row and a rebuilt one means. No IO.
//!
//! A recount states how many records it saw, and records are only ever added. So two recounts of
//! one unit with the same label must have the same content. A recount with a lower label has merely
//! seen less. A label that is higher than what a later recount saw has counted records that are not
//! stored.

use std::collections::BTreeMap;

use tables::buckets::Buckets;
use tables::rebuilt_counts::{Pair, Unit};
use wire::CellSet;

/// One figure that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The bucket, or whatever else the row is about.
    pub bucket: String,
    /// The column.
    pub column: String,
    /// The live value.
    pub live: String,
    /// The value that follows from the records.
    pub rebuilt: String,
}

/// The result of a comparison.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Judgement {
    /// Units whose live label is higher, because records arrived meanwhile or because it is wrong.
    /// They must be counted again.
    pub(crate) ahead: BTreeMap<Unit, u64>,
    /// Units that the counter has not reached yet.
    pub(crate) behind: BTreeMap<Unit, u64>,
    /// What is wrong.
    pub(crate) differences: Vec<Difference>,
}

/// Judges pairs. `seen` are the live labels that were higher in the previous comparison, after
/// which those units were counted again.
pub(crate) fn judge(pairs: &[Pair], columns: &[&str], seen: &BTreeMap<Unit, u64>) -> Judgement {
    let mut judgement = Judgement::default();
    for pair in pairs {
        let Pair { unit, live_label, rebuilt_label, .. } = pair;
        if live_label < rebuilt_label {
            judgement.behind.insert(*unit, *live_label);
        } else if live_label == rebuilt_label {
            judgement.differences.extend(figures(pair, columns));
        } else if seen.get(unit).is_some_and(|before| rebuilt_label < before) {
            judgement.differences.push(Difference {
                bucket: bucket(pair),
                column: "generation".to_owned(),
                live: live_label.to_string(),
                rebuilt: rebuilt_label.to_string(),
            });
        } else {
            judgement.ahead.insert(*unit, *live_label);
        }
    }
    judgement
}

fn figures(pair: &Pair, columns: &[&str]) -> Vec<Difference> {
    let value = |values: &[String], index: usize| {
        values.get(index).cloned().unwrap_or_else(|| "no row".to_owned())
    };
    let difference = |(index, column): (usize, &&str)| {
        let (live, rebuilt) = (value(&pair.live, index), value(&pair.rebuilt, index));
        (live != rebuilt).then(|| Difference {
            bucket: bucket(pair),
            column: (*column).to_owned(),
            live,
            rebuilt,
        })
    };
    columns.iter().enumerate().filter_map(difference).collect()
}

fn bucket(pair: &Pair) -> String {
    let (province, day, _) = pair.unit;
    format!("{province} {day} {}", pair.key)
}

/// Units as buckets to recount.
pub(crate) fn buckets(units: &BTreeMap<Unit, u64>) -> Buckets {
    let mut buckets = Buckets::new();
    for (province, day, cell) in units.keys() {
        buckets.entry((*province, *day)).or_insert(CellSet::EMPTY).insert(*cell);
    }
    buckets
}

#[cfg(test)]
mod tests {
    use domain::{Cell, Province};

    use super::*;

    fn unit(cell: u16) -> Unit {
        (
            Province::from_number(44).expect("a province"),
            "2023-07-05".parse().expect("a day"),
            Cell::from_number(cell).expect("a cell"),
        )
    }

    fn pair(live_label: u64, rebuilt_label: u64, live: &[&str], rebuilt: &[&str]) -> Pair {
        let values = |values: &[&str]| values.iter().map(ToString::to_string).collect();
        Pair {
            unit: unit(7),
            key: "7".to_owned(),
            live_label,
            rebuilt_label,
            live: values(live),
            rebuilt: values(rebuilt),
        }
    }

    const COLUMNS: [&str; 2] = ["services", "unreviewed"];

    #[test]
    fn with_the_same_label_every_figure_that_differs_is_a_difference() {
        let found = judge(&[pair(5, 5, &["3", "1"], &["3", "2"])], &COLUMNS, &BTreeMap::new());
        let difference = Difference {
            bucket: "440000 2023-07-05 7".to_owned(),
            column: "unreviewed".to_owned(),
            live: "1".to_owned(),
            rebuilt: "2".to_owned(),
        };
        assert_eq!(found, Judgement { differences: vec![difference], ..Judgement::default() });
        let found = judge(&[pair(5, 5, &[], &["3", "2"])], &COLUMNS, &BTreeMap::new());
        assert_eq!(found.differences.len(), 2, "a row that is missing differs in every figure");
    }

    #[test]
    fn a_lower_label_is_behind_and_nothing_else() {
        let found = judge(&[pair(4, 5, &["3", "1"], &["3", "2"])], &COLUMNS, &BTreeMap::new());
        let behind = BTreeMap::from([(unit(7), 4)]);
        assert_eq!(found, Judgement { behind, ..Judgement::default() });
    }

    #[test]
    fn a_higher_label_is_counted_again_and_wrong_only_if_that_sees_less() {
        let higher = [pair(6, 5, &["4", "1"], &["3", "2"])];
        let first = judge(&higher, &COLUMNS, &BTreeMap::new());
        assert_eq!(first.ahead, BTreeMap::from([(unit(7), 6)]));
        assert!(first.differences.is_empty());
        // Counted again, there are fewer than 6 records, so 6 were never stored.
        assert_eq!(judge(&higher, &COLUMNS, &first.ahead).differences.len(), 1);
        // Counted again, it saw all 6. Meanwhile the live row has seen a seventh.
        let moved = [pair(7, 6, &["5", "1"], &["4", "1"])];
        assert_eq!(judge(&moved, &COLUMNS, &first.ahead).ahead, BTreeMap::from([(unit(7), 7)]));
    }
}
