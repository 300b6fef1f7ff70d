//! The pages below a month: areas, departments, items.

use ::figures::Edition;
use ::figures::metric::{BAD_REVIEWS, SERVICES};
use domain::CountyCode;
use maud::{Markup, html};

use super::charts::{self, Bar, BarChart, Line};
use super::format::{self, thousands};
use super::layout::{Page, above_month, data_links, heading, in_language, month_address, titled};
use super::tables::{RATE_COLUMNS, REVIEW_COLUMNS, number, rate_cells, review_cells, table};
use super::words::{self, Words};
use crate::cache::Answer;
use crate::model::{Row, RowsOfMonth};
use crate::resource::{Breakdown, Language, ROWS_DEFAULT, RowRange};

impl RowsOfMonth {
    /// The path and the query of the page, without range and language.
    fn address(&self) -> String {
        let month = month_address(self.edition.province, self.edition.month);
        let (path, parameters) = match &self.breakdown {
            Breakdown::Cities => ("areas", vec![]),
            Breakdown::Counties { city } => {
                let city = city.map(|city| format!("parent={city}"));
                ("areas", [Some("level=county".to_owned()), city].into_iter().flatten().collect())
            }
            Breakdown::Departments => ("departments", vec![]),
            Breakdown::Items { area, department, item, channel } => {
                let parameters = [
                    area.map(|area| format!("area={area}")),
                    department.as_ref().map(|department| format!("department={department}")),
                    item.map(|item| format!("item={item}")),
                    channel.map(|channel| format!("channel={channel}")),
                ];
                ("items", parameters.into_iter().flatten().collect::<Vec<_>>())
            }
        };
        let query = if parameters.is_empty() { "" } else { "?" };
        format!("{month}/{path}{query}{}", parameters.join("&"))
    }

    /// What the page is of, within its month.
    fn subject(&self, language: Language) -> String {
        match &self.breakdown {
            Breakdown::Cities => language.of(words::BY_AREA).to_owned(),
            Breakdown::Counties { city: None } => {
                language.of(("各县（市、区）", "Counties and districts")).to_owned()
            }
            Breakdown::Counties { city: Some(city) } => {
                let city = format::area_name(*city, language);
                language.of((
                    format!("{city}各县（市、区）"),
                    format!("{city}, by county and district"),
                ))
            }
            Breakdown::Departments => language.of(words::BY_DEPARTMENT).to_owned(),
            Breakdown::Items { area, department, item, channel } => {
                let department = department
                    .as_ref()
                    .map(|code| self.department.clone().unwrap_or(code.to_string()));
                let parts = [
                    area.map(|area| format::area_name(area, language)),
                    department,
                    item.map(|item| item.to_string()),
                    channel.map(|channel| language.of(channel.name()).to_owned()),
                    Some(language.of(words::BY_ITEM).to_owned()),
                ];
                let parts: Vec<_> = parts.into_iter().flatten().collect();
                parts.join(language.of((" · ", " · ")))
            }
        }
    }
}

pub(crate) fn page(of: &RowsOfMonth, language: Language) -> Answer {
    let Edition { province, month, status, .. } = of.edition;
    let (range, rows) = (of.range, &of.rows);
    let title = titled(|language| {
        let (name, month) = (format::province(province, language), format::month(month, language));
        let subject = of.subject(language);
        language.of((format!("{name}{month} · {subject}"), format!("{name}, {month} · {subject}")))
    });
    let address = of.address();
    let month_address = month_address(province, month);
    let content = html! {
        (heading(language, &title, status))
        section {
            @if rows.rows.is_empty() {
                p { (language.of(("暂无数据。", "There are no figures."))) }
            } @else {
                @match &of.breakdown {
                    Breakdown::Cities => {
                        (area_chart(&rows.rows, province.county_code(), language))
                        (area_table(&month_address, &rows.rows, province.county_code(), language))
                    },
                    Breakdown::Counties { city: Some(city) } => {
                        (area_chart(&rows.rows, *city, language))
                        (area_table(&month_address, &rows.rows, *city, language))
                    },
                    Breakdown::Counties { city: None } => {
                        (area_table(&month_address, &rows.rows, province.county_code(), language))
                    },
                    Breakdown::Departments => {
                        (code_table(&rows.rows, words::DEPARTMENT, language, |row| {
                            Some(format!("{month_address}/items?department={}", row.code))
                        }))
                    },
                    Breakdown::Items { .. } => {
                        (code_table(&rows.rows, words::ITEM, language, |_| None))
                    },
                }
            }
            (turn(&address, range, (rows.rows.len() as u64, rows.total_rows), language))
            p.note { (language.of(words::ROWS_LAG)) }
            @if !of.breakdown.has_services() {
                p.note {
                    (language.of((
                        "事项的服务数不分渠道统计，此处不列出。",
                        "Services of an item are not counted by channel, so they are not shown here.",
                    )))
                }
            }
            (data_links(&ranged(&address, range), language))
        }
    };
    let address = ranged(&address, range);
    let above = above_month(province, month, language);
    let here = Some(of.subject(language));
    Page { language, title, address, above, here, content }.answer()
}

/// An address with its range of rows, as far as it is not the usual one.
pub(super) fn ranged(address: &str, range: RowRange) -> String {
    let limit = (range.limit != ROWS_DEFAULT).then(|| format!("limit={}", range.limit));
    let offset = (range.offset > 0).then(|| format!("offset={}", range.offset));
    let parameters: Vec<_> = limit.into_iter().chain(offset).collect();
    match (parameters.is_empty(), address.contains('?')) {
        (true, _) => address.to_owned(),
        (false, false) => format!("{address}?{}", parameters.join("&")),
        (false, true) => format!("{address}&{}", parameters.join("&")),
    }
}

/// Which rows are shown, how many of how many, and the way to those before and after.
pub(super) fn turn(
    address: &str,
    range: RowRange,
    (shown, total_rows): (u64, u64),
    language: Language,
) -> Markup {
    let from = u64::from(range.offset);
    let before = (range.offset > 0)
        .then(|| RowRange { offset: range.offset.saturating_sub(range.limit), ..range });
    let after = (from + shown < total_rows && shown > 0)
        .then(|| RowRange { offset: range.offset.saturating_add(range.limit), ..range });
    html! {
        @if before.is_some() || after.is_some() {
            nav.turn aria-label=(language.of(("翻页", "Pages"))) {
                @if let Some(before) = before {
                    a rel="prev" href=(in_language(&ranged(address, before), language)) {
                        (language.of(("上一页", "Previous")))
                    }
                }
                @if shown > 0 {
                    span {
                        (language.of(("第 ", "Rows ")))
                        (thousands(from + 1)) "–" (thousands(from + shown))
                        (language.of((" 行，共 ", " of ")))
                        (thousands(total_rows))
                        (language.of((" 行", "")))
                    }
                }
                @if let Some(after) = after {
                    a rel="next" href=(in_language(&ranged(address, after), language)) {
                        (language.of(("下一页", "Next")))
                    }
                }
            }
        }
    }
}

/// Whether a row is of what the wider area serves by itself.
fn is_own(row: &Row, wider: CountyCode) -> bool {
    row.code == wider.to_string()
}

pub(crate) fn area_chart(rows: &[Row], wider: CountyCode, language: Language) -> Markup {
    let lines = rows.iter().map(|row| {
        Line::Bar(Bar {
            name: format::area(&row.code, row.name.as_ref(), is_own(row, wider), language),
            parts: vec![
                ("area", row.slice.reviews().active),
                ("area default", row.slice.reviews().default),
            ],
            value: thousands(row.slice.reviews().counted),
        })
    });
    let bad = rows.iter().map(|row| {
        Line::Bar(Bar {
            name: format::area(&row.code, row.name.as_ref(), is_own(row, wider), language),
            parts: vec![("bad", row.slice.levels.bad())],
            value: thousands(row.slice.levels.bad()),
        })
    });
    let title = language.of(("各地评价数", "Reviews by area"));
    let bad_title = language.of(("各地差评数", "Bad reviews by area"));
    let description = language.of(("各地数据见图后的表格。", "The table below lists the figures."));
    html! {
        div.pair {
            figure {
                figcaption {
                    (title)
                    (charts::legend(&[
                        ("any default", language.of(("浅色：默认评价", "lighter: default reviews"))),
                    ]))
                }
                (BarChart { id: "areas", title, description, lines: lines.collect() }.render())
            }
            figure {
                figcaption { (bad_title) }
                (BarChart { id: "bad-areas", title: bad_title, description, lines: bad.collect() }.render())
            }
        }
    }
}

/// Areas, each with a link to what lies in it: from cities to counties, from counties to items.
pub(crate) fn area_table(
    month: &str,
    rows: &[Row],
    wider: CountyCode,
    language: Language,
) -> Markup {
    let address = |row: &Row| {
        let code: CountyCode = row.code.parse().ok()?;
        if code == wider || code == code.province().county_code() {
            None
        } else if code == code.city() {
            Some(format!("{month}/areas?level=county&parent={code}"))
        } else {
            Some(format!("{month}/items?area={code}"))
        }
    };
    let name = |row: &Row| {
        let name = format::area(&row.code, row.name.as_ref(), is_own(row, wider), language);
        html! { (name) }
    };
    row_table(rows, words::AREA, language, address, name, |_| html! {})
}

/// Departments or items by name and code.
fn code_table(
    rows: &[Row],
    what: Words,
    language: Language,
    address: impl Fn(&Row) -> Option<String>,
) -> Markup {
    let name = |row: &Row| {
        html! {
            @if let Some(name) = &row.name {
                span lang=[(language == Language::En).then_some("zh-CN")] { (language.name(name)) }
            } @else {
                (row.code)
            }
        }
    };
    let code = |row: &Row| html! { @if row.name.is_some() { code { (row.code) } } };
    row_table(rows, what, language, address, name, code)
}

fn row_table(
    rows: &[Row],
    what: Words,
    language: Language,
    address: impl Fn(&Row) -> Option<String>,
    name: impl Fn(&Row) -> Markup,
    code: impl Fn(&Row) -> Markup,
) -> Markup {
    let columns = [what, SERVICES.name, words::UNREVIEWED]
        .into_iter()
        .chain(REVIEW_COLUMNS)
        .chain([BAD_REVIEWS.name])
        .chain(RATE_COLUMNS);
    let lines = html! {
        tbody {
            @for row in rows {
                tr {
                    th scope="row" {
                        @if let Some(address) = address(row) {
                            a href=(in_language(&address, language)) { (name(row)) }
                        } @else {
                            (name(row))
                        }
                        (code(row))
                    }
                    (number(row.slice.services, language))
                    (number(row.slice.unreviewed_services, language))
                    (review_cells(row.slice.reviews()))
                    td { (thousands(row.slice.levels.bad())) }
                    (rate_cells(&row.slice, language))
                }
            }
        }
    };
    let caption =
        language.of((format!("各{}数据", what.0), format!("Figures by {}", what.1.to_lowercase())));
    table("rows", &caption, &columns.collect::<Vec<_>>(), &lines, language)
}
