//! The page of a month: its figures, by channel, by level and by city.

use ::figures::metric::{
    ACTIVE_SATISFACTION, BAD_REVIEWS_PER_MILLION, BAD_REVIEWS_RECEIVED, CASES, REVIEWS_COUNTED,
    SATISFACTION, SERVICES,
};
use ::figures::{Edition, Figures, Metric, Slice};
use domain::{ChannelGroup, Level, Province, Rate};
use maud::{Markup, html};

use super::charts::{self, Bar, BarChart, Line};
use super::definitions;
use super::format::{self, thousands};
use super::layout::{
    Page, data_links, heading, in_language, known, month_address, province_address, titled,
};
use super::rows::{area_chart, area_table};
use super::tables::{
    RATE_COLUMNS, REVIEW_COLUMNS, number, per_million, percent, rate_cells, review_cells, table,
};
use super::words;
use crate::cache::Answer;
use crate::model::{FiguresOfMonth, Row};
use crate::resource::Language;

pub(crate) fn page(of: &FiguresOfMonth, language: Language) -> Answer {
    let FiguresOfMonth { edition, figures, cities, .. } = of;
    let cities = cities.as_ref().map_or(&[][..], |cities| &cities.rows);
    let Edition { province, month, status, .. } = *edition;
    let title = titled(|language| {
        let (name, month) = (format::province(province, language), format::month(month, language));
        language.of((
            format!("{name}{month}政务服务“好差评”"),
            format!("{name}, {month}: ratings of government services"),
        ))
    });
    let address = month_address(province, month);
    let content = html! {
        (heading(language, &title, status))
        (headline(&figures.total, language))
        (by_channel(figures, language))
        (by_level(&figures.total, language))
        (by_city(&address, province, cities, language))
        (ledger_link(&address, language))
        (definitions::section(edition.rule, language))
        section {
            h2 { (language.of(words::DATA)) }
            p { (language.of((
                "下载本页数据：", "Download the figures of this page:",
            ))) }
            (data_links(&address, language))
        }
    };
    let above = vec![(province_address(province), format::province(province, language).to_owned())];
    let here = Some(format::month(month, language));
    Page { language, title, address, above, here, content }.answer()
}

fn ledger_link(address: &str, language: Language) -> Markup {
    html! {
        section {
            h2 { (language.of(words::LEDGER)) }
            p {
                (language.of((
                    "已收到的每条记录的去向、未计入统计的评价及其原因、各项数据的核对结果：",
                    "What became of every record that was received, which reviews do not count and why, and whether the numbers agree: ",
                )))
                a href=(in_language(&format!("{address}/ledger"), language)) {
                    (language.of(("本月数据台账", "the ledger of this month")))
                }
            }
        }
    }
}

fn headline(total: &Slice, language: Language) -> Markup {
    let reviews = total.reviews();
    let unreviewed = total.unreviewed_services.zip(total.services);
    let unreviewed =
        unreviewed.map(|(unreviewed, services)| format::with_share(unreviewed, services, language));
    let parts = |metric: &Metric| {
        let of = |Rate { numerator, denominator }: Rate| {
            format!("{} / {}", thousands(numerator), thousands(denominator))
        };
        known(metric.rate(total).map(of), language)
    };
    html! {
        dl.headline {
            div {
                dt { (language.of(CASES.name)) }
                dd.figure { (known(total.cases.map(thousands), language)) }
                dd { (language.of((
                    "本月至少办理过一次服务的办件", "with at least one service in the month",
                ))) }
            }
            div {
                dt { (language.of(SERVICES.name)) }
                dd.figure { (known(total.services.map(thousands), language)) }
                @if let Some(unreviewed) = unreviewed {
                    dd { (language.of(("未评 ", "not reviewed: "))) (unreviewed) }
                }
            }
            div {
                dt { (language.of(REVIEWS_COUNTED.name)) }
                dd.figure { (thousands(reviews.counted)) }
                dd {
                    (language.of(("主动 ", "active: "))) (thousands(reviews.active))
                    (language.of((" · 默认 ", " · default: "))) (thousands(reviews.default))
                }
                @if let Some(set_aside) = total.set_aside.filter(|set_aside| *set_aside > 0) {
                    dd {
                        (language.of(("另有不予计入的评价 ", "set aside: ")))
                        (thousands(set_aside))
                    }
                }
            }
            div {
                dt { (language.of(BAD_REVIEWS_RECEIVED.name)) }
                dd.figure { (known(total.bad_reviews_received.map(thousands), language)) }
                dd { (language.of((
                    "本月内作出的差评，不论服务在哪个月",
                    "given within the month, whenever the service took place",
                ))) }
            }
            div.main {
                dt { (language.of(SATISFACTION.name)) }
                dd.figure { (percent(&SATISFACTION, total, language)) }
                dd { (parts(&SATISFACTION)) }
                dd {
                    (language.of(("其中主动评价 ", "active reviews: ")))
                    (percent(&ACTIVE_SATISFACTION, total, language))
                }
            }
            div.main {
                dt { (language.of(BAD_REVIEWS_PER_MILLION.name)) }
                dd.figure { (per_million(&BAD_REVIEWS_PER_MILLION, total, language)) }
                dd {
                    (language.of(("对本月服务的差评 ", "bad reviews of the month's services: ")))
                    (parts(&BAD_REVIEWS_PER_MILLION))
                }
            }
        }
    }
}

fn group_class(group: ChannelGroup) -> (&'static str, &'static str) {
    match group {
        ChannelGroup::Online => ("online", "online default"),
        ChannelGroup::Offline => ("offline", "offline default"),
    }
}

fn by_channel(figures: &Figures, language: Language) -> Markup {
    let all = figures.total.reviews().counted;
    let mut lines = Vec::new();
    for (group, of_group) in &figures.groups {
        let count = of_group.reviews().counted;
        let name = language.of(group.name());
        lines.push(Line::Heading(format!("{name} {}", format::with_share(count, all, language))));
        let (active_class, default_class) = group_class(*group);
        let of_this_group = figures
            .channels
            .iter()
            .filter(|(channel, _)| figures.grouping.group(*channel) == *group);
        lines.extend(of_this_group.map(|(channel, slice)| {
            Line::Bar(Bar {
                name: language.of(channel.name()).to_owned(),
                parts: vec![
                    (active_class, slice.reviews().active),
                    (default_class, slice.reviews().default),
                ],
                value: thousands(slice.reviews().counted),
            })
        }));
    }
    let most = figures.channels.iter().max_by_key(|(_, slice)| slice.reviews().counted);
    let (name, count) = most
        .map_or(("", 0), |(channel, slice)| (language.of(channel.name()), slice.reviews().counted));
    let title = language.of(("各渠道评价数", "Reviews by channel"));
    let chart = BarChart {
        id: "channels",
        title,
        description: &language.of((
            format!("评价最多的渠道是{name}，{} 条。各渠道数据见图后的表格。", thousands(count)),
            format!(
                "The channel with the most reviews is {name}: {}. The table below lists all channels.",
                thousands(count)
            ),
        )),
        lines,
    };
    html! {
        section {
            h2 { (language.of(("按渠道", "By channel"))) }
            figure {
                figcaption {
                    (title)
                    (charts::legend(&[
                        ("online", language.of(("线上", "online"))),
                        ("offline", language.of(("线下", "offline"))),
                        ("any default", language.of(("浅色：默认评价", "lighter: default reviews"))),
                    ]))
                }
                (chart.render())
            }
            (channel_table(figures, language))
            p.note {
                (language.of((
                    "服务按提供服务的渠道统计，评价按作出评价的渠道统计。一个办件可能涉及多个渠道，在每个渠道和每个渠道类别中各计一次，因此各渠道的办件数之和可能大于合计。",
                    "Services count under the channel in which they were given, reviews under the channel in which they were given. A case with services in several channels counts once in each of them and once in their group, so the cases of all channels can add up to more than the total.",
                )))
            }
            details {
                summary { (language.of(("各渠道的五级分布", "The five levels by channel"))) }
                (channel_levels_table(figures, language))
            }
        }
    }
}

/// The lines of a table by channel: the total, then each group with its channels.
fn channel_lines(
    figures: &Figures,
    language: Language,
    cells: impl Fn(&Slice) -> Markup,
) -> Markup {
    html! {
        tbody {
            tr.total { th scope="row" { (language.of(words::TOTAL)) } (cells(&figures.total)) }
        }
        @for (group, of_group) in &figures.groups {
            tbody {
                tr.group { th scope="row" { (language.of(group.name())) } (cells(of_group)) }
                @for (channel, slice) in &figures.channels {
                    @if figures.grouping.group(*channel) == *group {
                        tr { th scope="row" { (language.of(channel.name())) } (cells(slice)) }
                    }
                }
            }
        }
    }
}

fn channel_table(figures: &Figures, language: Language) -> Markup {
    let columns = [words::CHANNEL, CASES.name, SERVICES.name]
        .into_iter()
        .chain(REVIEW_COLUMNS)
        .chain([BAD_REVIEWS_RECEIVED.name])
        .chain(RATE_COLUMNS);
    let lines = channel_lines(figures, language, |slice| {
        html! {
            (number(slice.cases, language))
            (number(slice.services, language))
            (review_cells(slice.reviews()))
            (number(slice.bad_reviews_received, language))
            (rate_cells(slice, language))
        }
    });
    let caption = language
        .of(("全月、线上、线下和各渠道", "The whole month, online, offline, and every channel"));
    table("channel-table", caption, &columns.collect::<Vec<_>>(), &lines, language)
}

fn channel_levels_table(figures: &Figures, language: Language) -> Markup {
    let columns = [words::CHANNEL].into_iter().chain(Level::best_first().map(Level::name));
    let lines = channel_lines(figures, language, |slice| {
        html! { @for level in Level::best_first() { td { (thousands(slice.levels.of(level))) } } }
    });
    let caption = language.of(("各渠道评价等级", "Reviews by channel and level"));
    table("channel-levels-table", caption, &columns.collect::<Vec<_>>(), &lines, language)
}

fn by_level(total: &Slice, language: Language) -> Markup {
    let (all, active) = (total.levels, total.active_levels);
    let title = language.of(("五级评价分布", "Reviews by level"));
    let caption = language.of(("各等级的评价数和占比", "Reviews of each level and their share"));
    let lines = html! {
        tbody {
            @for level in Level::best_first() {
                tr {
                    th scope="row" { (language.of(level.name())) }
                    td { (thousands(all.of(level))) }
                    td { (thousands(active.of(level))) }
                    td { (thousands(all.of(level) - active.of(level))) }
                    td {
                        (known(format::percent(Rate { numerator: all.of(level), denominator: all.sum() }), language))
                    }
                }
            }
        }
        tbody {
            tr.total {
                th scope="row" { (language.of(words::TOTAL)) }
                (review_cells(total.reviews()))
                td { (known(format::percent(Rate { numerator: all.sum(), denominator: all.sum() }), language)) }
            }
        }
    };
    let columns = [words::LEVEL].into_iter().chain(REVIEW_COLUMNS).chain([words::SHARE]);
    html! {
        section {
            h2 { (language.of(("按等级", "By level"))) }
            figure {
                figcaption {
                    (title)
                    (charts::legend(&[
                        ("any default", language.of(("浅色：默认评价", "lighter: default reviews"))),
                    ]))
                }
                @if all.sum() > 0 {
                    (charts::levels(all, active, title, language))
                } @else {
                    p { (language.of(("本月还没有评价。", "There are no reviews for this month yet."))) }
                }
            }
            (table("level-table", caption, &columns.collect::<Vec<_>>(), &lines, language))
            p.note {
                (language.of((
                    "前三级为好评，后两级为差评。默认评价由系统在办事人逾期未评时生成，与主动评价分开统计。",
                    "The first three levels are good reviews, the last two are bad reviews. A system writes a default review if nobody gives one in time. Default reviews are counted separately from active ones.",
                )))
            }
        }
    }
}

fn by_city(address: &str, province: Province, cities: &[Row], language: Language) -> Markup {
    html! {
        section {
            h2 { (language.of(("按地区", "By area"))) }
            @if cities.is_empty() {
                p { (language.of(("分地区数据尚未统计。", "Figures by area have not been counted yet."))) }
            } @else {
                (area_chart(cities, province.county_code(), language))
                (area_table(address, cities, province.county_code(), language))
                p.note { (language.of(words::ROWS_LAG)) }
            }
            nav.finer aria-label=(language.of(("分项数据", "Detailed figures"))) {
                ul {
                    @for (path, text) in [
                        ("areas?level=county", ("全部县（市、区）", "All counties and districts")),
                        ("departments", words::BY_DEPARTMENT),
                        ("items", words::BY_ITEM),
                    ] {
                        li {
                            a href=(in_language(&format!("{address}/{path}"), language)) {
                                (language.of(text))
                            }
                        }
                    }
                }
            }
        }
    }
}
