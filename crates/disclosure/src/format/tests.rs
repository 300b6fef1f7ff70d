//! Tests the figures that clients read, in JSON and in CSV.

use ::figures::{Edition, Figures, ServedMonth, Slice};

use super::*;
use crate::model::{Row, Rows};
use crate::name::Name;
use crate::resource::Dimension;

/// One channel with reviews, and a month of which no cases were counted yet.
fn small() -> Figures {
    let counts = ServedMonth {
        services: 4,
        unreviewed: 1,
        services_by_channel: vec![(7, 4)],
        // In the hall, in the same month: two very satisfied, one dissatisfied.
        reviews: vec![(7 << 3 | 5, 2), (7 << 3 | 2, 1)],
        set_aside: vec![],
    };
    Figures::of(july().province, july().month, &counts, &[], None).expect("known keys")
}

fn july() -> Edition {
    Edition::provisional(
        "440000".parse().expect("a province"),
        "2023-07".parse().expect("a month"),
        1,
    )
}

#[test]
fn what_is_not_known_is_null_in_json() {
    let answer = documents::of_figures(july(), &small());
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
    let answer = tables::of_figures(july(), &small());
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

#[test]
fn a_table_without_rows_still_names_its_columns_and_fields_are_quoted_as_needed() {
    let text = |rows: Vec<Row>| {
        let rows = Rows { total_rows: rows.len() as u64, rows };
        let answer = tables::of_rows(july(), Dimension::Item, &rows);
        String::from_utf8(answer.body().to_vec()).expect("UTF-8").replace("\r\n", "\n")
    };
    assert_eq!(text(vec![]).lines().count(), 1);
    let row = Row {
        code: "1144000000000000002000000000000".into(),
        name: Some(Name::in_chinese("补领, 换领\"居住证\"".into())),
        area: None,
        slice: Slice::default(),
    };
    insta::assert_snapshot!(text(vec![row]), @r#"
        province,month,status,rule,dimension,code,name_zh,name_en,services,unreviewed_services,reviews_counted,reviews_active,reviews_default,very_satisfied,satisfied,basically_satisfied,dissatisfied,very_dissatisfied,satisfaction_numerator,satisfaction_denominator,satisfaction_rate
        440000,2023-07,provisional,1,item,1144000000000000002000000000000,"补领, 换领""居住证""",,,,0,0,0,0,0,0,0,0,0,0,
        "#);
}
