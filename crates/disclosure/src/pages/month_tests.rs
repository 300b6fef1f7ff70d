//! Tests what pages say of the months of [`super::fixtures`].

use ::figures::{Edition, Status};

use super::*;
use crate::model::{FiguresOfMonth, MonthOfProvince};

fn text(answer: &Answer) -> &str {
    std::str::from_utf8(answer.body()).expect("UTF-8")
}

/// All pages that show figures of months, in both languages.
fn pages_of_months() -> Vec<(Language, Answer)> {
    let of = |language| {
        [
            month::page(&fixtures::july(), language),
            month::page(&fixtures::january(), language),
            month::page(&fixtures::tiny(), language),
            rows::page(&fixtures::counties_of_july(), language),
            rows::page(&fixtures::items_of_july(), language),
        ]
        .map(|answer| (language, answer))
    };
    [Language::Zh, Language::En].into_iter().flat_map(of).collect()
}

#[test]
fn a_simulated_month_says_so_above_everything_in_its_title_and_on_paper() {
    for (language, tag, banner) in [
        (Language::Zh, "<title>【模拟数据】", "模拟数据"),
        (Language::En, "<title>[Simulated data] ", "Simulated data"),
    ] {
        for answer in [
            month::page(&fixtures::july(), language),
            rows::page(&fixtures::counties_of_july(), language),
            rows::page(&fixtures::items_of_july(), language),
        ] {
            let page = text(&answer);
            assert!(page.contains(tag), "{page}");
            let (_, body) = page.split_once("<body class=\"simulated\">").expect("marks paper");
            let (above, _) = body.split_once("<header").expect("a header");
            assert!(above.contains(&format!("<strong>{banner}</strong>")), "{above}");
        }
        let answer = month::page(&fixtures::january(), language);
        let page = text(&answer);
        assert!(
            !page.contains(banner) && !page.contains("class=\"simulated"),
            "it is not simulated"
        );
    }
}

/// The mark is seen on paper by the class of the body, which the style sheet knows.
#[test]
fn departments_of_a_simulated_month_say_so_and_that_the_month_is_provisional() {
    let mut of = fixtures::items_of_july();
    of.breakdown = crate::resource::Breakdown::Departments;
    for (language, banner, provisional) in [
        (Language::Zh, "请勿引用</span>", "数据也尚未核定"),
        (Language::En, "Do not quote.</span>", "provisional too"),
    ] {
        for answer in [rows::page(&of, language), month::page(&fixtures::july(), language)] {
            let page = text(&answer);
            assert!(page.contains("<body class=\"simulated\">"), "{page}");
            assert!(page.contains(banner) && page.contains(provisional), "{page}");
        }
    }
}

#[test]
fn lists_that_name_a_simulated_month_say_so_and_mark_it() {
    let of = |month: &str, status| {
        let month = fixtures::month(month);
        (fixtures::province("440000"), MonthOfProvince { month, status, through: None, reviews: 1 })
    };
    let real = of("2023-06", Status::Provisional);
    for (months, marks) in [(vec![real], 0), (vec![real, of("2023-07", Status::Simulated)], 1)] {
        let of_province: Vec<_> = months.iter().map(|(_, month)| *month).collect();
        for answer in [
            home::page(&months, Language::Zh),
            province::page(fixtures::province("440000"), &of_province, Language::Zh),
        ] {
            let page = text(&answer);
            assert_eq!(page.matches("<title>【含模拟数据】").count(), marks, "{page}");
            assert_eq!(page.matches("<body class=\"simulated\">").count(), marks, "{page}");
            assert_eq!(
                page.matches("<span class=\"tag\">模拟数据</span>").count(),
                marks,
                "{page}"
            );
        }
    }
}

#[test]
fn every_page_of_a_month_says_up_to_when_it_was_counted() {
    for (language, answer) in pages_of_months() {
        let page = text(&answer);
        let when = language.of((
            "最近一条已统计的记录收到于 <strong>北京时间 2023-08-14 10:26",
            "Latest record counted: <strong>2023-08-14 10:26 Beijing time",
        ));
        assert!(page.contains(when), "{page}");
    }
}

#[test]
fn a_month_begins_with_the_active_rates_and_ends_with_definitions() {
    let answer = month::page(&fixtures::january(), Language::En);
    let page = text(&answer);
    let order = [
        "Satisfaction rate of active reviews</a>",
        "Bad reviews per million active reviews</a>",
        "have an active review,",
        "Satisfaction rate, default reviews included</a>",
        ">Services</a>",
        "for services of this month, given later",
        "How to read these figures",
        "<h2>By level",
        "<h2>By channel",
        "<h2>Counted and set aside",
        "<h2>By area",
        "<h2>Ledger",
        "<h2>Definitions",
    ];
    let places = order.map(|words| page.find(words).unwrap_or_else(|| panic!("{words}: {page}")));
    assert!(places.is_sorted(), "{places:?}");
    assert!(page.contains("<dd class=\"figure\">99.591%</dd>"), "the active rate: {page}");
    assert!(page.contains("<dd class=\"figure\">99.906%</dd>"), "the rate with defaults: {page}");
}

/// The cells of the row of a table, without markup.
fn cells(page: &str, table: &str, row: &str) -> Vec<String> {
    let (_, table) = page.split_once(&format!("<caption id=\"{table}\">")).expect("the table");
    let (table, _) = table.split_once("</table>").expect("its end");
    let (_, row) = table.split_once(&format!(">{row}</th>")).expect("the row");
    let (row, _) = row.split_once("</tr>").expect("its end");
    let cells = row.split("<td").skip(1).map(|cell| {
        let (_, cell) = cell.split_once('>').expect("an element");
        cell.split('<').next().expect("a text").to_owned()
    });
    cells.collect()
}

#[test]
fn good_and_bad_reviews_of_a_row_add_up_and_so_do_those_counted_and_set_aside() {
    let answer = month::page(&fixtures::july(), Language::Zh);
    let page = text(&answer);
    let number = |text: &String| text.replace(',', "").parse::<u64>().expect("a number");
    for row in ["合计", "线上", "政务服务网", "12345热线"] {
        let all = number(&cells(page, "channel-table", row)[5]);
        let of: Vec<_> = cells(page, "channel-levels-table", row).iter().map(number).collect();
        assert_eq!(of[0] + of[1], all, "good and bad: {of:?}");
        assert_eq!(of[2..].iter().sum::<u64>(), all, "the five levels: {of:?}");
        let of: Vec<_> = cells(page, "set-aside-table", row).iter().map(number).collect();
        assert_eq!(of[0], of[1] + of[2], "{of:?}");
    }
    assert_eq!(cells(page, "set-aside-table", "政务服务网")[0], "5,739,763", "as it was published");
}

/// Of July's services that could be reviewed, a person reviewed some; the reviews of others were set
/// aside; nobody reviewed the rest.
#[test]
fn every_service_that_could_be_reviewed_is_in_one_part_of_the_title_and_a_review_set_aside_is_none()
{
    let title = |of: &FiguresOfMonth, language| {
        let answer = month::page(of, language);
        let (_, of) = text(&answer).split_once("<title id=\"who-title\">").expect("a title");
        of.split_once('<').expect("its end").0.to_owned()
    };
    assert_eq!(
        title(&fixtures::july(), Language::Zh),
        "可评价的 18,043,168 次服务中，74.608% 为主动评价，2.315% 的评价不予计入，23.077% 没有评价"
    );
    assert_eq!(
        title(&fixtures::january(), Language::En),
        "Of 2,400,000 services that could be reviewed, 17.250% have an active review, 57.750% a default review, 1.925% a review that was set aside, 23.075% none"
    );
    assert_eq!(
        title(&fixtures::tiny(), Language::Zh),
        "可评价的 41 次服务中，31 次为主动评价，1 次的评价不予计入，9 次没有评价"
    );
}

/// What stands over a rectangle in the order of drawing: `<rect class="bad"` and what follows it.
#[test]
fn what_is_bad_is_told_from_what_is_good_by_more_than_its_colour() {
    for (_, answer) in pages_of_months() {
        let page = text(&answer);
        for after in page.split("<rect class=\"bad").skip(1) {
            let (attributes, rest) = after.split_once("</rect>").expect("the end of the shape");
            let is_higher = attributes.contains("end-mark");
            assert!(is_higher || rest.starts_with("<line class=\"stripes\""), "{attributes}");
        }
        for after in page.split("<rect class=\"good").skip(1) {
            let (_, rest) = after.split_once("</rect>").expect("the end of the shape");
            assert!(!rest.starts_with("<line class=\"stripes\""), "{rest}");
        }
    }
    let answer = month::page(&fixtures::july(), Language::Zh);
    let page = text(&answer);
    assert!(
        page.contains("<rect class=\"bad end-mark\"") && page.contains(">差评 0.009%<"),
        "{page}"
    );
}

#[test]
fn a_card_says_what_is_counted_where_there_are_too_few_reviews_for_a_rate() {
    let answer = month::page(&fixtures::tiny(), Language::Zh);
    let (_, cards) = text(&answer).split_once("<dl class=\"headline\">").expect("cards");
    let (cards, _) = cards.split_once("</dl>").expect("their end");
    assert!(cards.contains(">主动好评数<") && cards.contains(">主动差评数<"), "{cards}");
    assert!(!cards.contains("满意率") && !cards.contains("每百万"), "{cards}");
    assert!(text(&answer).contains("31 条评价中 20 条为非常满意；全部为主动评价"));
    let answer = month::page(&fixtures::january(), Language::En);
    let title = "77.480% of reviews are “basically satisfied”; 77.000% were recorded by default";
    assert!(text(&answer).contains(title), "{}", text(&answer));
}

#[test]
fn areas_are_compared_with_the_whole_by_their_intervals_and_chance_is_said() {
    let answer = month::page(&fixtures::july(), Language::Zh);
    let page = text(&answer);
    assert!(!page.contains("全省") && !page.contains("超出偶然"), "{page}");
    assert!(page.contains("不含总体水平") || page.contains("都可能只是偶然</span>"), "{page}");
    let answer = month::page(&fixtures::july(), Language::En);
    let own = "class=\"name\" y=\"13\">Province's own bodies<";
    assert_eq!(text(&answer).matches(own).count(), 2, "both charts: {}", text(&answer));
}

/// Of July's services are 1,277 bad reviews: 1,266 were received in July, 3 of them for services of June,
/// and 14 in August.
#[test]
fn the_two_counts_of_bad_reviews_are_said_once_and_what_lies_between_them() {
    let answer = month::page(&fixtures::july(), Language::En);
    let (_, bridge) = text(&answer).split_once("<div class=\"bridge\">").expect("the two counts");
    let (bridge, rest) = bridge.split_once("</div>").expect("its end");
    let terms = bridge.split("<li>").skip(1).map(|term| {
        let (sign, rest) = term.split_once("</span><b>").expect("a sign and a number");
        let (number, _) = rest.split_once("</b>").expect("a number");
        format!("{}{number}", sign.trim_start_matches("<span class=\"sign\">"))
    });
    assert_eq!(terms.collect::<Vec<_>>(), ["1,266", "−3", "+14", "=1,277"]);
    assert!(!rest.contains("1,266"), "it is the measure of nothing else");
}

#[test]
fn rates_of_too_few_stand_as_counts_in_figures_tables_and_charts() {
    for (language, of_month, of_city) in
        [(Language::Zh, "27 / 31条", "2 / 17条"), (Language::En, "27 of 31", "2 of 17")]
    {
        let answer = month::page(&fixtures::tiny(), language);
        let page = text(&answer);
        assert!(page.contains(&format!("<dd class=\"figure\">{of_month}</dd>")), "{page}");
        let row = cells(page, "rows", &format!("{}</a>", language.of(("拉萨市", "Lhasa"))));
        assert_eq!(row[0], of_city);
        let (_, main) = page.split_once("<main").expect("the content");
        let (main, _) = main.split_once("</main>").expect("its end");
        assert!(!main.contains("%)") && !main.contains("%）"), "no share of so few: {main}");
        assert!(!main.contains("id=\"rates\"") && !main.contains("class=\"point\""), "{main}");
    }
}

#[test]
fn parts_that_were_counted_up_to_another_record_say_so_or_are_not_shown() {
    let with_parts = |records: u64| {
        let mut of = fixtures::july();
        let cities = of.cities.as_mut().expect("cities");
        cities.coverage.records = records;
        text(&month::page(&of, Language::Zh)).to_owned()
    };
    let all = fixtures::july().moments.figures.records;
    let same = with_parts(all);
    assert!(same.contains("广州市</a>") && !same.contains("分项数据含"), "{same}");
    let near = with_parts(all - 1_000);
    assert!(near.contains("广州市</a>") && near.contains("相差 0.003%"), "{near}");
    let apart = with_parts(all / 10);
    assert!(apart.contains("已统计 3,150,489 / 31,504,896 条记录"), "{apart}");
    assert!(!apart.contains("广州市</a>") && !apart.contains("id=\"rates\""), "{apart}");

    let mut of = fixtures::counties_of_july();
    of.coverage.records /= 10;
    let answer = rows::page(&of, Language::En);
    let page = text(&answer);
    assert!(page.contains("3,150,489 of 31,504,896 records") && !page.contains("Tianhe"), "{page}");
}

#[test]
fn the_source_of_the_channel_groups_stands_with_the_definitions() {
    let answer = month::page(&fixtures::july(), Language::Zh);
    let (_, definitions) = text(&answer).split_once("id=\"definitions\"").expect("definitions");
    assert!(definitions.contains("广东省政务服务“好差评”管理办法（试行）"), "{definitions}");
    assert!(definitions.contains("线下：12345热线、实体大厅窗口"), "{definitions}");
}

/// What a page may weigh, in bytes.
const WEIGHT_MAX: usize = 60_000;

#[test]
fn a_page_is_light_and_has_no_script() {
    for (_, answer) in pages_of_months() {
        let page = text(&answer);
        assert!(page.len() < WEIGHT_MAX, "{} bytes: {}", page.len(), &page[..400]);
        assert!(!page.contains("<script") && !page.contains(" style="));
    }
}

/// Writes pages to look at: `cargo test -p disclosure --lib pages_to_look_at -- --ignored`, then open
/// target/pages in a browser.
#[test]
#[ignore = "it checks nothing: it is for eyes"]
fn pages_to_look_at() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/pages");
    let write = |name: &str, content: &str| {
        std::fs::create_dir_all(folder).expect("a folder");
        std::fs::write(format!("{folder}/{name}"), content).expect("a file");
    };
    let listed = |of: FiguresOfMonth, reviews| {
        let Edition { month, status, province, .. } = of.edition;
        (province, MonthOfProvince { month, status, through: None, reviews })
    };
    let style = assets::named(&assets::STYLE_NAME).expect("the style").1;
    write("style.css", style);
    for language in [Language::Zh, Language::En] {
        let tag = language.of(("zh", "en"));
        let months = [
            listed(fixtures::january(), 1_800_000),
            listed(fixtures::july(), 13_461_728),
            listed(fixtures::tiny(), 31),
        ];
        for (name, answer) in [
            ("july", month::page(&fixtures::july(), language)),
            ("january", month::page(&fixtures::january(), language)),
            ("tiny", month::page(&fixtures::tiny(), language)),
            ("counties", rows::page(&fixtures::counties_of_july(), language)),
            ("items", rows::page(&fixtures::items_of_july(), language)),
            ("home", home::page(&months, language)),
            (
                "province",
                province::page(
                    fixtures::province("440000"),
                    &months.map(|(_, of)| of)[..2],
                    language,
                ),
            ),
            ("metrics", metrics::page(language)),
        ] {
            let page =
                text(&answer).replace(&format!("/assets/{}", *assets::STYLE_NAME), "style.css");
            write(&format!("{name}-{tag}.html"), &page);
        }
    }
}
