//! Provinces and areas by their codes (GB/T 2260).

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use crate::code::ParseError;

/// A province-level unit: its two digits in GB/T 2260. The Xinjiang Production and Construction
/// Corps (新疆生产建设兵团) has no code there; systems use 66.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Province(u8);

/// The 32 units that disclose figures. Taiwan, Hong Kong and Macao (71, 81, 82) do not take part.
const UNITS: [u8; 32] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
    53, 54, 61, 62, 63, 64, 65, 66,
];

impl Province {
    /// All units, in the order of their codes.
    pub fn all() -> impl Iterator<Item = Self> {
        UNITS.into_iter().map(Self)
    }

    /// The two digits as a number, such as 44.
    pub fn number(self) -> u8 {
        self.0
    }

    /// The unit with these two digits.
    ///
    /// # Errors
    ///
    /// If no unit has these digits.
    pub fn from_number(number: u8) -> Result<Self, ParseError> {
        UNITS.binary_search(&number).map(|_| Self(number)).map_err(|_| NOT_A_PROVINCE)
    }

    /// The unit's own area: its code, padded with zeros.
    pub fn county_code(self) -> CountyCode {
        CountyCode(u32::from(self.0) * 10_000)
    }
}

const NOT_A_PROVINCE: ParseError =
    ParseError::new("the six-digit code of one of the 32 province-level units, such as 440000");

/// Parses the six digits that URLs of the public API use.
impl FromStr for Province {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let digits = text.strip_suffix("0000").filter(|digits| digits.len() == 2);
        let number = digits.and_then(|digits| digits.parse().ok()).ok_or(NOT_A_PROVINCE)?;
        Self::from_number(number)
    }
}

impl fmt::Display for Province {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}0000", self.0)
    }
}

/// An area by its twelve digits (区划代码): six of GB/T 2260, then street and village or zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AreaCode(u64);

impl AreaCode {
    /// The twelve digits as a number.
    pub fn number(self) -> u64 {
        self.0
    }

    /// The province-level unit the area lies in.
    pub fn province(self) -> Province {
        Province(u8::try_from(self.0 / 10_000_000_000).expect("twelve digits were checked"))
    }

    /// The county, city or province the area lies in: its first six digits.
    pub fn county(self) -> CountyCode {
        CountyCode(u32::try_from(self.0 / 1_000_000).expect("twelve digits were checked"))
    }

    /// Whether `self` is `other` or lies within it, by the levels of the code (2, 2, 2, 3 and 3
    /// digits).
    pub fn lies_in(self, other: Self) -> bool {
        [1, 1_000, 1_000_000, 100_000_000, 10_000_000_000]
            .into_iter()
            .any(|unit| other.0.is_multiple_of(unit) && self.0 / unit == other.0 / unit)
    }
}

impl FromStr for AreaCode {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        const EXPECTED: ParseError = ParseError::new(
            "an area code of twelve digits that begins with the code of a province-level unit",
        );
        if text.len() != 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(EXPECTED);
        }
        Province::from_number(text[..2].parse().map_err(|_| EXPECTED)?).map_err(|_| EXPECTED)?;
        text.parse().map(Self).map_err(|_| EXPECTED)
    }
}

impl fmt::Display for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

/// The six digits of GB/T 2260: a county, or a city or a province if they end in zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CountyCode(u32);

impl CountyCode {
    /// The six digits as a number.
    pub fn number(self) -> u32 {
        self.0
    }

    /// Reads the six digits as a number.
    ///
    /// # Errors
    ///
    /// If there are not six digits, or if they do not begin with the code of a province-level unit.
    pub fn from_number(number: u32) -> Result<Self, ParseError> {
        const EXPECTED: ParseError = ParseError::new(
            "six digits that begin with the code of a province-level unit, such as 440106",
        );
        let unit = u8::try_from(number / 10_000).map_err(|_| EXPECTED)?;
        Province::from_number(unit).map_err(|_| EXPECTED)?;
        Ok(Self(number))
    }

    /// The city it lies in, or itself if it is a city: the first four digits.
    pub fn city(self) -> Self {
        Self(self.0 / 100 * 100)
    }

    /// The province-level unit it lies in.
    pub fn province(self) -> Province {
        Province(u8::try_from(self.0 / 10_000).expect("six digits were checked"))
    }

    /// Whether counties lie in this city. A few cities have none (东莞, 中山, 儋州, 嘉峪关): what is served
    /// under such a code is the whole city. An area of the list that only repeats the city's name is no
    /// county.
    pub fn has_counties(self) -> bool {
        let counties = self.0 + 1..self.0 + 100;
        let own = self.name().map(|(zh, _)| zh);
        self == self.city()
            && counties.filter_map(|code| NAMES.get(&code)).any(|(zh, _)| Some(*zh) != own)
    }

    /// The names in Chinese and English, if the list of areas has the code.
    pub fn name(self) -> Option<(&'static str, &'static str)> {
        NAMES.get(&self.0).copied()
    }
}

impl FromStr for CountyCode {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let number = if text.len() == 6 { text.parse().unwrap_or(0) } else { 0 };
        Self::from_number(number)
    }
}

impl fmt::Display for CountyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

/// `code<TAB>Chinese<TAB>English`, one area a line, sorted by code; `#` begins a comment.
const NAMES_TSV: &str = include_str!("area_names.tsv");

static NAMES: LazyLock<HashMap<u32, (&'static str, &'static str)>> = LazyLock::new(|| {
    let lines = NAMES_TSV.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let mut columns = line.split('\t');
            let mut next = || columns.next().expect("a test reads every line");
            (next().parse().expect("a test reads every line"), (next(), next()))
        })
        .collect()
});

/// All counties and cities of a province that are in the list of areas, in the order of their
/// codes.
pub fn known_areas(province: Province) -> Vec<CountyCode> {
    let mut codes: Vec<_> = NAMES
        .keys()
        .map(|code| CountyCode(*code))
        .filter(|code| code.province() == province && *code != province.county_code())
        .collect();
    codes.sort_unstable();
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_32_units_and_each_has_a_name() {
        assert_eq!(Province::all().count(), 32);
        for unit in Province::all() {
            let (zh, en) = unit.county_code().name().expect("a unit has a name");
            assert!(!zh.is_empty() && !en.is_empty(), "{unit} has both names");
        }
        assert_eq!(NAMES[&440_000], ("广东省", "Guangdong"));
        assert_eq!(NAMES[&660_000].0, "新疆生产建设兵团");
    }

    #[test]
    fn every_line_of_the_list_of_areas_is_in_order_and_in_a_unit() {
        let codes: Vec<u32> = NAMES_TSV
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split('\t').next().and_then(|code| code.parse().ok()).expect("a code"))
            .collect();
        assert!(codes.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(codes.iter().all(|code| CountyCode::from_number(*code).is_ok()));
        assert_eq!(NAMES.len(), codes.len());
    }

    #[test]
    fn a_few_cities_have_no_counties() {
        let has_counties = |code: &str| code.parse::<CountyCode>().expect("a code").has_counties();
        for city in ["441900", "442000", "460400", "620200"] {
            assert!(!has_counties(city), "{city}");
        }
        for city in ["440100", "110100", "460200"] {
            assert!(has_counties(city), "{city}");
        }
        assert!(!has_counties("440106"), "a county is no city");
    }

    #[test]
    fn a_code_of_no_unit_is_refused() {
        for wrong in ["710000", "810000", "44", "4400000", "44000a", "004400", "+40000"] {
            assert!(wrong.parse::<Province>().is_err(), "{wrong}");
        }
        for wrong in ["440106", "710000000000", "4401060000000", "44010600000x", "000000000000"] {
            assert!(wrong.parse::<AreaCode>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_hall_lies_in_its_county_its_city_and_its_province_and_in_no_other() {
        let area = |text: &str| text.parse::<AreaCode>().expect("an area code");
        let street = area("440106001000");
        for wider in ["440106001000", "440106000000", "440100000000", "440000000000"] {
            assert!(street.lies_in(area(wider)), "{wider}");
        }
        for other in ["440106002000", "440105000000", "440300000000", "430000000000"] {
            assert!(!street.lies_in(area(other)), "{other}");
        }
        assert!(!area("440100000000").lies_in(street));
    }
}
