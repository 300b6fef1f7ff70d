//! Decides what is wrong with live records, from the rows that only one of both tables has. No IO.
//!
//! What differs is named by column, never by value.

use std::collections::BTreeMap;

use domain::Position;
use tables::rebuilt_records::{Comparison, OneSided};

/// A record that is not the same row in both tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordDifference {
    /// The record.
    pub position: Position,
    /// What is wrong with the live row.
    pub fault: Fault,
}

/// What is wrong with a live row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is none.
    Missing,
    /// There is one that no record of Kafka makes: of no record, or under a key that it does not have.
    Surplus,
    /// There is one, and these columns differ.
    Differs(Vec<String>),
    /// There are several, and none of them is right.
    Several,
}

/// The live rows and the rebuilt ones of a position.
type Sides<'s> = (Vec<&'s OneSided>, Vec<&'s OneSided>);

/// The records that differ, in the order of positions.
pub(crate) fn faults(comparison: &Comparison) -> Vec<RecordDifference> {
    let mut by_position: BTreeMap<Position, Sides> = BTreeMap::new();
    for row in &comparison.rows {
        let (live, rebuilt) = by_position.entry(row.position).or_default();
        if row.is_rebuilt { rebuilt.push(row) } else { live.push(row) }
    }
    let fault = |(position, (live, rebuilt)): (Position, Sides)| {
        let fault = match (&live[..], &rebuilt[..]) {
            ([], _) => Fault::Missing,
            ([_], []) => Fault::Surplus,
            ([live], [rebuilt]) => {
                let values = live.values.iter().zip(&rebuilt.values);
                let columns = comparison.columns.iter().zip(values);
                let differing = columns.filter(|(_, (live, rebuilt))| live != rebuilt);
                Fault::Differs(differing.map(|(column, _)| column.clone()).collect())
            }
            _ => Fault::Several,
        };
        RecordDifference { position, fault }
    };
    by_position.into_iter().map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(offset: u64, is_rebuilt: bool, level: &str) -> OneSided {
        let position = Position { topic: 2, partition: 0, offset };
        OneSided { position, is_rebuilt, values: vec!["44".into(), level.into()] }
    }

    #[test]
    fn each_record_that_differs_is_named_once_with_what_is_wrong() {
        let columns = vec!["province".to_owned(), "level".to_owned()];
        let rows = vec![
            row(1, true, "satisfied"),
            row(2, false, "satisfied"),
            row(3, false, "satisfied"),
            row(3, true, "dissatisfied"),
            row(4, false, "satisfied"),
            row(4, false, "dissatisfied"),
            row(4, true, "very_satisfied"),
        ];
        let faults = faults(&Comparison { columns, rows });
        let faults: Vec<_> = faults.into_iter().map(|it| (it.position.offset, it.fault)).collect();
        assert_eq!(
            faults,
            [
                (1, Fault::Missing),
                (2, Fault::Surplus),
                (3, Fault::Differs(vec!["level".to_owned()])),
                (4, Fault::Several),
            ]
        );
    }
}
