//! A month by channel: how many reviews came through each, its rates, and what was set aside.

use ::figures::metric::{
    BAD_REVIEWS, CASES, GOOD_REVIEWS, REVIEWS_COUNTED, REVIEWS_WITH_SET_ASIDE, SERVICES, SET_ASIDE,
    SET_ASIDE_BAD,
};
use ::figures::{Figures, Slice};
use domain::Level;
use maud::{Markup, html};

use super::charts::{Bar, BarChart, Line};
use super::format::{self, thousands};
use super::tables::{MEASURE_COLUMNS, measure_cells, number, table};
use super::words;
use crate::resource::Language;

pub(crate) fn section(figures: &Figures, language: Language) -> Markup {
    html! {
        section id="channels" {
            h2 { (language.of(("按渠道", "By channel"))) }
            (chart(figures, language))
            (measures(figures, language))
            p.note { (language.of(words::CHANCE)) }
            p.note {
                (language.of((
                    "服务按提供服务的渠道统计，评价按作出评价的渠道统计。一个办件可能涉及多个渠道，在每个渠道和每个渠道类别中各计一次，因此各渠道的办件数之和可能大于合计。",
                    "A service counts under the channel through which it was provided, a review under the one through which it was given. A case with services in several channels counts once in each of them and once in their group, so the cases of all channels can add up to more than the total.",
                )))
            }
            details {
                summary { (language.of(("各渠道的好评、差评和五级分布", "Good and bad reviews and the five levels by channel"))) }
                (levels(figures, language))
            }
        }
        section id="set-aside" {
            h2 { (language.of(("计入与不予计入", "Counted and set aside"))) }
            (set_aside(figures, language))
            p.note { (language.of(SET_ASIDE.definition)) }
            p.note { (language.of(REVIEWS_WITH_SET_ASIDE.definition)) }
        }
    }
}

fn chart(figures: &Figures, language: Language) -> Markup {
    let all = figures.total.reviews().counted;
    let mut lines = Vec::new();
    for (group, of_group) in &figures.groups {
        let count = of_group.reviews().counted;
        let name = language.of(group.name());
        lines.push(Line::Heading(format!("{name} {}", format::with_share(count, all, language))));
        let of_this_group = figures
            .channels
            .iter()
            .filter(|(channel, _)| figures.grouping.group(*channel) == *group);
        lines.extend(of_this_group.map(|(channel, slice)| {
            Line::Bar(Bar::of_reviews(language.of(channel.name()).to_owned(), slice.reviews()))
        }));
    }
    let title = most(figures, language)
        .unwrap_or_else(|| language.of(("各渠道评价数", "Reviews by channel")).to_owned());
    let description = language
        .of(("各渠道的数据见下表。", "The table below lists the figures of every channel."));
    BarChart { id: "channels-chart", title: &title, description, lines }.figure_of_reviews(language)
}

/// The channel with most reviews, in a sentence.
fn most(figures: &Figures, language: Language) -> Option<String> {
    let all = figures.total.reviews().counted;
    let (channel, slice) =
        figures.channels.iter().max_by_key(|(_, slice)| slice.reviews().counted)?;
    let count = slice.reviews().counted;
    let (name, share) = (language.of(channel.name()), format::with_share(count, all, language));
    (count > 0).then(|| {
        language.of((
            format!("评价最多的渠道是{name}：{share}"),
            format!("Most reviews came through one channel: {name}, {share}"),
        ))
    })
}

/// The lines of a table by channel: the total, then each group with its channels.
fn lines(figures: &Figures, language: Language, cells: impl Fn(&Slice) -> Markup) -> Markup {
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

fn measures(figures: &Figures, language: Language) -> Markup {
    let columns =
        [words::CHANNEL].into_iter().chain(MEASURE_COLUMNS).chain([SERVICES.name, CASES.name]);
    let lines = lines(figures, language, |slice| {
        html! {
            (measure_cells(slice, language))
            (number(slice.services, language))
            (number(slice.cases, language))
        }
    });
    let caption = language.of((
        "全月、线上、线下和各渠道的评价",
        "Reviews of the whole month, online, offline, and of every channel",
    ));
    table("channel-table", caption, &columns.collect::<Vec<_>>(), &lines, language)
}

fn levels(figures: &Figures, language: Language) -> Markup {
    let columns = [words::CHANNEL, GOOD_REVIEWS.name, BAD_REVIEWS.name]
        .into_iter()
        .chain(Level::best_first().map(Level::name));
    let lines = lines(figures, language, |slice| {
        html! {
            @for metric in [&GOOD_REVIEWS, &BAD_REVIEWS] { (number(metric.count(slice), language)) }
            @for level in Level::best_first() { td { (thousands(slice.levels.of(level))) } }
        }
    });
    let caption = language.of(("各渠道评价等级", "Reviews by channel and level"));
    table("channel-levels-table", caption, &columns.collect::<Vec<_>>(), &lines, language)
}

fn set_aside(figures: &Figures, language: Language) -> Markup {
    // What is left is among the columns that a narrow page shows.
    let metrics = [&REVIEWS_WITH_SET_ASIDE, &SET_ASIDE, &REVIEWS_COUNTED, &SET_ASIDE_BAD];
    let columns = [words::CHANNEL].into_iter().chain(metrics.map(|metric| metric.name));
    let lines = lines(figures, language, |slice| {
        html! { @for metric in metrics { (number(metric.count(slice), language)) } }
    });
    let [all, set_aside, counted, _] = metrics.map(|metric| language.of(metric.name));
    let caption = format!("{all} − {set_aside} = {counted}");
    table("set-aside-table", &caption, &columns.collect::<Vec<_>>(), &lines, language)
}
