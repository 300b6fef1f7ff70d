//! Formats numbers and dates for people.
//!
//! One rule for every rate: it is rounded half away from zero, and never so that some become none or
//! almost all become all. What would be rounded to 0 or to the whole is written with `<` or `>`.

use domain::calendar::SHANGHAI;
use domain::{CountyCode, EpochSeconds, Month, Province, Rate};

use crate::model::Row;
use crate::name::Name;
use crate::resource::Language;

impl Language {
    /// The one of two texts that is in this language: Chinese, English.
    pub(crate) fn of<T>(self, (zh, en): (T, T)) -> T {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    /// For the attribute `lang`.
    pub(crate) fn tag(self) -> &'static str {
        self.of(("zh-CN", "en"))
    }

    pub(crate) fn other(self) -> Self {
        self.of((Self::En, Self::Zh))
    }

    /// The end of an address that leads to this language; Chinese needs none.
    pub(crate) fn query(self, first: bool) -> &'static str {
        match (self, first) {
            (Self::Zh, _) => "",
            (Self::En, true) => "?lang=en",
            (Self::En, false) => "&lang=en",
        }
    }

    /// A name in this language, or in Chinese where there is no other.
    pub(crate) fn name(self, name: &Name) -> &str {
        match (self, &name.en) {
            (Self::En, Some(en)) => en,
            _ => &name.zh,
        }
    }
}

/// With a comma after every third digit from the right.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How a rate is written: what all is, in units of the last decimal, and how many decimals there are.
#[derive(Clone, Copy)]
struct Scale {
    all: u128,
    decimals: usize,
}

const PERCENT: Scale = Scale { all: 100_000, decimals: 3 };
const PER_MILLION: Scale = Scale { all: 10_000_000, decimals: 1 };

impl Scale {
    fn write(self, rate: Rate) -> Option<String> {
        let (numerator, denominator) = (u128::from(rate.numerator), u128::from(rate.denominator));
        let halves = 2 * numerator * self.all + denominator;
        let (sign, units) = match halves.checked_div(2 * denominator)? {
            0 if numerator > 0 => ("<", 1),
            units if units >= self.all && numerator < denominator => (">", self.all - 1),
            units => ("", units),
        };
        let one = 10_u128.pow(u32::try_from(self.decimals).expect("a few decimals"));
        let whole = thousands(u64::try_from(units / one).expect("a share of at most a million"));
        let decimals = self.decimals;
        Some(format!("{sign}{whole}.{:0decimals$}", units % one))
    }
}

/// A share in per cent with three decimals; nothing of nothing.
pub(crate) fn percent(rate: Rate) -> Option<String> {
    PERCENT.write(rate).map(|share| share + "%")
}

/// How many of a million, with one decimal; nothing of nothing.
pub(crate) fn per_million(rate: Rate) -> Option<String> {
    PER_MILLION.write(rate)
}

/// The 95 % interval of a rate as how many of a million; nothing of nothing.
pub(crate) fn interval_per_million(rate: Rate) -> Option<String> {
    let (low, high) = rate.interval()?;
    Some(format!("{}–{}", whole_per_million(low), whole_per_million(high)))
}

/// The 95 % interval of a rate in per cent; nothing of nothing.
pub(crate) fn interval_percent(rate: Rate) -> Option<String> {
    let (low, high) = rate.interval()?;
    Some(format!("{}–{}", thousandths_of_percent(low), thousandths_of_percent(high)))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an end of an interval lies between 0 and 1"
)]
fn thousandths_of_percent(share: f64) -> String {
    match (share * 1e5).round() as u64 {
        0 if share > 0.0 => "<0.001%".into(),
        100_000 if share < 1.0 => ">99.999%".into(),
        units => format!("{}.{:03}%", units / 1_000, units % 1_000),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an end of an interval lies between 0 and 1"
)]
fn whole_per_million(share: f64) -> String {
    match (share * 1e6).round() as u64 {
        0 if share > 0.0 => "<1".into(),
        1_000_000 if share < 1.0 => ">999,999".into(),
        whole => thousands(whole),
    }
}

/// Two counts of which one is a part of the other, where there are too few for a rate: 2 / 31条.
pub(crate) fn counts(rate: Rate, language: Language) -> String {
    let (part, all) = (thousands(rate.numerator), thousands(rate.denominator));
    language.of((format!("{part} / {all}条"), format!("{part} of {all}")))
}

/// What `write` makes of a rate that tells something, else the counts; nothing of nothing.
pub(crate) fn rate_or_counts(
    rate: Rate,
    write: fn(Rate) -> Option<String>,
    language: Language,
) -> Option<String> {
    if rate.denominator > 0 && !rate.is_telling() {
        Some(counts(rate, language))
    } else {
        write(rate)
    }
}

/// A share of all, or nothing where there are too few for a rate.
pub(crate) fn share(number: u64, all: u64) -> Option<String> {
    let rate = Rate { numerator: number, denominator: all };
    percent(rate).filter(|_| rate.is_telling())
}

/// A share of all in a sentence, or the counts where there are too few for a rate.
pub(crate) fn share_or_counts(number: u64, all: u64, language: Language) -> String {
    let rate = Rate { numerator: number, denominator: all };
    share(number, all).unwrap_or_else(|| counts(rate, language))
}

/// A number and its share in brackets; of nothing and of too few there is no share.
pub(crate) fn with_share(number: u64, all: u64, language: Language) -> String {
    let number_words = thousands(number);
    match share(number, all) {
        Some(share) => {
            language.of((format!("{number_words}（{share}）"), format!("{number_words} ({share})")))
        }
        None => number_words,
    }
}

/// 2023年7月, July 2023.
pub(crate) fn month(month: Month, language: Language) -> String {
    let first = month.first_day();
    match language {
        Language::Zh => format!("{}年{}月", first.year(), first.month()),
        Language::En => first.strftime("%B %Y").to_string(),
    }
}

/// An instant in China's time, to the minute.
pub(crate) fn instant(at: EpochSeconds, language: Language) -> String {
    let time = SHANGHAI.to_datetime(at.timestamp()).strftime("%Y-%m-%d %H:%M");
    language.of((format!("北京时间 {time}"), format!("{time} Beijing time")))
}

pub(crate) fn province(province: Province, language: Language) -> &'static str {
    let name = province.county_code().name();
    language.of(name.expect("a test of the list of areas finds every unit"))
}

/// What an area is called as a row of a table. What the bodies of a province or a city serve by
/// themselves (本级) never has the name of the whole province or city.
pub(crate) fn area(row: &Row, language: Language) -> String {
    row.full_name().map_or_else(|| row.code.clone(), |name| language.name(&name).to_owned())
}

/// What an area is called as a line of a chart, which has less room: what bodies serve by themselves
/// would read as the whole place if the end of its name were missing.
pub(crate) fn area_in_chart(row: &Row, language: Language) -> String {
    let own = row.area.filter(|area| area.is_own && language == Language::En);
    match own.map(|area| area.parent) {
        Some(place) if place == place.province().county_code() => "Province's own bodies".into(),
        Some(_) => "City's own bodies".into(),
        None => area(row, language),
    }
}

/// The name of an area, or its code.
pub(crate) fn area_name(area: CountyCode, language: Language) -> String {
    area.name().map_or_else(|| area.to_string(), |name| language.of(name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(numerator: u64, denominator: u64) -> Rate {
        Rate { numerator, denominator }
    }

    #[test]
    fn digits_are_grouped_by_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (13_461_728, "13,461,728")]
        {
            assert_eq!(thousands(number), text);
        }
    }

    #[test]
    fn rates_are_rounded_and_almost_all_is_not_all_and_hardly_any_is_not_none() {
        for (of, text) in [
            (rate(13_460_453, 13_461_728), Some("99.991%")),
            (rate(13_461_727, 13_461_728), Some(">99.999%")),
            (rate(25_852, 25_852), Some("100.000%")),
            (rate(2, 3), Some("66.667%")),
            (rate(1, 200_000), Some("0.001%")),
            (rate(1, 200_001), Some("<0.001%")),
            (rate(0, 5), Some("0.000%")),
            (rate(0, 0), None),
            (rate(u64::MAX - 1, u64::MAX), Some(">99.999%")),
        ] {
            assert_eq!(percent(of).as_deref(), text, "{of:?}");
        }
        for (of, text) in [
            (rate(1_275, 13_461_728), Some("94.7")),
            (rate(1, 30_000_000), Some("<0.1")),
            (rate(1, 20_000_000), Some("0.1")),
            (rate(3, 1_000), Some("3,000.0")),
            (rate(29_999_999, 30_000_000), Some(">999,999.9")),
            (rate(0, 7), Some("0.0")),
            (rate(0, 0), None),
        ] {
            assert_eq!(per_million(of).as_deref(), text, "{of:?}");
        }
    }

    #[test]
    fn an_interval_never_ends_at_a_false_zero_or_at_a_false_whole() {
        for (of, text) in [
            (rate(1_275, 13_461_728), Some("90–100")),
            (rate(0, 1_000), Some("0–3,827")),
            (rate(1, 40_000_000), Some("<1–<1")),
            (rate(39_999_999, 40_000_000), Some(">999,999–>999,999")),
            (rate(0, 0), None),
        ] {
            assert_eq!(interval_per_million(of).as_deref(), text, "{of:?}");
        }
        for (of, text) in [
            (rate(13_460_453, 13_461_728), Some("99.990%–99.991%")),
            (rate(1_000, 1_000), Some("99.617%–100.000%")),
            (rate(1, 40_000_000), Some("<0.001%–<0.001%")),
            (rate(39_999_999, 40_000_000), Some(">99.999%–>99.999%")),
            (rate(0, 0), None),
        ] {
            assert_eq!(interval_percent(of).as_deref(), text, "{of:?}");
        }
    }

    #[test]
    fn a_rate_of_too_few_is_written_as_counts() {
        let written = |of, language| rate_or_counts(of, per_million, language);
        assert_eq!(written(rate(2, 31), Language::Zh).as_deref(), Some("2 / 31条"));
        assert_eq!(written(rate(2, 31), Language::En).as_deref(), Some("2 of 31"));
        assert_eq!(written(rate(2, 1_000), Language::Zh).as_deref(), Some("2,000.0"));
        assert_eq!(written(rate(0, 0), Language::Zh), None);
    }

    #[test]
    fn a_share_stands_in_the_brackets_of_its_language() {
        assert_eq!(with_share(1_275, 2_550, Language::Zh), "1,275（50.000%）");
        assert_eq!(with_share(1_275, 2_550, Language::En), "1,275 (50.000%)");
        assert_eq!(with_share(0, 0, Language::Zh), "0");
        assert_eq!(with_share(20, 31, Language::Zh), "20", "too few for a share");
        assert_eq!(share_or_counts(20, 31, Language::En), "20 of 31");
    }

    #[test]
    fn instants_are_those_of_chinas_clocks() {
        let at = "2023-08-13T16:00:30Z".parse().expect("an instant");
        assert_eq!(instant(at, Language::Zh), "北京时间 2023-08-14 00:00");
        assert_eq!(instant(at, Language::En), "2023-08-14 00:00 Beijing time");
    }

    #[test]
    fn months_are_written_as_people_write_them() {
        let july = "2023-07".parse().expect("a month");
        assert_eq!(month(july, Language::Zh), "2023年7月");
        assert_eq!(month(july, Language::En), "July 2023");
    }
}
