//! Days and months in China's time, and instants in seconds.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{self, Date};
use jiff::tz::{self, Offset};
use jiff::{Timestamp, ToSpan};

use crate::code::ParseError;

/// Asia/Shanghai. China has had no summer time since 1991, long before the first review.
pub const SHANGHAI: Offset = tz::offset(8);

/// The first day on which a service is accepted: the exchange of reviews began in December 2019.
const FIRST_DAY: Date = civil::date(2019, 12, 1);

/// The last day on which a service is accepted: its midnight still fits into 32 bits of seconds.
const LAST_DAY: Date = civil::date(2099, 12, 31);

/// The day on which a service was given, in China's time. It decides the month of its figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServedOn(Date);

impl ServedOn {
    /// The calendar date.
    pub fn date(self) -> Date {
        self.0
    }

    /// Days since 1970-01-01, as ClickHouse stores a `Date`.
    pub fn days_since_epoch(self) -> u16 {
        let days = self.0.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24;
        u16::try_from(days).expect("a day between 2019 and 2099 fits")
    }

    /// The day that is this many days after 1970-01-01.
    ///
    /// # Errors
    ///
    /// If the day is not from 2019-12-01 to 2099-12-31.
    pub fn from_days_since_epoch(days: u16) -> Result<Self, ParseError> {
        Self::try_from(Date::constant(1970, 1, 1) + i64::from(days).days())
    }

    /// The day in China at an instant.
    ///
    /// # Errors
    ///
    /// If the day is not from 2019-12-01 to 2099-12-31.
    pub fn at(instant: EpochSeconds) -> Result<Self, ParseError> {
        Self::try_from(SHANGHAI.to_datetime(instant.timestamp()).date())
    }

    /// The midnight in China with which the day begins.
    pub fn begins_at(self) -> EpochSeconds {
        let midnight = i64::from(self.days_since_epoch()) * 86_400 - i64::from(SHANGHAI.seconds());
        EpochSeconds(u32::try_from(midnight).expect("the last day begins before 2106"))
    }

    /// The month whose figures count the service.
    pub fn month(self) -> Month {
        Month { year: self.0.year(), month: self.0.month() }
    }
}

const NOT_A_DAY: ParseError = ParseError::new("a date yyyy-mm-dd from 2019-12-01 to 2099-12-31");

impl TryFrom<Date> for ServedOn {
    type Error = ParseError;

    fn try_from(date: Date) -> Result<Self, ParseError> {
        if (FIRST_DAY..=LAST_DAY).contains(&date) { Ok(Self(date)) } else { Err(NOT_A_DAY) }
    }
}

impl FromStr for ServedOn {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        if text.len() != 10 {
            return Err(NOT_A_DAY);
        }
        Self::try_from(text.parse::<Date>().map_err(|_| NOT_A_DAY)?)
    }
}

impl fmt::Display for ServedOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A month in China's time, `yyyy-mm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// The first day of the month.
    pub fn first_day(self) -> Date {
        civil::date(self.year, self.month, 1)
    }

    /// The first day of the month, as the day of a service.
    pub fn first_served_on(self) -> ServedOn {
        ServedOn(self.first_day())
    }

    /// The first day of the following month.
    pub fn end(self) -> Date {
        self.first_day() + 1.month()
    }

    /// The number of days in the month.
    pub fn days(self) -> i8 {
        self.first_day().days_in_month()
    }

    /// The month of a date.
    pub fn of(date: Date) -> Self {
        Self { year: date.year(), month: date.month() }
    }

    /// The digits `yyyymm` as one number, which is ClickHouse's name for a partition by `toYYYYMM`.
    pub fn number(self) -> u32 {
        u32::from(self.year.unsigned_abs()) * 100 + u32::from(self.month.unsigned_abs())
    }

    /// The month of a number, or `None` if services of that month would not be accepted.
    pub fn from_number(number: u32) -> Option<Self> {
        format!("{:04}-{:02}", number / 100, number % 100).parse().ok()
    }

    /// Months from `earlier` to `self`; negative if `earlier` is later.
    pub fn months_since(self, earlier: Self) -> i32 {
        let index = |month: Self| i32::from(month.year) * 12 + i32::from(month.month);
        index(self) - index(earlier)
    }
}

const NOT_A_MONTH: ParseError = ParseError::new("a month yyyy-mm, such as 2023-07");

impl FromStr for Month {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        if text.len() != 7 {
            return Err(NOT_A_MONTH);
        }
        let first_day: Date = format!("{text}-01").parse().map_err(|_| NOT_A_MONTH)?;
        ServedOn::try_from(first_day).map_err(|_| NOT_A_MONTH)?;
        Ok(Self::of(first_day))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// An instant in whole seconds since 1970-01-01T00:00:00Z, as ClickHouse stores a `DateTime`. Its
/// text form is in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpochSeconds(u32);

impl EpochSeconds {
    /// The count of seconds.
    pub fn get(self) -> u32 {
        self.0
    }

    /// The instant that is this many seconds after 1970-01-01T00:00:00Z.
    pub fn new(seconds: u32) -> Self {
        Self(seconds)
    }

    /// The same instant as a type of jiff.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_second(i64::from(self.0)).expect("every count of 32 bits is an instant")
    }

    /// `seconds` later, or the last instant that fits.
    pub fn saturating_add(self, seconds: u32) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// `seconds` earlier, or the first instant that fits.
    pub fn saturating_sub(self, seconds: u32) -> Self {
        Self(self.0.saturating_sub(seconds))
    }
}

const NOT_AN_INSTANT: ParseError =
    ParseError::new("an RFC 3339 time with an offset, such as 2023-07-05T10:11:12+08:00");

/// The first instant that is refused: the schemas allow no year after 2099.
const END: EpochSeconds = EpochSeconds(4_102_444_800); // 2100-01-01T00:00:00Z

/// Seconds in a day of UTC. A leap second is inserted only at its end.
const SECONDS_OF_DAY: u32 = 86_400;

/// Whether a text has the one form that we accept for an instant: `2023-07-05T10:11:12`, an
/// optional fraction of one to nine digits, then `Z` or an offset. RFC 3339 and its relatives allow
/// many other forms, and every parser knows only some of them. A leap second is written as 60 and
/// read as the second before it.
fn is_instant(text: &str) -> bool {
    const SECONDS: &[u8] = b"0000-00-00T00:00:00";
    let is_like = |text: &[u8], form: &[u8]| {
        text.len() == form.len()
            && text.iter().zip(form).all(|(byte, like)| match like {
                b'0' => byte.is_ascii_digit(),
                other => byte == other,
            })
    };
    let Some((seconds, rest)) = text.as_bytes().split_at_checked(SECONDS.len()) else {
        return false;
    };
    let fraction = match rest.strip_prefix(b".") {
        Some(rest) => 1 + rest.iter().take_while(|byte| byte.is_ascii_digit()).count(),
        None => 0,
    };
    let offset = &rest[fraction..];
    is_like(seconds, SECONDS)
        && seconds < b"2100"
        && (seconds[17] < b'6' || &seconds[17..] == b"60")
        && fraction != 1
        && fraction <= 10
        && (offset == b"Z"
            || (is_like(offset, b"+00:00") || is_like(offset, b"-00:00")) && &offset[1..3] < b"24")
}

/// Drops the fraction of a second.
impl TryFrom<Timestamp> for EpochSeconds {
    type Error = ParseError;

    fn try_from(timestamp: Timestamp) -> Result<Self, ParseError> {
        u32::try_from(timestamp.as_second()).map(Self).map_err(|_| NOT_AN_INSTANT)
    }
}

impl FromStr for EpochSeconds {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        if !is_instant(text) {
            return Err(NOT_AN_INSTANT);
        }
        let timestamp: Timestamp = text.parse().map_err(|_| NOT_AN_INSTANT)?;
        let at = Self::try_from(timestamp)?;
        let is_leap_second = text.get(17..19) == Some("60");
        if at >= END || (is_leap_second && at.0 % SECONDS_OF_DAY != SECONDS_OF_DAY - 1) {
            return Err(NOT_AN_INSTANT);
        }
        Ok(at)
    }
}

impl fmt::Display for EpochSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_before_midnight_in_china_is_the_last_day_of_the_month() {
        let instant: EpochSeconds = "2023-07-31T15:59:00Z".parse().expect("an instant");
        let day = ServedOn::at(instant).expect("a day");
        assert_eq!(day.to_string(), "2023-07-31");
        let next = ServedOn::at(instant.saturating_add(60)).expect("a day");
        assert_eq!(
            (next.to_string(), next.month().to_string()),
            ("2023-08-01".into(), "2023-08".into())
        );
        assert_eq!(next.begins_at(), instant.saturating_add(60));
    }

    #[test]
    fn a_month_has_a_number_and_some_numbers_have_none() {
        let month: Month = "2023-07".parse().expect("a month");
        assert_eq!((month.number(), Month::from_number(202_307)), (202_307, Some(month)));
        for wrong in [0, 197_001, 202_300, 202_313, 20_230_701, u32::MAX] {
            assert_eq!(Month::from_number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn days_and_instants_are_read_as_they_are_written() {
        let day: ServedOn = "2024-02-29".parse().expect("a leap day");
        assert_eq!(ServedOn::from_days_since_epoch(day.days_since_epoch()), Ok(day));
        let instant: EpochSeconds = "2023-07-05T10:11:12.9+08:00".parse().expect("an instant");
        assert_eq!(instant.to_string(), "2023-07-05T02:11:12Z");
        for wrong in ["2023-02-29", "2019-11-30", "2023-7-5", "20230705", "2100-01-01"] {
            assert!(wrong.parse::<ServedOn>().is_err(), "{wrong}");
        }
        for wrong in [
            "2023-07-05 10:11:12Z",
            "2023-07-05t10:11:12z",
            "20230705T101112Z",
            "2023-07-05T10:11Z",
            "2023-07-05T10:11:12",
            "2023-07-05T10:11:12.Z",
            "2023-07-05T10:11:12.1234567890Z",
            "2023-07-05T10:11:12,5Z",
            "2023-07-05T10:11:12+0800",
            "2023-07-05T10:11:12+24:00",
            "2023-07-05T10:11:12+08:00[Asia/Shanghai]",
            "2023-06-30T23:59:61Z",
            "+002023-07-05T10:11:12Z",
            "2099-12-31T23:00:00-05:00",
            "2100-01-01T01:00:00+08:00",
            "２023-07-05T10:11:12Z",
        ] {
            assert!(wrong.parse::<EpochSeconds>().is_err(), "{wrong}");
        }
        let leap = ["2023-07-01T07:59:60+08:00", "2023-06-30T23:59:59Z"];
        let [leap, last] = leap.map(str::parse::<EpochSeconds>);
        assert!(leap.is_ok() && leap == last, "a leap second is the last of its minute");
        for wrong in ["2023-13", "2023-7", "2019-11", "2023-07-01", "x"] {
            assert!(wrong.parse::<Month>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_day_that_is_accepted_begins_at_an_instant() {
        for day in [FIRST_DAY, LAST_DAY] {
            let day = ServedOn::try_from(day).expect("it is accepted");
            assert_eq!(ServedOn::at(day.begins_at()), Ok(day));
        }
    }

    #[test]
    fn months_are_counted_over_the_turn_of_a_year() {
        let month = |text: &str| text.parse::<Month>().expect("a month");
        assert_eq!(month("2024-02").months_since(month("2023-11")), 3);
        assert_eq!(month("2023-12").end(), month("2024-01").first_day());
    }
}
