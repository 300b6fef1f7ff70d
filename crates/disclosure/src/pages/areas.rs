//! Areas: their charts and their tables.

use ::figures::Slice;
use ::figures::metric::{ACTIVE_BAD_REVIEWS_PER_MILLION, SERVICES, UNREVIEWED_SERVICES};
use domain::{CountyCode, Rate};
use maud::{Markup, html};

use super::charts::{Bar, BarChart, Comparison, Line, RateLine, RatesChart, legend};
use super::format::{self, thousands};
use super::layout::in_language;
use super::tables::{
    COLUMNS_OF_NARROW, MEASURE_COLUMNS, ROWS_OF_LONG, Table, measure_cells, number,
};
use super::words::{self, Words};
use crate::model::{AreaLevel, Row};
use crate::resource::Language;

/// What areas are compared with: its name and its rate.
pub(crate) struct Reference {
    pub(crate) name: Words,
    pub(crate) rate: Rate,
}

impl Reference {
    /// A whole of which the figures are known.
    pub(crate) fn of(name: Words, whole: &Slice) -> Option<Self> {
        ACTIVE_BAD_REVIEWS_PER_MILLION.rate(whole).map(|rate| Self { name, rate })
    }

    /// All areas of a list together.
    pub(crate) fn sum(name: Words, rows: &[Row]) -> Self {
        let rates = rows.iter().filter_map(rate);
        let rate = rates.fold(Rate { numerator: 0, denominator: 0 }, |sum, rate| Rate {
            numerator: sum.numerator + rate.numerator,
            denominator: sum.denominator + rate.denominator,
        });
        Self { name, rate }
    }
}

fn rate(row: &Row) -> Option<Rate> {
    ACTIVE_BAD_REVIEWS_PER_MILLION.rate(&row.slice)
}

/// The rates of areas beside that of the whole, and how many reviews each has.
pub(crate) fn charts(rows: &[Row], whole: &Reference, language: Language) -> Markup {
    html! {
        div.pair {
            (rates(rows, whole, language))
            (sizes(rows, language))
        }
    }
}

/// Nothing as long as no area has enough reviews for a rate: the table has the counts.
fn rates(rows: &[Row], whole: &Reference, language: Language) -> Markup {
    let lines: Vec<_> = rows
        .iter()
        .filter_map(|row| Some(RateLine { name: format::area(row, language), rate: rate(row)? }))
        .collect();
    let comparison = Comparison::of(&lines, whole.rate);
    if comparison.telling == 0 {
        return html! {};
    }
    let name = language.of(whole.name);
    let whole_rate = format::per_million(whole.rate).unwrap_or_default();
    let title = message(comparison, name, language);
    let description = language.of((
        format!("{name}每百万条主动评价中的差评数为 {whole_rate}。{title}。各地数据见下表。"),
        format!("{title}. Bad reviews per million active reviews of {name}: {whole_rate}. The table below lists the figures."),
    ));
    let whole_text = language.of((format!("{name} {whole_rate}"), format!("{name}: {whole_rate}")));
    let chart = RatesChart {
        id: "rates",
        title: &title,
        description: &description,
        lines: &lines,
        whole: whole.rate,
    };
    html! {
        figure {
            figcaption {
                span { (title) }
                (legend(&[
                    ("interval", language.of((
                        "每百万条主动评价中的差评数，95%区间", "bad per million active reviews, 95% interval",
                    ))),
                    ("whole", &whole_text),
                ]))
            }
            (chart.render(language))
        }
    }
}

/// What there is to see in the rates.
fn message(comparison: Comparison, whole: &str, language: Language) -> String {
    let Comparison { telling, outside } = comparison;
    match outside {
        0 => language.of((
            format!("{telling} 个地区与{whole}的差异都可能只是偶然"),
            format!("All {telling} areas may differ from {whole} by mere chance"),
        )),
        _ => language.of((
            format!("{telling} 个地区中，{outside} 个与{whole}的差异超出偶然波动"),
            format!("{outside} of {telling} areas differ from {whole} by more than chance"),
        )),
    }
}

fn sizes(rows: &[Row], language: Language) -> Markup {
    let all: u64 = rows.iter().map(|row| row.slice.reviews().counted).sum();
    let lines = rows.iter().map(|row| {
        let reviews = row.slice.reviews();
        Line::Bar(Bar {
            name: format::area(row, language),
            parts: vec![("count", reviews.active), ("count default", reviews.default)],
            value: thousands(reviews.counted),
        })
    });
    let most = rows.iter().max_by_key(|row| row.slice.reviews().counted);
    let most = most.and_then(|row| {
        let count = row.slice.reviews().counted;
        let name = format::area(row, language);
        let share = format::with_share(count, all, language);
        (count > 0).then(|| {
            language.of((
                format!("评价最多的是{name}：{share}"),
                format!("Most reviews: {name}, {share}"),
            ))
        })
    });
    let title = most.unwrap_or_else(|| language.of(("各地评价数", "Reviews by area")).to_owned());
    let description = language.of(("各地数据见下表。", "The table below lists the figures."));
    html! {
        figure {
            figcaption {
                span { (title) }
                (legend(&[
                    ("count", language.of(words::ACTIVE)),
                    ("count default", language.of(words::DEFAULT)),
                ]))
            }
            (BarChart { id: "areas", title: &title, description, lines: lines.collect() }.render())
        }
    }
}

/// Areas, each with a link to what lies in it: from cities to counties, from counties to items. Where
/// they are of several cities, each city heads its own.
pub(crate) fn area_table(month: &str, rows: &[Row], language: Language) -> Markup {
    let groups: Vec<&[Row]> = rows.chunk_by(|one, other| parent(one) == parent(other)).collect();
    let is_grouped = groups.len() > 1;
    let columns: Vec<_> = [words::AREA]
        .into_iter()
        .chain(MEASURE_COLUMNS)
        .chain([SERVICES.name, UNREVIEWED_SERVICES.name])
        .collect();
    let lines = html! {
        @for group in groups {
            tbody {
                @if let Some(city) = parent(&group[0]).filter(|_| is_grouped) {
                    tr.group {
                        th scope="rowgroup" colspan=(columns.len()) {
                            span { (format::area_name(city, language)) }
                        }
                    }
                }
                @for row in group { (area_line(month, row, language)) }
            }
        }
    };
    let caption = language.of(("各地区的评价", "Reviews by area"));
    let table = Table {
        id: "rows",
        caption,
        columns: &columns,
        of_narrow: COLUMNS_OF_NARROW,
        is_long: rows.len() >= ROWS_OF_LONG,
    };
    table.render(&lines, language)
}

fn parent(row: &Row) -> Option<CountyCode> {
    row.area.map(|area| area.parent)
}

fn area_line(month: &str, row: &Row, language: Language) -> Markup {
    let name = format::area(row, language);
    let address = address(month, row);
    html! {
        tr {
            th scope="row" {
                @match address {
                    Some(address) => a href=(in_language(&address, language)) { (name) },
                    None => (name),
                }
            }
            (measure_cells(&row.slice, language))
            (number(row.slice.services, language))
            (number(row.slice.unreviewed_services, language))
        }
    }
}

/// Where the parts of an area are. What a city or a province serves by itself has none.
fn address(month: &str, row: &Row) -> Option<String> {
    let area = row.area.filter(|area| !area.is_own)?;
    let code: CountyCode = row.code.parse().ok()?;
    Some(match area.level {
        AreaLevel::Province | AreaLevel::City => {
            format!("{month}/areas?level=county&parent={code}")
        }
        AreaLevel::County => format!("{month}/items?area={code}"),
    })
}
