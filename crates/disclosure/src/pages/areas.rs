//! Areas: their charts and their tables.

use ::figures::metric::{ACTIVE_BAD_REVIEWS_PER_MILLION, SERVICES, UNREVIEWED_SERVICES};
use domain::{CountyCode, Rate};
use maud::{Markup, html};

use super::charts::{Bar, BarChart, Comparison, Line, RateLine, RatesChart, legend};
use super::format;
use super::layout::in_language;
use super::tables::{
    COLUMNS_OF_NARROW, MEASURE_COLUMNS, ROWS_OF_LONG, Table, measure_cells, number,
};
use super::words;
use crate::model::{AreaLevel, Row};
use crate::resource::Language;

/// The rate of all areas of a list together, with which each of them is compared.
pub(crate) fn overall(rows: &[Row]) -> Rate {
    let rates = rows.iter().filter_map(rate);
    rates.fold(Rate { numerator: 0, denominator: 0 }, |sum, rate| Rate {
        numerator: sum.numerator + rate.numerator,
        denominator: sum.denominator + rate.denominator,
    })
}

fn rate(row: &Row) -> Option<Rate> {
    ACTIVE_BAD_REVIEWS_PER_MILLION.rate(&row.slice)
}

/// The rates of areas beside that of the whole, and how many reviews each has.
pub(crate) fn charts(rows: &[Row], whole: Rate, language: Language) -> Markup {
    html! {
        div.pair {
            (rates(rows, whole, language))
            (sizes(rows, language))
        }
    }
}

/// Nothing as long as no area has enough reviews for a rate: the table has the counts.
fn rates(rows: &[Row], whole: Rate, language: Language) -> Markup {
    let lines: Vec<_> = rows
        .iter()
        .filter_map(|row| {
            Some(RateLine { name: format::area_in_chart(row, language), rate: rate(row)? })
        })
        .collect();
    let comparison = Comparison::of(&lines, whole);
    if comparison.telling == 0 {
        return html! {};
    }
    let whole_rate = format::per_million(whole).unwrap_or_default();
    let title = message(comparison, language);
    let metric = language.of(ACTIVE_BAD_REVIEWS_PER_MILLION.name);
    let description = language.of((
        format!("{metric}：总体为 {whole_rate}。{title}。各地数据见下表。"),
        format!("{metric}: {whole_rate} overall. {title}. The table below lists the figures."),
    ));
    let interval_text =
        language.of((format!("{metric}，95%置信区间"), format!("{metric}, with 95% interval")));
    let whole_text = language.of((format!("总体 {whole_rate}"), format!("Overall: {whole_rate}")));
    let chart =
        RatesChart { id: "rates", title: &title, description: &description, lines: &lines, whole };
    let mut entries = vec![("interval", interval_text.as_str())];
    if chart.has_interval_beyond() {
        entries.push((
            "interval beyond",
            language.of(("区间超出图的范围", "interval goes on beyond the chart")),
        ));
    }
    entries.push(("whole", &whole_text));
    html! {
        figure {
            figcaption {
                span { (title) }
                (legend(&entries))
            }
            (chart.render(language))
        }
    }
}

/// Of how many intervals one misses the rate that it is of, by chance alone.
const INTERVALS_OF_ONE_MISS: usize = 20;

/// What there is to see in the rates. Each area is compared by itself, so some intervals miss the rate
/// of the whole even where all areas are the same: how many is said beside how many there are.
fn message(comparison: Comparison, language: Language) -> String {
    let Comparison { telling, outside } = comparison;
    if outside == 0 {
        let none = (
            "各地区与总体的差异都可能只是偶然",
            "No area differs from the whole by more than chance could explain",
        );
        return language.of(none).to_owned();
    }
    let by_chance = match (telling + INTERVALS_OF_ONE_MISS / 2) / INTERVALS_OF_ONE_MISS {
        0 => language.of(("不到 1 个".to_owned(), "fewer than 1".to_owned())),
        some => language.of((format!("约有 {some} 个"), format!("about {some}"))),
    };
    language.of((
        format!("{telling} 个地区中，{outside} 个的95%置信区间不含总体水平（即使各地水平相同，预计也{by_chance}）"),
        format!("{outside} of {telling} areas have an interval without the overall rate; {by_chance} would by chance alone"),
    ))
}

fn sizes(rows: &[Row], language: Language) -> Markup {
    let all: u64 = rows.iter().map(|row| row.slice.reviews().counted).sum();
    let lines = rows.iter().map(|row| {
        Line::Bar(Bar::of_reviews(format::area_in_chart(row, language), row.slice.reviews()))
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
    let chart = BarChart { id: "areas", title: &title, description, lines: lines.collect() };
    chart.figure_of_reviews(language)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_many_areas_differ_is_said_beside_how_many_would_by_chance() {
        let said = |telling, outside| {
            [Language::Zh, Language::En]
                .map(|language| message(Comparison { telling, outside }, language))
        };
        assert_eq!(
            said(22, 3),
            [
                "22 个地区中，3 个的95%置信区间不含总体水平（即使各地水平相同，预计也约有 1 个）",
                "3 of 22 areas have an interval without the overall rate; about 1 would by chance alone",
            ]
        );
        assert!(
            said(6, 1)[0].ends_with("预计也不到 1 个）") && said(122, 1)[1].contains("about 6")
        );
        assert_eq!(
            said(22, 0)[1],
            "No area differs from the whole by more than chance could explain"
        );
    }
}
