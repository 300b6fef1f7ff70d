//! The pages below a month: areas, departments, items.

use ::figures::Edition;
use ::figures::metric::{SERVICES, UNREVIEWED_SERVICES};
use maud::{Markup, html};

use super::areas;
use super::coverage::shown_beside;
use super::format::{self, thousands};
use super::layout::{
    Page, Simulated, above_month, as_of, heading, in_language, labelled_data_links, month_address,
    titled,
};
use super::tables::{
    COLUMNS_OF_NARROW, MEASURE_COLUMNS, ROWS_OF_LONG, Table, measure_cells, number,
};
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
                parts.join(" · ")
            }
        }
    }
}

pub(crate) fn page(of: &RowsOfMonth, language: Language) -> Answer {
    let Edition { province, month, status, .. } = of.edition;
    let range = of.range;
    let title = titled(|language| {
        let (name, month) = (format::province(province, language), format::month(month, language));
        let subject = of.subject(language);
        language.of((
            format!("{name}{month}\u{a0}· {subject}"),
            format!("{name}, {month}\u{a0}· {subject}"),
        ))
    });
    let address = of.address();
    let content = html! {
        (heading(language, &title, of.edition, &as_of(of.coverage, language)))
        section {
            (shown_beside(of.coverage, of.of_month, language, || figures(of, &address, language)))
            (labelled_data_links(&address, &ranged(&address, range), language))
        }
    };
    let address = ranged(&address, range);
    let above = above_month(province, month, language);
    let here = Some(of.subject(language));
    let simulated = Simulated::of(status);
    Page { language, simulated, title, address, above, here, content }.answer()
}

fn figures(of: &RowsOfMonth, address: &str, language: Language) -> Markup {
    let rows = &of.rows.rows;
    let month = month_address(of.edition.province, of.edition.month);
    let shown = rows.len() as u64;
    let is_all = shown == of.rows.total_rows;
    let charts = || html! { @if is_all { (areas::charts(rows, areas::overall(rows), language)) } };
    html! {
        @if rows.is_empty() {
            p { (language.of(("暂无数据。", "There are no figures."))) }
        } @else {
            @match &of.breakdown {
                Breakdown::Cities | Breakdown::Counties { city: Some(_) } => {
                    (charts())
                    (areas::area_table(&month, rows, language))
                },
                Breakdown::Counties { city: None } => (areas::area_table(&month, rows, language)),
                Breakdown::Departments => {
                    (code_table(rows, words::DEPARTMENT, language, |row| {
                        Some(format!("{month}/items?department={}", row.code))
                    }))
                },
                Breakdown::Items { .. } => (code_table(rows, words::ITEM, language, |_| None)),
            }
            p.note { (language.of(words::CHANCE)) }
        }
        (turn(address, of.range, (shown, of.rows.total_rows), language))
        @if !of.breakdown.has_services() {
            p.note {
                (language.of((
                    "事项的服务次数不分渠道统计，此处不列出。",
                    "Services of a service type are not counted by channel, so they are not shown here.",
                )))
            }
        }
    }
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

/// Departments or items by name and code.
fn code_table(
    rows: &[Row],
    what: Words,
    language: Language,
    address: impl Fn(&Row) -> Option<String>,
) -> Markup {
    let columns: Vec<_> = [what]
        .into_iter()
        .chain(MEASURE_COLUMNS)
        .chain([SERVICES.name, UNREVIEWED_SERVICES.name])
        .collect();
    let lines = html! {
        tbody {
            @for row in rows {
                tr {
                    th scope="row" {
                        @match address(row) {
                            Some(address) => a href=(in_language(&address, language)) { (name(row, language)) },
                            None => (name(row, language)),
                        }
                        @if row.name.is_some() { code { (row.code) } }
                    }
                    (measure_cells(&row.slice, language))
                    (number(row.slice.services, language))
                    (number(row.slice.unreviewed_services, language))
                }
            }
        }
    };
    let caption = language
        .of((format!("各{}的评价", what.0), format!("Reviews by {}", what.1.to_lowercase())));
    let is_long = rows.len() >= ROWS_OF_LONG;
    let of_narrow = COLUMNS_OF_NARROW;
    Table { id: "rows", caption: &caption, columns: &columns, of_narrow, is_long }
        .render(&lines, language)
}

/// The name of a department or an item, which is Chinese, or its code.
fn name(row: &Row, language: Language) -> Markup {
    html! {
        @match &row.name {
            Some(name) => span lang=[(language == Language::En).then_some("zh-CN")] {
                (language.name(name))
            },
            None => code { (row.code) },
        }
    }
}
