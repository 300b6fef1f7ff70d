//! Tests pages that are rendered from plain figures.

use ::figures::{CasesOfMonth, Coverage, Edition, Figures, ServedMonth, Slice, Status};
use domain::{Channel, DepartmentCode, Group, Level, Month, Province};

use super::*;
use crate::model::{Cities, FiguresOfMonth, Moments, MonthOfProvince, Row, Rows, RowsOfMonth};
use crate::name::Name;
use crate::resource::{Breakdown, RowRange};

fn guangdong() -> Province {
    fixtures::province("440000")
}

fn july() -> Month {
    fixtures::month("2023-07")
}

fn reviews() -> Vec<(u16, u64)> {
    let group =
        |is_default, channel, level| Group { is_default, months_late: 0, channel, level }.code();
    vec![
        (group(false, Channel::Hall, Level::VerySatisfied), 13_461_720),
        (group(false, Channel::Hotline12345, Level::VeryDissatisfied), 1),
        (group(true, Channel::PcPortal, Level::BasicallySatisfied), 7),
    ]
}

fn month_of(reviews: Vec<(u16, u64)>, cases: Option<&CasesOfMonth>) -> Figures {
    let counts = ServedMonth {
        services: 13_461_730,
        unreviewed: 2,
        services_by_channel: vec![(7, 13_461_730)],
        reviews,
        set_aside: vec![],
    };
    Figures::of(guangdong(), july(), &counts, &[], cases).expect("known keys")
}

fn row(code: &str, name: Option<Name>) -> Row {
    let of_reviews = Slice::of_reviews(&reviews()).expect("known keys");
    Row {
        code: code.into(),
        name,
        area: None,
        slice: Slice { services: Some(13_461_730), unreviewed_services: Some(2), ..of_reviews },
    }
}

fn text(answer: &Answer) -> &str {
    std::str::from_utf8(answer.body()).expect("UTF-8")
}

fn rows_of(breakdown: Breakdown, range: RowRange, rows: Rows) -> RowsOfMonth {
    let edition = Edition::provisional(guangdong(), july(), 1);
    let (coverage, of_month) = (Coverage::default(), Coverage::default());
    RowsOfMonth { edition, breakdown, range, rows, coverage, of_month, department: None }
}

fn month_page(figures: &Figures, language: Language) -> String {
    let cities = vec![
        row("440000", guangdong().county_code().name().map(Name::from)),
        row("440100", Some(("广州市", "Guangzhou").into())),
    ];
    let edition = Edition::provisional(guangdong(), july(), 1);
    let cities = Some(Cities { rows: cities, coverage: Coverage::default() });
    let (figures, moments) = (figures.clone(), Moments::default());
    let of = FiguresOfMonth { edition, figures, moments, cities };
    text(&month::page(&of, language)).to_owned()
}

#[test]
fn a_month_is_shown_in_both_languages_as_provisional() {
    let cases =
        CasesOfMonth { cases: 11_238_000, cases_by_channel: vec![], cases_by_channels: None };
    let figures = month_of(reviews(), Some(&cases));
    for (language, phrases) in [
        (
            Language::Zh,
            ["<html lang=\"zh-CN\">", "初步数据", "广东省2023年7月", "大厅窗口", "lang=\"en\""],
        ),
        (
            Language::En,
            [
                "<html lang=\"en\">",
                "Provisional",
                "Guangdong, July 2023",
                "Service hall counter",
                "lang=\"zh-CN\"",
            ],
        ),
    ] {
        let page = month_page(&figures, language);
        for phrase in phrases {
            assert!(page.contains(phrase), "{phrase} is missing in {page}");
        }
        assert!(page.contains("11,238,000"));
        let below = language.query(true);
        assert!(page.contains(&format!("href=\"/provinces/440000/months/2023-07/ledger{below}\"")));
    }
}

#[test]
fn one_bad_review_among_millions_is_seen() {
    let page = month_page(&month_of(reviews(), None), Language::En);
    assert!(page.contains("<dd class=\"figure\">&gt;99.999%</dd>"), "{page}");
    assert!(page.contains("13,461,727 / 13,461,728"));
    assert!(page.contains("1 (&lt;0.001%)"), "its share in the chart of levels");
}

#[test]
fn what_is_not_known_is_neither_zero_nor_all() {
    let page = month_page(&month_of(vec![], None), Language::En);
    for made_up in [">100.000%<", ">0.000%<", "(0.000%)", "NaN"] {
        assert!(!page.contains(made_up), "{made_up} in {page}");
    }
    let (_, headline) = page.split_once("<dl class=\"headline\">").expect("a headline");
    let (headline, _) = headline.split_once("<div class=\"bridge\">").expect("its end");
    // Cases, satisfaction, satisfaction of active reviews, bad per million.
    assert_eq!(headline.matches("no data").count(), 4 * 2, "{headline}");
    assert!(page.contains("There are no reviews for this month yet."));
}

#[test]
fn every_chart_is_described_and_every_table_has_headings() {
    let page = month_page(&month_of(reviews(), None), Language::Zh);
    let charts = page.matches("<svg class=\"chart\" role=\"img\" aria-labelledby=").count();
    assert_eq!(charts, 5);
    assert_eq!(page.matches("<desc id=").count(), charts);
    let tables = page.matches("<table").count();
    assert_eq!(page.matches("<caption id=").count(), tables);
    assert_eq!(page.matches("<thead>").count(), tables);
    for cell in page.split("<th").skip(1).filter(|cell| !cell.starts_with("ead")) {
        assert!(cell.starts_with(" scope="), "{}", &cell[..20]);
    }
    let mut ids: Vec<_> =
        page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "no id is given twice");
}

#[test]
fn what_a_source_calls_an_item_is_text_and_no_markup() {
    let name = Name::in_chinese("<script>alert(1)</script>".into());
    let rows =
        Rows { rows: vec![row("1144010000751234560000000000000", Some(name))], total_rows: 1 };
    let department: DepartmentCode = "114401000075123456".parse().expect("a code");
    let breakdown =
        Breakdown::Items { area: None, department: Some(department), item: None, channel: None };
    let department = Some("<b>局</b>".to_owned());
    let of =
        RowsOfMonth { department, ..rows_of(breakdown, RowRange { limit: 100, offset: 0 }, rows) };
    let page = rows::page(&of, Language::Zh);
    let page = text(&page);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(page.contains("&lt;b&gt;局&lt;/b&gt;"));
    assert!(!page.contains("<script") && !page.contains("<b>"));
}

#[test]
fn pages_of_rows_lead_on_and_back_and_to_their_data() {
    let rows = Rows { rows: vec![row("114401000075123456", None)], total_rows: 250 };
    let of = rows_of(Breakdown::Departments, RowRange { limit: 1, offset: 1 }, rows);
    let page = rows::page(&of, Language::En);
    let page = text(&page);
    let below = "/provinces/440000/months/2023-07";
    for address in [
        format!("rel=\"prev\" href=\"{below}/departments?limit=1&amp;lang=en\""),
        format!("rel=\"next\" href=\"{below}/departments?limit=1&amp;offset=2&amp;lang=en\""),
        format!("href=\"{below}/items?department=114401000075123456&amp;lang=en\""),
        format!("href=\"/v1{below}/departments.csv\""),
        format!("href=\"/v1{below}/departments.json?limit=1&amp;offset=1\""),
        format!("hreflang=\"zh-CN\" href=\"{below}/departments?limit=1&amp;offset=1\""),
        ">CSV (all)</a>".to_owned(),
        ">JSON (this page)</a>".to_owned(),
    ] {
        assert!(page.contains(&address), "{address} is missing in {page}");
    }
}

#[test]
fn cities_lead_to_their_counties_and_counties_to_their_items() {
    let answer = month::page(&fixtures::july(), Language::Zh);
    let page = text(&answer);
    assert!(page.contains("广东省本级</th>"), "what the province serves itself leads nowhere");
    assert!(page.contains("months/2023-07/areas?level=county&amp;parent=440100\""));
    let answer = rows::page(&fixtures::counties_of_july(), Language::Zh);
    let page = text(&answer);
    assert!(page.contains("months/2023-07/items?area=440106\""));
    assert!(page.contains("广州市本级</th>"));
}

/// Of one name there is one number: a city's own bodies are never called like the whole city.
#[test]
fn counties_stand_below_their_city_and_its_own_bodies_have_a_name_of_their_own() {
    for (language, own, heading) in [
        (Language::Zh, "广州市本级", "<span>广州市</span>"),
        (Language::En, "Guangzhou, city-level bodies", "<span>Guangzhou</span>"),
    ] {
        let answer = rows::page(&fixtures::counties_of_july(), language);
        let page = text(&answer);
        let name = language.of(("广州市", "Guangzhou"));
        let (_, table) = page.split_once("<tbody>").expect("a table");
        assert_eq!(
            table.matches(&format!(">{name}<")).count(),
            1,
            "it heads its counties: {table}"
        );
        let (_, below) = table.split_once(heading).expect("the city heads a part of the table");
        let (part, _) = below.split_once("</tbody>").expect("the end of the part");
        assert!(part.contains(own) && part.contains(language.of(("天河区", "Tianhe"))), "{part}");
        assert!(!part.contains(language.of(("深圳市", "Shenzhen"))), "{part}");
    }
}

#[test]
fn provinces_with_figures_lead_to_their_months() {
    let months: Vec<_> = (1..=8)
        .map(|month| {
            let month = format!("2023-{month:02}").parse().expect("a month");
            (
                guangdong(),
                MonthOfProvince { month, status: Status::Provisional, through: None, reviews: 1 },
            )
        })
        .collect();
    let page = home::page(&months, Language::En);
    let page = text(&page);
    assert!(page.contains("/provinces/440000/months/2023-08?lang=en\">August 2023"));
    assert!(!page.contains("months/2023-02"), "older months are on the province's own page");
    assert!(page.contains("all 8 months"));
    assert!(page.contains("<li>Beijing</li>"));
}

#[test]
fn every_metric_and_every_field_of_the_data_is_explained() {
    for language in [Language::Zh, Language::En] {
        let answer = metrics::page(language);
        let page = text(&answer);
        for metric in ::figures::DICTIONARY {
            assert!(page.contains(language.of(metric.definition)), "{}", metric.id);
            assert!(page.contains(&format!("<div id=\"{}\">", metric.id)), "{}", metric.id);
        }
        for field in crate::dataset::dictionary::data_sets().iter().flat_map(|set| &set.fields) {
            assert!(page.contains(&format!("<code>{}</code>", field.id)), "{}", field.id);
        }
        assert!(page.contains("href=\"/v1/metrics.csv\""));
    }
    let month = month_page(&month_of(reviews(), None), Language::En);
    assert!(month.contains("href=\"/metrics?lang=en\""), "a month leads to it");
}

#[test]
fn the_cases_of_a_group_are_shown_once_they_are_counted() {
    let mut cases = CasesOfMonth {
        cases: 11_238_000,
        cases_by_channel: vec![],
        cases_by_channels: Some(vec![(1 << 6, 9_876_543)]),
    };
    let of_group = |cases: &CasesOfMonth| {
        let page = month_page(&month_of(reviews(), Some(cases)), Language::Zh);
        let (_, row) = page.split_once("<th scope=\"row\">线下</th>").expect("the group");
        row.split_once("</tr>").expect("the end of its row").0.to_owned()
    };
    assert!(of_group(&cases).ends_with("<td>9,876,543</td>"), "{}", of_group(&cases));
    cases.cases_by_channels = None;
    assert!(of_group(&cases).ends_with("无数据</span></span></td>"), "{}", of_group(&cases));
}
