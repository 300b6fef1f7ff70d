//! Tests the figures that clients read, in JSON and in CSV.

use ::figures::{Coverage, Edition, Figures, ServedMonth, Slice, Status};
use serde_json::{Value as Json, json};

use super::*;
use crate::model::{AreaLevel, AreaOfRow, FiguresOfMonth, Moments, Row, Rows, RowsOfMonth};
use crate::name::Name;
use crate::resource::{ALL_ROWS, Breakdown, RowRange};

/// One channel with reviews, and a month of which no cases were counted yet.
fn small() -> FiguresOfMonth {
    let counts = ServedMonth {
        services: 4,
        unreviewed: 1,
        services_by_channel: vec![(7, 4)],
        // In the hall, in the same month: two very satisfied, one dissatisfied.
        reviews: vec![(7 << 3 | 5, 2), (7 << 3 | 2, 1)],
        set_aside: vec![],
    };
    let figures = Figures::of(july().province, july().month, &counts, &[], None);
    let through = "2023-08-15T02:10:05Z".parse().expect("an instant");
    let moments =
        Moments { figures: Coverage { records: 7, through: Some(through) }, ..Moments::default() };
    let figures = figures.expect("known keys");
    FiguresOfMonth { edition: july(), figures, moments, cities: None }
}

/// Rows of a breakdown, which rest on as many records as the month.
fn rows_of(breakdown: Breakdown, rows: Vec<Row>) -> RowsOfMonth {
    let rows = Rows { total_rows: rows.len() as u64, rows };
    let (coverage, of_month) = (Coverage::default(), Coverage::default());
    let (edition, range) = (july(), ALL_ROWS);
    RowsOfMonth { edition, breakdown, range, rows, coverage, of_month, department: None }
}

const ITEMS: Breakdown =
    Breakdown::Items { area: None, department: None, item: None, channel: None };

fn july() -> Edition {
    Edition::provisional(
        "440000".parse().expect("a province"),
        "2023-07".parse().expect("a month"),
        1,
    )
}

#[test]
fn what_is_not_known_is_null_in_json() {
    let answer = documents::of_figures(&small());
    let body: serde_json::Value = serde_json::from_slice(answer.body()).expect("JSON");
    insta::assert_json_snapshot!(body["total"], @r#"
        {
          "active_bad_reviews": 1,
          "active_bad_reviews_per_million": 333333.3333333333,
          "active_bad_reviews_per_million_high": 792340.3991979522,
          "active_bad_reviews_per_million_low": 61491.94472039615,
          "active_good_reviews": 2,
          "active_levels": {
            "basically_satisfied": 0,
            "dissatisfied": 1,
            "satisfied": 0,
            "very_dissatisfied": 0,
            "very_satisfied": 2
          },
          "active_review_rate": {
            "denominator": 4,
            "numerator": 3,
            "rate": 0.75
          },
          "active_satisfaction": {
            "denominator": 3,
            "high": 0.9385080552796037,
            "low": 0.20765960080204765,
            "numerator": 2,
            "rate": 0.6666666666666666
          },
          "bad_reviews": 1,
          "bad_reviews_given_later": 0,
          "bad_reviews_of_earlier_services": 0,
          "bad_reviews_per_million": 333333.3333333333,
          "bad_reviews_received": 1,
          "cases": null,
          "good_reviews": 2,
          "levels": {
            "basically_satisfied": 0,
            "dissatisfied": 1,
            "satisfied": 0,
            "very_dissatisfied": 0,
            "very_satisfied": 2
          },
          "review_rate": {
            "denominator": 4,
            "numerator": 3,
            "rate": 0.75
          },
          "reviewable_services": 4,
          "reviews": {
            "active": 3,
            "counted": 3,
            "default": 0
          },
          "reviews_with_set_aside": 3,
          "satisfaction": {
            "denominator": 3,
            "numerator": 2,
            "rate": 0.6666666666666666
          },
          "services": 4,
          "set_aside": 0,
          "set_aside_bad": 0,
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
    let answer = tables::of_figures(false, &small());
    let text = std::str::from_utf8(answer.body()).expect("UTF-8");
    let lines: Vec<_> = text.split("\r\n").collect();
    assert_eq!(lines.len(), 1 + 13 + 1, "names, total, groups, channels, the last line's end");
    insta::assert_snapshot!([lines[0], lines[1], lines[3], lines[13]].join("\n"), @r"
        province,month,status,rule,as_of,records_through_figures,records_through_earlier,records_through_cases,records,slice,code,group,name_zh,name_en,cases,services,unreviewed_services,reviewable_services,reviews_counted,reviews_active,reviews_default,set_aside,set_aside_bad,reviews_with_set_aside,very_satisfied,satisfied,basically_satisfied,dissatisfied,very_dissatisfied,good_reviews,bad_reviews,active_very_satisfied,active_satisfied,active_basically_satisfied,active_dissatisfied,active_very_dissatisfied,active_good_reviews,active_bad_reviews,bad_reviews_received,bad_reviews_of_earlier_services,bad_reviews_given_later,review_rate_numerator,review_rate_denominator,review_rate,active_review_rate_numerator,active_review_rate_denominator,active_review_rate,satisfaction_numerator,satisfaction_denominator,satisfaction_rate,active_satisfaction_numerator,active_satisfaction_denominator,active_satisfaction_rate,active_satisfaction_low,active_satisfaction_high,bad_reviews_per_million,active_bad_reviews_per_million,active_bad_reviews_per_million_low,active_bad_reviews_per_million_high
        440000,2023-07,provisional,1,2023-08-15T10:10:05+08:00,2023-08-15T10:10:05+08:00,,,7,total,,,,,,4,1,4,3,3,0,0,0,3,2,0,0,1,0,2,1,2,0,0,1,0,2,1,1,0,0,3,4,0.75,3,4,0.75,2,3,0.6666666666666666,2,3,0.6666666666666666,0.20765960080204765,0.9385080552796037,333333.3333333333,333333.3333333333,61491.94472039615,792340.3991979522
        440000,2023-07,provisional,1,2023-08-15T10:10:05+08:00,2023-08-15T10:10:05+08:00,,,7,group,offline,,线下,Offline,,4,,,3,3,0,0,0,3,2,0,0,1,0,2,1,2,0,0,1,0,2,1,1,0,0,,,,,,,2,3,0.6666666666666666,2,3,0.6666666666666666,0.20765960080204765,0.9385080552796037,333333.3333333333,333333.3333333333,61491.94472039615,792340.3991979522
        440000,2023-07,provisional,1,2023-08-15T10:10:05+08:00,2023-08-15T10:10:05+08:00,,,7,channel,paper,offline,纸质评价表,Paper form,,0,,,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,,,,,,,0,0,,0,0,,,,,,,
        ");
}

#[test]
fn a_table_without_rows_still_names_its_columns_and_fields_are_quoted_as_needed() {
    let text = |rows: Vec<Row>| {
        let answer = tables::of_rows(false, &rows_of(ITEMS, rows));
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
        province,month,status,rule,as_of,records_through_rows,records_through_figures,records,records_of_month,dimension,department,code,name_zh,name_en,services,unreviewed_services,reviewable_services,reviews_counted,reviews_active,reviews_default,very_satisfied,satisfied,basically_satisfied,dissatisfied,very_dissatisfied,good_reviews,bad_reviews,active_very_satisfied,active_satisfied,active_basically_satisfied,active_dissatisfied,active_very_dissatisfied,active_good_reviews,active_bad_reviews,review_rate_numerator,review_rate_denominator,review_rate,active_review_rate_numerator,active_review_rate_denominator,active_review_rate,satisfaction_numerator,satisfaction_denominator,satisfaction_rate,active_satisfaction_numerator,active_satisfaction_denominator,active_satisfaction_rate,active_satisfaction_low,active_satisfaction_high,bad_reviews_per_million,active_bad_reviews_per_million,active_bad_reviews_per_million_low,active_bad_reviews_per_million_high
        440000,2023-07,provisional,1,,,,0,0,item,114400000000000000,1144000000000000002000000000000,"补领, 换领""居住证""",,,,,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,,,,,,,0,0,,0,0,,,,,,,
        "#);
}

fn body(model: &Model) -> Json {
    serde_json::from_slice(json(model).body()).expect("JSON")
}

/// The headers of an answer.
fn header(answer: &Answer, name: &str) -> Option<String> {
    let response = answer.respond(&http::HeaderMap::new());
    response.headers().get(name).map(|value| value.to_str().expect("ASCII").to_owned())
}

#[test]
fn every_body_and_every_line_of_a_simulated_month_says_so() {
    let mut of = small();
    of.edition.status = Status::Simulated;
    let model = Model::Figures(of);
    assert_eq!(body(&model)["status"], "simulated");
    let answer = csv(&model, true);
    let text = std::str::from_utf8(answer.body()).expect("UTF-8");
    assert!(text.lines().skip(1).all(|line| line.contains(",simulated,")), "{text}");
    let name = header(&answer, "content-disposition").expect("a file has a name");
    assert!(name.contains("440000-2023-07-simulated-20230815T021005Z-"), "{name}");
}

#[test]
fn a_body_says_up_to_when_it_is_current_and_how_much_was_counted() {
    let model = Model::Figures(small());
    let body = body(&model);
    assert_eq!(body["as_of"], "2023-08-15T10:10:05+08:00");
    let through = json!({"figures": "2023-08-15T10:10:05+08:00", "earlier": null, "cases": null});
    assert_eq!((&body["records_through"], &body["records"]), (&through, &json!(7)));
    let modified = header(&json(&model), "last-modified");
    assert_eq!(modified.as_deref(), Some("Tue, 15 Aug 2023 02:10:05 GMT"));
}

#[test]
fn rows_say_what_share_of_the_month_they_rest_on_unless_it_is_all() {
    let coverage = |rows, month| {
        let coverage = |records| Coverage { records, through: None };
        let of = RowsOfMonth {
            coverage: coverage(rows),
            of_month: coverage(month),
            ..rows_of(ITEMS, vec![])
        };
        let body = body(&Model::Rows(of));
        (body["records"].clone(), body["coverage"].clone())
    };
    assert_eq!(coverage(7, 7), (json!(7), Json::Null));
    assert_eq!(coverage(3, 7), (json!(3), json!({"counted": 3, "of": 7})));
}

#[test]
fn all_of_a_city_and_its_own_bodies_are_told_apart_in_every_row() {
    let area = |code: &str, level, parent: &str, is_own| {
        let parent = parent.parse().expect("an area");
        let code: domain::CountyCode = code.parse().expect("an area");
        Row {
            code: code.to_string(),
            name: code.name().map(Name::from),
            area: Some(AreaOfRow { level, parent, is_own }),
            slice: Slice::default(),
        }
    };
    let cities = vec![
        area("440000", AreaLevel::Province, "440000", true),
        area("440100", AreaLevel::City, "440000", false),
    ];
    let counties = vec![
        area("440100", AreaLevel::County, "440100", true),
        area("440106", AreaLevel::County, "440100", false),
    ];
    let seen = |breakdown, rows| {
        let body = body(&Model::Rows(rows_of(breakdown, rows)));
        let rows = body["rows"].as_array().expect("a list").iter();
        rows.map(|row| {
            let words = [&row["code"], &row["level"], &row["parent"], &row["name"]["zh"]];
            format!("{} {}", words.map(|word| word.as_str().expect("words")).join(" "), row["own"])
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(
        seen(Breakdown::Cities, cities),
        ["440000 province 440000 广东省本级 true", "440100 city 440000 广州市 false"]
    );
    assert_eq!(
        seen(Breakdown::Counties { city: None }, counties),
        ["440100 county 440100 广州市本级 true", "440106 county 440100 天河区 false"]
    );
}

#[test]
fn a_page_of_rows_leads_to_the_others_in_the_same_format() {
    let mut of = rows_of(ITEMS, vec![]);
    of.range = RowRange { limit: 100, offset: 100 };
    of.rows.total_rows = 250;
    of.rows.rows =
        vec![Row { code: String::new(), name: None, area: None, slice: Slice::default() }; 100];
    of.breakdown = Breakdown::Items {
        area: Some("440106".parse().expect("an area")),
        department: None,
        item: None,
        channel: Some(domain::Channel::Hall),
    };
    let model = Model::Rows(of);
    let items = "/v1/provinces/440000/months/2023-07/items";
    insta::assert_snapshot!(
        header(&json(&model), "link").expect("links").replace(items, "…/items"),
        @r#"<…/items.json?area=440106&channel=hall&limit=100&offset=200>; rel="next", <…/items.json?area=440106&channel=hall&limit=100&offset=0>; rel="first", <…/items.json?area=440106&channel=hall&limit=100&offset=0>; rel="prev""#
    );
    let links = header(&csv(&model, false), "link").expect("links");
    let next = format!("<{items}.csv?area=440106&channel=hall&limit=100&offset=200&bom=0>");
    assert!(links.contains(&next), "{links}");
    let metadata = format!(
        "<{items}.csv-metadata.json?area=440106&channel=hall>; rel=\"describedby\"; type=\"application/csvm+json\""
    );
    assert!(links.contains(&metadata), "{links}");
}

#[test]
fn a_body_names_the_rule_by_which_its_channels_are_grouped() {
    let body = body(&Model::Figures(small()));
    assert_eq!(body["grouping"]["since"], "2019-08");
    let source = body["grouping"]["source"]["zh"].as_str().expect("a source");
    assert!(source.contains("12345"), "{source}");
    let group = |name: &str| {
        let channels = body["channels"].as_array().expect("a list");
        let channel = channels.iter().find(|channel| channel["channel"] == name);
        channel.expect("every channel is there")["group"].clone()
    };
    assert_eq!((group("hotline_12345"), group("pc_portal")), (json!("offline"), json!("online")));
}
