//! Which buckets have new records: the message of the loader to the counter.

use std::fmt;
use std::fmt::Write;
use std::str::FromStr;

use domain::identity::CELLS;
use domain::{Cell, ParseError, Province, ServedOn};
use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, TryFromInto, serde_as};

/// The buckets of one province that have records of a batch.
#[serde_as]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Touched {
    /// The province, written as its two digits.
    #[serde_as(as = "TryFromInto<ProvinceNumber>")]
    pub province: Province,
    /// The days that have touched buckets.
    pub days: Vec<TouchedDay>,
}

/// The touched buckets of one day.
#[serde_as]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct TouchedDay {
    /// The day of the services.
    #[serde_as(as = "DisplayFromStr")]
    pub served_on: ServedOn,
    /// The cells of the touched buckets.
    #[serde_as(as = "DisplayFromStr")]
    pub cells: CellSet,
}

#[derive(Deserialize, Serialize)]
#[serde(transparent)]
struct ProvinceNumber(u8);

impl TryFrom<ProvinceNumber> for Province {
    type Error = ParseError;

    fn try_from(number: ProvinceNumber) -> Result<Self, ParseError> {
        Self::from_number(number.0)
    }
}

impl From<Province> for ProvinceNumber {
    fn from(province: Province) -> Self {
        Self(province.number())
    }
}

/// A set of cells of one province and day, with one bit for each cell. As text it is 256
/// hexadecimal digits; cell 0 is the highest bit of the first digit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellSet([u8; BYTES]);

const BYTES: usize = CELLS as usize / 8;

impl CellSet {
    /// No cell.
    pub const EMPTY: Self = Self([0; BYTES]);

    /// Every cell.
    pub const ALL: Self = Self([u8::MAX; BYTES]);

    /// Adds a cell.
    pub fn insert(&mut self, cell: Cell) {
        let number = usize::from(cell.number());
        self.0[number / 8] |= 0x80 >> (number % 8);
    }

    /// Adds all cells of another set.
    pub fn insert_all(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine |= theirs;
        }
    }

    /// Whether any cell is in both sets.
    pub fn intersects(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).any(|(mine, theirs)| mine & theirs != 0)
    }

    /// The number of cells in the set.
    pub fn len(&self) -> u32 {
        self.0.iter().map(|byte| byte.count_ones()).sum()
    }

    /// Whether the set has no cells.
    pub fn is_empty(&self) -> bool {
        *self == Self::EMPTY
    }

    /// The cells of the set, in order.
    pub fn iter(&self) -> impl Iterator<Item = Cell> {
        (0..CELLS).filter_map(Cell::from_number).filter(|cell| {
            let number = usize::from(cell.number());
            self.0[number / 8] & (0x80 >> (number % 8)) != 0
        })
    }
}

impl FromIterator<Cell> for CellSet {
    fn from_iter<I: IntoIterator<Item = Cell>>(cells: I) -> Self {
        let mut set = Self::EMPTY;
        cells.into_iter().for_each(|cell| set.insert(cell));
        set
    }
}

impl fmt::Display for CellSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(2 * BYTES);
        for byte in self.0 {
            write!(text, "{byte:02x}")?;
        }
        f.write_str(&text)
    }
}

impl FromStr for CellSet {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        const EXPECTED: ParseError = ParseError::new("256 hexadecimal digits");
        if text.len() != 2 * BYTES || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(EXPECTED);
        }
        let mut cells = Self::EMPTY;
        for (index, byte) in cells.0.iter_mut().enumerate() {
            *byte =
                u8::from_str_radix(&text[2 * index..2 * index + 2], 16).map_err(|_| EXPECTED)?;
        }
        Ok(cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_touch_is_read_as_it_is_written() {
        let cell = |number| Cell::from_number(number).expect("a cell");
        let cells: CellSet = [0, 9, 1023].map(cell).into_iter().collect();
        assert!(cells.to_string().starts_with("80400") && cells.to_string().ends_with("01"));
        let touched = Touched {
            province: "440000".parse().expect("a province"),
            days: vec![TouchedDay { served_on: "2023-07-31".parse().expect("a day"), cells }],
        };
        let json = serde_json::to_string(&touched).expect("JSON");
        assert_eq!(serde_json::from_str::<Touched>(&json).expect("a touch"), touched);
        let numbers: Vec<_> = touched.days[0].cells.iter().map(Cell::number).collect();
        assert_eq!((numbers, touched.days[0].cells.len()), (vec![0, 9, 1023], 3));
    }

    #[test]
    fn sets_intersect_if_a_cell_is_in_both() {
        let set = |numbers: [u16; 2]| -> CellSet {
            numbers.map(|number| Cell::from_number(number).expect("a cell")).into_iter().collect()
        };
        assert!(set([0, 9]).intersects(&set([9, 1023])));
        assert!(!set([0, 9]).intersects(&set([8, 1023])));
    }
}
