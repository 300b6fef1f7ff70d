//! Formats numbers and dates for people.
//!
//! Rates are truncated and never rounded up: 99.9999 % is not 100 %. A value above zero is never
//! shown as zero.

use domain::calendar::SHANGHAI;
use domain::{CountyCode, EpochSeconds, Month, Province, Rate};

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

const THOUSANDTHS_OF_A_PERCENT: u128 = 100_000;

/// A share in per cent, cut off after three decimals; nothing of nothing.
pub(crate) fn percent(rate: Rate) -> Option<String> {
    let (numerator, denominator) = (u128::from(rate.numerator), u128::from(rate.denominator));
    let share = (numerator * THOUSANDTHS_OF_A_PERCENT).checked_div(denominator)?;
    Some(match share {
        0 if numerator > 0 => "<0.001%".into(),
        _ => format!("{}.{:03}%", share / 1_000, share % 1_000),
    })
}

/// A number and its share in brackets; of nothing there is no share.
pub(crate) fn with_share(number: u64, all: u64, language: Language) -> String {
    let number_words = thousands(number);
    match percent(Rate { numerator: number, denominator: all }) {
        Some(share) => {
            language.of((format!("{number_words}（{share}）"), format!("{number_words} ({share})")))
        }
        None => number_words,
    }
}

/// How many of a million, rounded to one decimal; nothing of nothing.
pub(crate) fn per_million(rate: Rate) -> Option<String> {
    let (numerator, denominator) = (u128::from(rate.numerator), u128::from(rate.denominator));
    let tenths = (numerator * 10_000_000 + denominator / 2).checked_div(denominator)?;
    Some(match tenths {
        0 if numerator > 0 => "<0.1".into(),
        _ => {
            let whole = u64::try_from(tenths / 10).expect("at most a million of a million");
            format!("{}.{}", thousands(whole), tenths % 10)
        }
    })
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

/// What an area is called as a row of a table. What a province or a city serves by itself stands
/// beside its cities or counties.
pub(crate) fn area(code: &str, name: Option<&Name>, own: bool, language: Language) -> String {
    match name {
        Some(name) if own => {
            format!("{}{}", language.name(name), language.of(("（本级）", " (own bodies)")))
        }
        Some(name) => language.name(name).to_owned(),
        None => code.to_owned(),
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
    fn almost_all_is_not_all_and_hardly_any_is_not_none() {
        for (of, text) in [
            (rate(13_460_453, 13_461_728), Some("99.990%")),
            (rate(13_461_727, 13_461_728), Some("99.999%")),
            (rate(25_852, 25_852), Some("100.000%")),
            (rate(2, 3), Some("66.666%")),
            (rate(1, 13_461_728), Some("<0.001%")),
            (rate(0, 5), Some("0.000%")),
            (rate(0, 0), None),
            (rate(u64::MAX - 1, u64::MAX), Some("99.999%")),
        ] {
            assert_eq!(percent(of).as_deref(), text, "{of:?}");
        }
        for (of, text) in [
            (rate(1_275, 13_461_728), Some("94.7")),
            (rate(1, 30_000_000), Some("<0.1")),
            (rate(3, 1_000), Some("3,000.0")),
            (rate(0, 7), Some("0.0")),
            (rate(0, 0), None),
        ] {
            assert_eq!(per_million(of).as_deref(), text, "{of:?}");
        }
    }

    #[test]
    fn a_share_stands_in_the_brackets_of_its_language() {
        assert_eq!(with_share(1_275, 2_550, Language::Zh), "1,275（50.000%）");
        assert_eq!(with_share(1_275, 2_550, Language::En), "1,275 (50.000%)");
        assert_eq!(with_share(0, 0, Language::Zh), "0");
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
