//! The store of records, which is a set, and the tables of counts, which keep the row with the
//! greatest label for each bucket.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use domain::{Cell, Province, ServedOn};
use tables::buckets::Buckets;
use wire::{CellSet, Touched, TouchedDay};

use crate::kafka::Position;

/// The number of buckets: two cells on two days in each of two provinces.
pub const BUCKETS: u8 = 8;

fn place(bucket: u8) -> ((Province, ServedOn), Cell) {
    let province = Province::from_number(43 + bucket / 4).expect("Hunan or Guangdong");
    let day = 19_000 + u16::from(bucket / 2 % 2);
    let day = ServedOn::from_days_since_epoch(day).expect("a day");
    ((province, day), Cell::from_number(u16::from(bucket % 2)).expect("a cell"))
}

/// Buckets as the type that the cores use.
pub fn buckets(numbers: impl IntoIterator<Item = u8>) -> Buckets {
    let mut buckets = Buckets::new();
    for (day, cell) in numbers.into_iter().map(place) {
        buckets.entry(day).or_insert(CellSet::EMPTY).insert(cell);
    }
    buckets
}

/// Buckets by their numbers.
pub fn numbers(buckets: &Buckets) -> Vec<u8> {
    let is_in = |number: &u8| {
        let (day, cell) = place(*number);
        buckets.get(&day).is_some_and(|cells| {
            let mut with = cells.clone();
            with.insert(cell);
            with == *cells
        })
    };
    (0..BUCKETS).filter(is_in).collect()
}

/// The messages of a loader about buckets: one for each province.
pub fn touches(of: &Buckets) -> Vec<Touch> {
    let mut by_province: BTreeMap<Province, Buckets> = BTreeMap::new();
    for ((province, served_on), cells) in of {
        let days = by_province.entry(*province).or_default();
        days.insert((*province, *served_on), cells.clone());
    }
    let touch = |(province, days): (Province, Buckets)| Touch {
        buckets: numbers(&days),
        touched: Touched {
            province,
            days: days
                .into_iter()
                .map(|((_, served_on), cells)| TouchedDay { served_on, cells })
                .collect(),
        },
    };
    by_province.into_iter().map(touch).collect()
}

/// A touch and the buckets that it names.
#[derive(Clone, Debug)]
pub struct Touch {
    pub touched: Touched,
    pub buckets: Vec<u8>,
}

/// A row of the table of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    pub position: Position,
    pub bucket: u8,
}

/// A row of a table of counts. Its content stands for everything that is computed from these
/// records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub label: usize,
    pub content: BTreeSet<Position>,
}

#[derive(Debug, Default)]
pub struct Store {
    records: BTreeMap<u8, BTreeSet<Position>>,
    written_at: BTreeMap<u8, Instant>,
}

impl Store {
    /// Adds rows. A row that is stored already stays the same row.
    pub fn insert(&mut self, rows: &[Record], now: Instant) {
        for row in rows {
            self.records.entry(row.bucket).or_default().insert(row.position);
            self.written_at.insert(row.bucket, now);
        }
    }

    pub fn has(&self, row: Record) -> bool {
        self.records.get(&row.bucket).is_some_and(|positions| positions.contains(&row.position))
    }

    /// Counts a bucket, with content and label from one snapshot.
    pub fn count(&self, bucket: u8) -> Count {
        let content = self.records.get(&bucket).cloned().unwrap_or_default();
        Count { label: content.len(), content }
    }

    pub fn is_written_since(&self, bucket: u8, since: Option<Instant>) -> bool {
        since.is_none_or(|since| self.written_at.get(&bucket).is_some_and(|at| *at >= since))
    }
}

/// A table of counts.
#[derive(Debug, Default)]
pub struct Table {
    pub rows: BTreeMap<u8, Count>,
    /// Buckets whose touches were lost, so that only the sweep can find them.
    pub untold: BTreeSet<u8>,
}

impl Table {
    pub fn count(&self, bucket: u8) -> Count {
        self.rows.get(&bucket).cloned().unwrap_or_default()
    }
}
