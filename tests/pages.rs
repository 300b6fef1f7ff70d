//! The public pages in a real browser.

use serde_json::Value;

use crate::support::browser::Browser;
use crate::support::events::MONTH;
use crate::support::world;

const SCALE: &str = "0.0005";

/// Every kind of page, with a text that it contains in Chinese and in English.
const PAGES: [(&str, &str, &str); 10] = [
    ("/", "广东省", "Guangdong"),
    ("/metrics", "每百万条差评", "Bad reviews per million"),
    ("/provinces/440000", "2023年7月", "July 2023"),
    ("/provinces/440000/months/2023-07", "满意率", "Satisfaction"),
    ("/provinces/440000/months/2023-07/areas", "广州市", "Guangzhou"),
    ("/provinces/440000/months/2023-07/departments", "部门", "Department"),
    ("/provinces/440000/months/2023-07/items", "事项", "Item"),
    ("/provinces/440000/months/2023-07/ledger", "怎样用回执核对", "How to use a receipt"),
    ("/provinces/440000/months/2023-07/ledger?by=partition", "核对", "Checks"),
    ("/provinces/440000/months/2023-06", "没有数据", "404"),
];

/// The widths of a phone and of a desktop, in pixels.
const WIDTHS: [u32; 2] = [375, 1280];

#[tokio::test]
async fn every_page_fits_its_window_and_can_be_read_by_everyone_in_both_languages() {
    let world = world::start().await;
    world.simulate(SCALE, &[]).finish();
    println!("{}", world.reconcile(SCALE));
    world.until_items_are_counted(MONTH).await;
    for width in WIDTHS {
        let Some(browser) = Browser::start(width).await else { return };
        for (path, chinese, english) in PAGES {
            for (language, word, lang) in [("zh", chinese, "zh"), ("en", english, "en")] {
                let joint = if path.contains('?') { '&' } else { '?' };
                let url = format!("{}{path}{joint}lang={language}", world.public());
                browser.open(&url).await;
                let text = browser.text().await;
                assert!(text.contains(word), "{url} has no {word}:\n{text}");
                let declared = browser.evaluate("return document.documentElement.lang").await;
                assert!(
                    declared.as_str().is_some_and(|tag| tag.starts_with(lang)),
                    "{url}: {declared}"
                );
                assert_eq!(browser.overflow().await, 0, "{url} is wider than {width} pixels");
                let violations = browser.accessibility_violations().await;
                assert!(violations.is_empty(), "{url} at {width}: {violations:#?}");
            }
        }
        browser.client.clone().close().await.expect("the browser closes");
    }
}

/// A page shows the figures of the API, and every chart has a table with its numbers.
#[tokio::test]
async fn the_page_of_a_month_shows_the_figures_of_the_api() {
    let world = world::start().await;
    world.simulate(SCALE, &[]).finish();
    println!("{}", world.reconcile(SCALE));
    let Some(browser) = Browser::start(1280).await else { return };
    let month = world.disclosed(MONTH).await.expect("the month is known");
    browser.open(&format!("{}/provinces/440000/months/2023-07", world.public())).await;
    let text = browser.text().await;
    let total = &month["total"];
    for figure in [
        &total["cases"],
        &total["services"],
        &total["reviews"]["counted"],
        &total["levels"]["very_satisfied"],
    ] {
        let figure = thousands(figure);
        assert!(text.contains(&figure), "the page does not show {figure}:\n{text}");
    }
    for channel in month["channels"].as_array().expect("a list") {
        let (name, counted) = (&channel["name"]["zh"], &channel["figures"]["reviews"]["counted"]);
        let row = format!(
            "return [...document.querySelectorAll('table tr')].map(row => row.innerText).find(text => text.includes({name}))"
        );
        let row = browser.evaluate(&row).await;
        let row = row.as_str().unwrap_or_else(|| panic!("no table has a row for {name}"));
        assert!(row.contains(&thousands(counted)), "{row} does not show {counted}");
    }
    let charts =
        browser.evaluate("return [...document.querySelectorAll('svg[role=img]')].length").await;
    let tables =
        browser.evaluate("return [...document.querySelectorAll('table caption')].length").await;
    assert!(
        charts.as_u64() >= Some(2) && tables.as_u64() >= Some(2),
        "{charts} charts, {tables} tables"
    );
    assert!(text.contains("暂定"), "a figure that may change is marked");
    let scripts = browser.evaluate("return document.scripts.length").await;
    assert_eq!(scripts, 0, "a page needs no script");
}

/// A number as pages show it, with thousands separators.
fn thousands(number: &Value) -> String {
    let digits = number.as_u64().expect("a count").to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
