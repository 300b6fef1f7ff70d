//! A month as its publisher published it: one JSON file for each province and month.

use std::collections::BTreeMap;

use domain::{Channel, Level, Month, Province};
use serde::Deserialize;

use crate::rounds::SERVICES_PER_CASE_MAX;

/// The figures of a published month, in this project's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The publisher's title.
    pub title: Option<String>,
    /// The province-level unit.
    pub province: Province,
    /// The month in China's time.
    pub month: Month,
    /// Cases handled (办件数).
    pub cases: u64,
    /// All reviews received, by channel.
    pub reviews_by_channel: BTreeMap<Channel, u64>,
    /// Reviews that the publisher considers valid, by level.
    pub reviews_by_level: BTreeMap<Level, u64>,
    /// The reviews of each level that a system wrote. Absent if the publisher does not say.
    pub defaults_by_level: Option<BTreeMap<Level, u64>>,
    /// The counts of the most frequent tags of bad reviews, the most frequent first. Absent if the
    /// publisher does not say.
    pub top_bad_tag_counts: Option<Vec<u64>>,
}

/// Why a file is not a published month.
#[derive(Debug, thiserror::Error)]
pub enum PublishedError {
    /// Not JSON, or a field that is missing or of another type.
    #[error("failed to read the published month")]
    Json(#[from] serde_json::Error),
    /// A field with an invalid value.
    #[error("{field}: {detail}")]
    Field {
        /// The field, with the entry if it is a table.
        field: String,
        /// What is wrong.
        detail: String,
    },
}

/// The file, before it is checked.
#[derive(Deserialize)]
struct File {
    title: Option<String>,
    province: String,
    month: String,
    cases: u64,
    reviews_total: u64,
    reviews_by_channel: BTreeMap<String, u64>,
    reviews_by_level: BTreeMap<String, u64>,
    reviews_default_by_level: Option<BTreeMap<String, u64>>,
    top_bad_tag_counts: Option<Vec<u64>>,
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

/// Fields of the format that are not used.
const NOT_USED: [&str; 4] =
    ["publisher", "bad_review_tickets", "rectified_in_time_rate", "average_score_of_10"];

impl Published {
    /// Reads a file. Returns the month and the names of the fields that the format does not have,
    /// which were ignored.
    ///
    /// # Errors
    ///
    /// If a field is missing or wrong, or the tables contradict each other.
    pub fn parse(json: &[u8]) -> Result<(Self, Vec<String>), PublishedError> {
        let file: File = serde_json::from_slice(json)?;
        let unknown = file.others.into_keys();
        let unknown = unknown
            .filter(|field| !field.ends_with("_note") && !NOT_USED.contains(&field.as_str()))
            .collect();
        let parsed = Self {
            title: file.title,
            province: file.province.parse().map_err(|error| wrong("province", &error))?,
            month: file.month.parse().map_err(|error| wrong("month", &error))?,
            cases: check_count("cases", file.cases)?,
            reviews_by_channel: channels(file.reviews_by_channel)?,
            reviews_by_level: levels("reviews_by_level", file.reviews_by_level)?,
            defaults_by_level: file
                .reviews_default_by_level
                .map(|table| levels("reviews_default_by_level", table))
                .transpose()?,
            top_bad_tag_counts: file.top_bad_tag_counts,
        };
        if parsed.reviews_total() != file.reviews_total {
            let detail =
                format!("must be the sum of reviews_by_channel, {}", parsed.reviews_total());
            return Err(wrong("reviews_total", &detail));
        }
        parsed.check()?;
        Ok((parsed, unknown))
    }

    /// All reviews received.
    pub fn reviews_total(&self) -> u64 {
        self.reviews_by_channel.values().sum()
    }

    /// The number of reviews that the publisher considers valid.
    pub fn reviews_valid(&self) -> u64 {
        self.reviews_by_level.values().sum()
    }

    /// Checks the conditions under which events can add up to the tables.
    pub(crate) fn check(&self) -> Result<(), PublishedError> {
        if self.month.first_day().year() > 2100 {
            return Err(wrong("month", &"must be before 2101"));
        }
        if self.reviews_valid() > self.reviews_total() {
            return Err(wrong("reviews_by_level", &"must not add up to more than reviews_total"));
        }
        if self.reviews_total() > self.cases.saturating_mul(SERVICES_PER_CASE_MAX) {
            return Err(wrong("cases", &"are too few: a case has at most 99 services"));
        }
        for (level, count) in self.defaults_by_level.iter().flatten() {
            let of_level = self.reviews_by_level.get(level).copied().unwrap_or(0);
            let field = format!("reviews_default_by_level/{level}");
            if *count > of_level {
                return Err(wrong(&field, &"must not exceed all reviews of the level"));
            }
            if *count > 0 && level.is_bad() {
                return Err(wrong(&field, &"must be 0: a system never writes a bad review"));
            }
        }
        Ok(())
    }
}

fn wrong(field: &str, detail: &impl ToString) -> PublishedError {
    PublishedError::Field { field: field.to_owned(), detail: detail.to_string() }
}

/// Below this limit, counts stay exact when they are scaled, and their sums cannot overflow.
fn check_count(field: &str, count: u64) -> Result<u64, PublishedError> {
    if count < 1 << 53 { Ok(count) } else { Err(wrong(field, &"must be less than 2^53")) }
}

/// Translates Guangdong's own names of channels (粤省事, 粤商通) into ours.
fn channels(table: BTreeMap<String, u64>) -> Result<BTreeMap<Channel, u64>, PublishedError> {
    let mut channels = BTreeMap::new();
    for (name, count) in table {
        let field = format!("reviews_by_channel/{name}");
        let channel = match name.as_str() {
            "yueshengshi_mini_program" => Channel::MiniProgram,
            "yueshangtong_app" => Channel::BusinessApp,
            ours => ours.parse().map_err(|error| wrong(&field, &error))?,
        };
        *channels.entry(channel).or_default() += check_count(&field, count)?;
    }
    Ok(channels)
}

fn levels(
    table_name: &str,
    table: BTreeMap<String, u64>,
) -> Result<BTreeMap<Level, u64>, PublishedError> {
    let level = |(name, count): (String, u64)| {
        let field = format!("{table_name}/{name}");
        let level = name.parse().map_err(|error| wrong(&field, &error))?;
        Ok((level, check_count(&field, count)?))
    };
    table.into_iter().map(level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUANGDONG: &str = include_str!("../months/guangdong-2023-07.json");
    const ILLUSTRATION: &str = include_str!("../months/guangdong-2020-01-illustration.json");

    #[test]
    fn the_example_months_are_read_whole() {
        let (month, unknown) = Published::parse(GUANGDONG.as_bytes()).expect("a month");
        assert_eq!(unknown, Vec::<String>::new());
        assert_eq!(month.province.to_string(), "440000");
        assert_eq!(month.month.to_string(), "2023-07");
        assert_eq!((month.reviews_total(), month.reviews_valid()), (13_879_360, 13_461_728));
        assert_eq!(month.reviews_by_channel[&Channel::BusinessApp], 151);
        assert_eq!(month.reviews_by_channel[&Channel::MiniProgram], 93_099);
        assert_eq!(month.defaults_by_level, None);

        let (month, unknown) = Published::parse(ILLUSTRATION.as_bytes()).expect("a month");
        assert_eq!(unknown, Vec::<String>::new());
        let default = month.defaults_by_level.as_ref().expect("given")[&Level::BasicallySatisfied];
        assert_eq!(default * 100, month.reviews_valid() * 77);
    }

    #[test]
    fn a_field_that_the_format_does_not_have_is_named() {
        let json = GUANGDONG.replacen("\"publisher\"", "\"publishers\"", 1);
        let (_, unknown) = Published::parse(json.as_bytes()).expect("a month");
        assert_eq!(unknown, ["publishers"]);
    }

    #[test]
    fn tables_that_contradict_each_other_are_refused() {
        let refusal = |from: &str, to: &str| {
            let json = ILLUSTRATION.replacen(from, to, 1);
            assert_ne!(json, ILLUSTRATION);
            Published::parse(json.as_bytes()).expect_err("a contradiction").to_string()
        };
        assert_eq!(
            refusal("\"hall\": 1185370", "\"hall\": 1185371"),
            "reviews_total: must be the sum of reviews_by_channel, 1846201"
        );
        assert_eq!(
            refusal("\"hall\": 1185370", "\"hall\": 9007199254740992"),
            "reviews_by_channel/hall: must be less than 2^53"
        );
        assert_eq!(
            refusal("\"hall\"", "\"window\""),
            "reviews_by_channel/window: expected the name of a channel, such as hall or pc_portal"
        );
        assert_eq!(
            refusal("\"very_satisfied\": 389466", "\"very_satisfied\": 435667"),
            "reviews_by_level: must not add up to more than reviews_total"
        );
        assert_eq!(
            refusal("\"cases\": 1386000", "\"cases\": 18000"),
            "cases: are too few: a case has at most 99 services"
        );
        assert_eq!(
            refusal("\"basically_satisfied\": 1386000", "\"basically_satisfied\": 1394641"),
            "reviews_default_by_level/basically_satisfied: must not exceed all reviews of the level"
        );
        assert_eq!(
            refusal("\"basically_satisfied\": 1386000", "\"dissatisfied\": 1"),
            "reviews_default_by_level/dissatisfied: must be 0: a system never writes a bad review"
        );
        assert_eq!(
            refusal("2020-01\"", "2020-13\""),
            "month: expected a month yyyy-mm, such as 2023-07"
        );
    }
}
