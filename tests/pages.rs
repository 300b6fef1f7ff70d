//! The public pages in a real browser.

use std::fs;

use serde_json::{Value, json};
use testbed::wait::until;
use testbed::world::World;

use crate::simulated;
use crate::support::browser::{Browser, Look};
use crate::support::events::MONTH;
use crate::support::world;

const SCALE: &str = "0.0005";

/// A month in which a system wrote 77 % of the reviews, all of them basically satisfied, at a scale
/// that leaves enough reviews for shares.
const DEFAULTS: (&str, &str) = ("guangdong-2020-01-illustration", "0.001");

/// Every kind of page, with a text that it contains in Chinese and in English.
const PAGES: [(&str, &str, &str); 13] = [
    ("/", "广东省", "Guangdong"),
    ("/metrics", "每百万条评价中的差评数", "Bad reviews per million reviews"),
    ("/provinces/440000", "2023年7月", "July 2023"),
    ("/provinces/440000/months/2023-07", "主动评价满意率", "Satisfaction rate of active reviews"),
    ("/provinces/440000/months/2020-01", "默认评价", "Default reviews"),
    ("/provinces/540000/months/2023-07", "评价太少", "too few reviews"),
    ("/provinces/440000/months/2023-07/areas", "广州市", "Guangzhou"),
    ("/provinces/440000/months/2023-07/areas?level=county", "本级", "city-level bodies"),
    ("/provinces/440000/months/2023-07/departments", "部门", "Department"),
    ("/provinces/440000/months/2023-07/items", "事项", "Service type"),
    ("/provinces/440000/months/2023-07/ledger", "怎样用回执核对", "How to use a receipt"),
    ("/provinces/440000/months/2023-07/ledger?by=partition", "核对", "Checks"),
    (UNKNOWN, "没有数据", "404"),
];

/// The page of a month of which there is nothing.
const UNKNOWN: &str = "/provinces/440000/months/2023-06";

/// Widths of phones, of tablets and of desktops, in pixels. A window of 1280 pixels that is enlarged by
/// half is as wide as one of 853.
const WIDTHS: [u32; 8] = [320, 360, 390, 412, 768, 834, 1024, 1280];

/// From this width on, in pixels, all columns of every table fit.
const WIDTH_OF_ALL_COLUMNS: u32 = 834;

const SHOW_ALL_COLUMNS: &str =
    "document.querySelectorAll('.columns input').forEach(box => { box.checked = true; });";

const SHOW_FEW_COLUMNS: &str = "document.querySelectorAll('.columns input').forEach(box => { box.checked = false; }); return null;";

/// Those at which axe-core looks for obstacles. It takes longer than all else.
const WIDTHS_OF_AXE: [u32; 2] = [360, 1280];

/// A month of 31 reviews, four of them bad.
fn tiny_month() -> Value {
    json!({
        "title": "hardly any reviews", "province": "540000", "month": "2023-07",
        "cases": 33, "reviews_total": 32,
        "reviews_by_channel": {"hall": 26, "pc_portal": 6},
        "reviews_by_level": {
            "very_satisfied": 20, "satisfied": 4, "basically_satisfied": 3, "dissatisfied": 2,
            "very_dissatisfied": 2,
        },
    })
}

/// Starts a world in which all three months are counted.
async fn with_three_months() -> World {
    let world = world::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let tiny = folder.path().join("tiny.json");
    fs::write(&tiny, tiny_month().to_string()).expect("a file");
    let (defaults, scale) = DEFAULTS;
    let simulations = [
        world.simulate(SCALE, &[]),
        world.simulate_month(defaults, scale, &[]),
        world.simulate_month(tiny.to_str().expect("UTF-8"), "1", &[]),
    ];
    for simulation in simulations {
        simulation.finish();
    }
    println!("{}", world.reconcile(SCALE));
    for (month, reviews) in [
        ("/v1/provinces/440000/months/2020-01", 1_800),
        ("/v1/provinces/540000/months/2023-07", 31),
    ] {
        world.until_counted(month, reviews).await;
        world.until_items_are_counted(month).await;
    }
    with_a_simulated_review(&world).await;
    world
}

/// One review of a source that simulates makes July a simulated month.
async fn with_a_simulated_review(world: &World) {
    let key = simulated::add_account(&world.installation);
    simulated::post(world, &key, 900_001).await;
    until("the month is said to be simulated", || async {
        world.disclosed(MONTH).await.is_some_and(|month| month["status"] == "simulated")
    })
    .await;
    world.until_items_are_counted(MONTH).await;
}

#[tokio::test]
async fn every_page_fits_its_window_and_can_be_read_by_everyone_in_both_languages() {
    let world = with_three_months().await;
    let Some(browser) = Browser::start(1280).await else { return };
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
            for width in WIDTHS {
                browser.set_width(width).await;
                assert_eq!(browser.overflow().await, 0, "{url} is wider than {width} pixels");
                let cut = browser.evaluate(WHAT_IS_CUT).await;
                assert_eq!(cut, json!([]), "{url} at {width}");
                if width >= WIDTH_OF_ALL_COLUMNS {
                    let cut = browser.evaluate(&format!("{SHOW_ALL_COLUMNS} {WHAT_IS_CUT}")).await;
                    assert_eq!(cut, json!([]), "{url} at {width} with all columns");
                    browser.evaluate(SHOW_FEW_COLUMNS).await;
                }
                if WIDTHS_OF_AXE.contains(&width) {
                    let violations = browser.accessibility_violations().await;
                    assert!(violations.is_empty(), "{url} at {width}: {violations:#?}");
                }
            }
            if path.contains("/months/") && !path.contains("ledger") && path != UNKNOWN {
                looks_well(&browser, &url, language).await;
            }
        }
    }
    browser.client.clone().close().await.expect("the browser closes");
}

/// Checks a page of figures as readers have chosen to see it.
async fn looks_well(browser: &Browser, url: &str, language: &str) {
    for look in [Look::Light, Look::Dark, Look::ForcedColours] {
        browser.set_look(look).await;
        if look != Look::ForcedColours {
            let faint = browser.evaluate(WHAT_IS_FAINT).await;
            assert_eq!(faint, json!([]), "{url}: {look:?}");
        }
        // Both languages have the same colours.
        if look != Look::Light && language == "zh" {
            let violations = browser.accessibility_violations().await;
            assert!(violations.is_empty(), "{url}: {look:?}: {violations:#?}");
        }
    }
    browser.set_look(Look::Paper).await;
    let mut missing = browser.evaluate(WHAT_PAPER_LACKS).await;
    // Only July has a simulated record.
    let is_simulated = url.contains("/440000/months/2023-07");
    if !is_simulated {
        let marks = missing.as_array_mut().expect("a list");
        let (of_marks, others) = marks
            .drain(..)
            .partition(|it| it.as_str().is_some_and(|it| it == "banner" || it.starts_with("mark")));
        assert_eq!(
            Value::Array(of_marks),
            json!(["banner", "mark on each sheet", "mark in each margin"]),
            "{url}"
        );
        *marks = others;
    }
    assert_eq!(missing, json!([]), "{url} on paper");
    browser.set_look(Look::Light).await;
}

/// Lists numbers of tables that are cut by the edge of what one sees before one scrolls, texts of charts
/// that leave their chart or run into each other, labels that leave the colour that they name, and
/// figures that are wider than their place.
const WHAT_IS_CUT: &str = r"
    // Some letters reach a pixel beyond the place from which they are set.
    const cut = [], near = 1.5;
    const seen = element => element.getClientRects().length > 0;
    const lies_in = (inner, outer) => inner.left >= outer.left - near && inner.right <= outer.right + near;
    for (const region of document.querySelectorAll('.table')) {
        const place = region.getBoundingClientRect();
        for (const cell of region.querySelectorAll('td')) {
            if (!seen(cell) || !cell.innerText.trim()) continue;
            const range = document.createRange();
            // Of what is not known, a dash is seen; the words are for screen readers.
            range.selectNodeContents(cell.querySelector('.unknown > [aria-hidden]') ?? cell);
            const text = range.getBoundingClientRect();
            // What begins beyond the edge is not seen at all.
            if (!lies_in(text, place) && text.left < place.right)
                cut.push('cell ' + cell.innerText);
        }
    }
    for (const text of document.querySelectorAll('.chart text')) {
        const place = text.closest('.chart').getBoundingClientRect();
        if (!lies_in(text.getBoundingClientRect(), place)) cut.push('chart ' + text.textContent);
    }
    for (const text of document.querySelectorAll('.chart text.inside')) {
        let shape = text.previousElementSibling;
        while (shape.tagName !== 'rect') shape = shape.previousElementSibling;
        if (!lies_in(text.getBoundingClientRect(), shape.getBoundingClientRect()))
            cut.push('label ' + text.textContent);
    }
    for (const value of document.querySelectorAll('.chart .value')) {
        const name = value.parentElement.querySelector('.name');
        if (name.getBoundingClientRect().right > value.getBoundingClientRect().left)
            cut.push('name ' + name.textContent);
    }
    for (const figure of document.querySelectorAll('.figure'))
        if (figure.scrollWidth > figure.clientWidth) cut.push('figure ' + figure.innerText);
    return cut;
";

/// Lists labels and shapes of charts that do not stand out enough: 4.5:1 for text, 3:1 for shapes.
const WHAT_IS_FAINT: &str = r"
    const luminance = colour => {
        const parts = colour.match(/[\d.]+/g).slice(0, 3).map(part => part / 255);
        const [red, green, blue] = parts.map(
            part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const contrast = (one, other) => {
        const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
        return (light + 0.05) / (dark + 0.05);
    };
    const fill = element => getComputedStyle(element).fill;
    const paper = getComputedStyle(document.body).backgroundColor;
    const faint = [];
    for (const text of document.querySelectorAll('.chart text.inside')) {
        let shape = text.previousElementSibling;
        while (shape.tagName !== 'rect') shape = shape.previousElementSibling;
        if (contrast(fill(text), fill(shape)) < 4.5) faint.push('label ' + text.textContent);
    }
    for (const shape of document.querySelectorAll('.chart rect:not(.silent), .legend rect:not(.silent)'))
        if (contrast(fill(shape), paper) < 3) faint.push('shape ' + shape.className.baseVal);
    for (const shape of document.querySelectorAll('.chart rect.default')) {
        const before = shape.previousElementSibling;
        if (before && before.tagName === 'rect' && contrast(fill(shape), fill(before)) < 3)
            faint.push('shades ' + shape.className.baseVal);
    }
    return faint;
";

/// Lists what a sheet of paper does not say or show of a page.
const WHAT_PAPER_LACKS: &str = r"
    const lacks = [];
    const seen = element => element && element.getClientRects().length > 0;
    const mark = getComputedStyle(document.body, '::after');
    if (!seen(document.querySelector('.banner'))) lacks.push('banner');
    if (!mark.content.includes('SIMULATED') || mark.position !== 'fixed') lacks.push('mark on each sheet');
    if (getComputedStyle(document.body).page !== 'simulated') lacks.push('mark in each margin');
    if (!seen(document.querySelector('.as-of'))) lacks.push('as of');
    if (!document.querySelector('.printed').innerText.includes('/provinces/')) lacks.push('address');
    for (const cell of document.querySelectorAll('.table td, .table th'))
        if (!seen(cell)) { lacks.push('column of ' + cell.innerText); break; }
    return lacks;
";

/// Lists lines of charts whose number stands in no table, in a row of the same name.
const WHAT_NO_TABLE_HAS: &str = r"
    const rows = [...document.querySelectorAll('table tr')];
    const has = (cell, number) => number === '–'
        ? cell.querySelector('.unknown') !== null
        : [...cell.childNodes].some(node => node.textContent === number);
    const missing = [];
    for (const value of document.querySelectorAll('.chart .value')) {
        const name = value.parentElement.querySelector('.name').textContent;
        const number = value.textContent.split('（')[0];
        const of_name = rows.filter(row => row.querySelector('th')?.textContent === name);
        if (!of_name.some(row => [...row.querySelectorAll('td')].some(cell => has(cell, number))))
            missing.push(name + ' ' + number);
    }
    return missing;
";

/// A page shows the figures of the API, and every chart has a table with its numbers.
#[tokio::test]
async fn the_page_of_a_month_shows_the_figures_of_the_api() {
    let world = world::start().await;
    world.simulate(SCALE, &[]).finish();
    println!("{}", world.reconcile(SCALE));
    with_a_simulated_review(&world).await;
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
    let drawn = browser.evaluate("return document.querySelectorAll('.chart .value').length").await;
    assert!(drawn.as_u64() > Some(20), "levels, channels and areas are drawn: {drawn}");
    assert_eq!(browser.evaluate(WHAT_NO_TABLE_HAS).await, json!([]));
    assert!(text.contains("模拟数据"), "what is simulated is marked");
    let title = browser.evaluate("return document.title").await;
    assert!(title.as_str().is_some_and(|title| title.starts_with("【模拟数据】")), "{title}");
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
