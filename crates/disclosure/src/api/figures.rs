//! `GET /v1/provinces/{code}/months/{month}`.

use domain::{COUNTING_RULE, Month, Province};
use serde::Serialize;

use super::csv::{self, Column, known};
use super::{PROVISIONAL, ProvinceBody, to_json};
use crate::answer::Answer;
use crate::figures::{Cut, Figures};
use crate::name::Name;

#[derive(Serialize)]
struct Body<'a> {
    province: ProvinceBody,
    month: String,
    status: &'static str,
    rule: u16,
    total: &'a Cut,
    channel_groups: Vec<OfGroup<'a>>,
    channels: Vec<OfChannel<'a>>,
}

#[derive(Serialize)]
struct OfGroup<'a> {
    group: &'static str,
    name: Name,
    figures: &'a Cut,
}

#[derive(Serialize)]
struct OfChannel<'a> {
    channel: &'static str,
    group: &'static str,
    name: Name,
    figures: &'a Cut,
}

pub(crate) fn json(province: Province, month: Month, figures: &Figures) -> Answer {
    let groups = figures.groups.iter().map(|(group, figures)| OfGroup {
        group: group.into(),
        name: group.name().into(),
        figures,
    });
    let channels = figures.channels.iter().map(|(channel, figures)| OfChannel {
        channel: channel.into(),
        group: channel.group().into(),
        name: channel.name().into(),
        figures,
    });
    to_json(&Body {
        province: province.into(),
        month: month.to_string(),
        status: PROVISIONAL,
        rule: COUNTING_RULE,
        total: &figures.total,
        channel_groups: groups.collect(),
        channels: channels.collect(),
    })
}

/// A line: the cut that it is of, and the figures.
struct Line<'a> {
    province: Province,
    month: Month,
    cut: &'static str,
    code: &'static str,
    name: (&'static str, &'static str),
    figures: &'a Cut,
}

fn columns<'a>() -> [Column<Line<'a>>; 33] {
    [
        ("province", |line| line.province.to_string()),
        ("month", |line| line.month.to_string()),
        ("status", |_| PROVISIONAL.into()),
        ("rule", |_| COUNTING_RULE.to_string()),
        ("cut", |line| line.cut.into()),
        ("code", |line| line.code.into()),
        ("name_zh", |line| line.name.0.into()),
        ("name_en", |line| line.name.1.into()),
        ("cases", |line| known(line.figures.cases)),
        ("services", |line| line.figures.services.to_string()),
        ("unreviewed_services", |line| known(line.figures.unreviewed_services)),
        ("reviews_counted", |line| line.figures.reviews.counted.to_string()),
        ("reviews_active", |line| line.figures.reviews.active.to_string()),
        ("reviews_default", |line| line.figures.reviews.default.to_string()),
        ("set_aside", |line| line.figures.set_aside.to_string()),
        ("very_satisfied", |line| line.figures.levels.very_satisfied.to_string()),
        ("satisfied", |line| line.figures.levels.satisfied.to_string()),
        ("basically_satisfied", |line| line.figures.levels.basically_satisfied.to_string()),
        ("dissatisfied", |line| line.figures.levels.dissatisfied.to_string()),
        ("very_dissatisfied", |line| line.figures.levels.very_dissatisfied.to_string()),
        ("active_very_satisfied", |line| line.figures.active_levels.very_satisfied.to_string()),
        ("active_satisfied", |line| line.figures.active_levels.satisfied.to_string()),
        ("active_basically_satisfied", |line| {
            line.figures.active_levels.basically_satisfied.to_string()
        }),
        ("active_dissatisfied", |line| line.figures.active_levels.dissatisfied.to_string()),
        ("active_very_dissatisfied", |line| {
            line.figures.active_levels.very_dissatisfied.to_string()
        }),
        ("bad_reviews_received", |line| line.figures.bad_reviews_received.to_string()),
        ("satisfaction_numerator", |line| line.figures.satisfaction.numerator.to_string()),
        ("satisfaction_denominator", |line| line.figures.satisfaction.denominator.to_string()),
        ("satisfaction_rate", |line| known(line.figures.satisfaction.rate)),
        ("active_satisfaction_numerator", |line| {
            line.figures.active_satisfaction.numerator.to_string()
        }),
        ("active_satisfaction_denominator", |line| {
            line.figures.active_satisfaction.denominator.to_string()
        }),
        ("active_satisfaction_rate", |line| known(line.figures.active_satisfaction.rate)),
        ("bad_reviews_per_million", |line| known(line.figures.bad_reviews_per_million)),
    ]
}

/// One line for the whole month, each group and each channel.
pub(crate) fn csv(province: Province, month: Month, figures: &Figures) -> Answer {
    let line = |cut, code, name, figures| Line { province, month, cut, code, name, figures };
    let total = line("total", "", ("", ""), &figures.total);
    let groups = (figures.groups.iter())
        .map(|(group, figures)| line("group", group.into(), group.name(), figures));
    let channels = (figures.channels.iter())
        .map(|(channel, figures)| line("channel", channel.into(), channel.name(), figures));
    let lines = std::iter::once(total).chain(groups).chain(channels);
    csv::table(&columns(), lines, format!("{province}-{month}.csv"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures;

    /// One channel with reviews, and a month of which no cases were counted yet.
    fn small() -> Figures {
        let month: Month = "2023-07".parse().expect("a month");
        let counts = figures::ServedMonth {
            services: 4,
            unreviewed: 1,
            services_by_channel: vec![(7, 4)],
            // In the hall, in the same month: two very satisfied, one dissatisfied.
            reviews: vec![(7 << 3 | 5, 2), (7 << 3 | 2, 1)],
            set_aside: vec![],
        };
        figures::figures(month, &counts, &[], None).expect("known keys")
    }

    fn place() -> (Province, Month) {
        ("440000".parse().expect("a province"), "2023-07".parse().expect("a month"))
    }

    #[test]
    fn what_is_not_known_is_null_in_json() {
        let (province, month) = place();
        let answer = json(province, month, &small());
        let body: serde_json::Value = serde_json::from_slice(answer.body()).expect("JSON");
        insta::assert_json_snapshot!(body["total"], @r#"
        {
          "active_levels": {
            "basically_satisfied": 0,
            "dissatisfied": 1,
            "satisfied": 0,
            "very_dissatisfied": 0,
            "very_satisfied": 2
          },
          "active_satisfaction": {
            "denominator": 3,
            "numerator": 2,
            "rate": 0.6666666666666666
          },
          "bad_reviews_per_million": 333333.3333333333,
          "bad_reviews_received": 1,
          "cases": null,
          "levels": {
            "basically_satisfied": 0,
            "dissatisfied": 1,
            "satisfied": 0,
            "very_dissatisfied": 0,
            "very_satisfied": 2
          },
          "reviews": {
            "active": 3,
            "counted": 3,
            "default": 0
          },
          "satisfaction": {
            "denominator": 3,
            "numerator": 2,
            "rate": 0.6666666666666666
          },
          "services": 4,
          "set_aside": 0,
          "unreviewed_services": 1
        }
        "#);
        insta::assert_json_snapshot!(body["channels"][9]["figures"]["satisfaction"], @r#"
        {
          "denominator": 0,
          "numerator": 0,
          "rate": null
        }
        "#);
        insta::assert_json_snapshot!(body["channel_groups"][1]["figures"]["cases"], @"null");
    }

    #[test]
    fn what_is_not_known_is_empty_in_csv() {
        let (province, month) = place();
        let answer = csv(province, month, &small());
        let text = std::str::from_utf8(answer.body()).expect("UTF-8");
        let lines: Vec<_> = text.split("\r\n").collect();
        assert_eq!(lines.len(), 1 + 13 + 1, "names, total, groups, channels, the last line's end");
        insta::assert_snapshot!([lines[0], lines[1], lines[3], lines[13]].join("\n"), @r"
        province,month,status,rule,cut,code,name_zh,name_en,cases,services,unreviewed_services,reviews_counted,reviews_active,reviews_default,set_aside,very_satisfied,satisfied,basically_satisfied,dissatisfied,very_dissatisfied,active_very_satisfied,active_satisfied,active_basically_satisfied,active_dissatisfied,active_very_dissatisfied,bad_reviews_received,satisfaction_numerator,satisfaction_denominator,satisfaction_rate,active_satisfaction_numerator,active_satisfaction_denominator,active_satisfaction_rate,bad_reviews_per_million
        440000,2023-07,provisional,1,total,,,,,4,1,3,3,0,0,2,0,0,1,0,2,0,0,1,0,1,2,3,0.6666666666666666,2,3,0.6666666666666666,333333.3333333333
        440000,2023-07,provisional,1,group,offline,线下,Offline,,4,,3,3,0,0,2,0,0,1,0,2,0,0,1,0,1,2,3,0.6666666666666666,2,3,0.6666666666666666,333333.3333333333
        440000,2023-07,provisional,1,channel,paper,纸质评价表,Paper form,,0,,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,,0,0,,
        ");
    }
}
