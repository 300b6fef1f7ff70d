//! What a month comes to: the rates of those who said something, how many said nothing, and only then
//! how much there was.

use ::figures::metric::{
    ACTIVE_BAD_REVIEWS_PER_MILLION, ACTIVE_SATISFACTION, BAD_REVIEWS_GIVEN_LATER,
    BAD_REVIEWS_OF_EARLIER_SERVICES, BAD_REVIEWS_RECEIVED, CASES, REVIEWABLE_SERVICES,
    REVIEWS_COUNTED, SATISFACTION, SERVICES, SET_ASIDE, SET_ASIDE_BAD,
};
use ::figures::{Metric, Slice};
use domain::{EpochSeconds, Rate};
use maud::{Markup, html};

use super::charts::{Segment, Whole, legend};
use super::definitions;
use super::format::{self, thousands};
use super::layout::{in_language, known};
use super::tables::{per_million, percent};
use super::words::{self, Words};
use crate::resource::Language;

/// The headline, with the time up to which cases were counted if it is another than that of all else.
pub(crate) fn headline(
    total: &Slice,
    cases_through: Option<EpochSeconds>,
    language: Language,
) -> Markup {
    html! {
        section.first aria-label=(language.of(("主要数据", "Main figures"))) {
            dl.headline {
                div.main {
                    dt { (defined(shown(&ACTIVE_SATISFACTION, total), language)) }
                    dd.figure { (percent(&ACTIVE_SATISFACTION, total, language)) }
                    (parts(&ACTIVE_SATISFACTION, total, language))
                    (interval(&ACTIVE_SATISFACTION, total, format::interval_percent, language))
                }
                div.main {
                    dt { (defined(shown(&ACTIVE_BAD_REVIEWS_PER_MILLION, total), language)) }
                    dd.figure { (per_million(&ACTIVE_BAD_REVIEWS_PER_MILLION, total, language)) }
                    (parts(&ACTIVE_BAD_REVIEWS_PER_MILLION, total, language))
                    (interval(
                        &ACTIVE_BAD_REVIEWS_PER_MILLION, total, format::interval_per_million, language,
                    ))
                }
            }
            (who_reviewed(total, language))
            dl.headline.sizes {
                div {
                    dt { (defined(shown(&SATISFACTION, total), language)) }
                    dd.figure { (percent(&SATISFACTION, total, language)) }
                    (parts(&SATISFACTION, total, language))
                }
                div {
                    dt { (defined(&REVIEWS_COUNTED, language)) }
                    dd.figure { (thousands(total.reviews().counted)) }
                    (set_aside(total, language))
                }
                div {
                    dt { (defined(&SERVICES, language)) }
                    dd.figure { (known(total.services.map(thousands), language)) }
                }
                div {
                    dt { (defined(&CASES, language)) }
                    dd.figure { (known(total.cases.map(thousands), language)) }
                    @if let Some(through) = cases_through {
                        dd {
                            (language.of(("最近一条已统计的记录收到于 ", "latest record counted: ")))
                            (format::instant(through, language))
                        }
                    }
                }
            }
            (bridge(total, language))
        }
    }
}

/// The metric of which a figure is: the rate, or what is counted in its stead where there are too few
/// reviews for a rate.
fn shown(metric: &'static Metric, slice: &Slice) -> &'static Metric {
    let has_counts =
        metric.rate(slice).is_some_and(|rate| rate.denominator > 0 && !rate.is_telling());
    match metric.parts() {
        Some((counted, _)) if has_counts => counted,
        _ => metric,
    }
}

/// The name of a metric, which leads to its definition: on this page, if it is there.
fn defined(metric: &Metric, language: Language) -> Markup {
    let is_here = definitions::NEEDED.iter().any(|needed| needed.id == metric.id);
    let elsewhere = || in_language("/metrics", language);
    let page = if is_here { String::new() } else { elsewhere() };
    html! {
        a.defined href={ (page) "#" (metric.id) } {
            (language.of(metric.name))
        }
    }
}

/// What a rate is computed from. Where the counts stand for the rate, they are not said twice.
fn parts(metric: &Metric, slice: &Slice, language: Language) -> Markup {
    let rate = metric.rate(slice).filter(|rate| rate.denominator > 0);
    html! {
        @match rate {
            Some(rate) if rate.is_telling() => dd {
                (thousands(rate.numerator)) " / " (thousands(rate.denominator))
                (language.of(("条", " reviews")))
            },
            Some(_) => dd { (language.of(("评价太少，不计算比率", "too few reviews for a rate"))) },
            None => {},
        }
    }
}

/// Within which chance can have moved a rate.
fn interval(
    metric: &Metric,
    slice: &Slice,
    write: fn(Rate) -> Option<String>,
    language: Language,
) -> Markup {
    let rate = metric.rate(slice).filter(|rate| rate.is_telling());
    html! {
        @if let Some(interval) = rate.and_then(write) {
            dd { (language.of(("95%置信区间 ", "95% interval: "))) (interval) }
        }
    }
}

/// Of the services that could be reviewed: how many were by a person, how many by a system, of how many
/// the review was set aside, and how many were by nobody.
fn who_reviewed(total: &Slice, language: Language) -> Markup {
    let Some(all) = REVIEWABLE_SERVICES.count(total).filter(|all| *all > 0) else {
        return html! {};
    };
    let reviews = total.reviews();
    let without = all - reviews.counted;
    // A review can be set aside before its service is received: then the service is not among these.
    let set_aside = SET_ASIDE.count(total).unwrap_or(0).min(without);
    let silent = without - set_aside;
    let parts = [
        ("count", words::ACTIVE, reviews.active),
        ("count default", words::DEFAULT, reviews.default),
        ("rest", words::REVIEW_SET_ASIDE, set_aside),
        ("silent", words::UNREVIEWED, silent),
    ];
    let amount = |count| {
        format::share(count, all).unwrap_or_else(|| {
            let count = thousands(count);
            language.of((format!("{count} 次"), count))
        })
    };
    let segment = |(class, name, count): (&'static str, Words, u64)| {
        let (name, amount) = (language.of(name), amount(count));
        let labels = vec![format!("{name} {amount}"), amount];
        Segment { class, count, labels, continues: class == "count default" }
    };
    let parts = parts.into_iter().filter(|(.., count)| *count > 0);
    let entries: Vec<_> = parts
        .clone()
        .map(|(class, name, count)| {
            let name = language.of(name);
            (class, format!("{name} {}", format::with_share(count, all, language)))
        })
        .collect();
    let entries: Vec<_> = entries.iter().map(|(class, text)| (*class, text.as_str())).collect();
    let of_title = [
        (reviews.active, ("为主动评价", "have an active review")),
        (reviews.default, ("为系统默认评价", "a default review")),
        (set_aside, ("的评价不予计入", "a review that was set aside")),
        (silent, ("没有评价", "none")),
    ];
    let of_title = of_title.into_iter().filter(|(count, _)| *count > 0);
    let of_title: Vec<_> = of_title
        .map(|(count, text)| {
            // Between a number and Chinese there is a space, and within Chinese none.
            let space =
                language.of((if format::share(count, all).is_some() { " " } else { "" }, " "));
            format!("{}{space}{}", amount(count), language.of(text))
        })
        .collect();
    let (of, joined) = (thousands(all), of_title.join(language.of(("，", ", "))));
    let title = language.of((
        format!("可评价的 {of} 次服务中，{joined}"),
        format!("Of {of} services that could be reviewed, {joined}"),
    ));
    html! {
        figure.who {
            figcaption { span { (title) } }
            svg.chart role="img" aria-labelledby="who-title who-description" width="100%" height="34" {
                title id="who-title" { (title) }
                desc id="who-description" {
                    (entries.iter().map(|(_, text)| *text).collect::<Vec<_>>().join(language.of(("；", "; "))))
                }
                (Whole(parts.map(segment).collect()).render(0, 34))
            }
            (legend(&entries))
        }
    }
}

fn set_aside(total: &Slice, language: Language) -> Markup {
    let set_aside = SET_ASIDE.count(total).filter(|count| *count > 0);
    html! {
        @if let Some(set_aside) = set_aside {
            dd {
                (language.of(("另有不予计入 ", "plus ")))
                (thousands(set_aside))
                (language.of(("", " set aside")))
                @if let Some(bad) = SET_ASIDE_BAD.count(total) {
                    (language.of(("（其中差评 ", " ("))) (thousands(bad))
                    (language.of(("）", " of them bad)")))
                }
            }
        }
    }
}

/// How the bad reviews that were received in a month relate to those of its services.
fn bridge(total: &Slice, language: Language) -> Markup {
    let Some(received) = BAD_REVIEWS_RECEIVED.count(total) else { return html! {} };
    let steps =
        BAD_REVIEWS_OF_EARLIER_SERVICES.count(total).zip(BAD_REVIEWS_GIVEN_LATER.count(total));
    let term = |sign: &'static str, count: u64, text: &'static str| {
        html! { li { span.sign { (sign) } b { (thousands(count)) } span { (text) } } }
    };
    html! {
        div.bridge {
            p { strong {
                (language.of((
                    "差评数的两种统计口径", "Bad reviews: two ways of dating them",
                )))
            } }
            ul {
                (term("", received, language.of((
                    "本月收到的差评（按评价时间）", "received in the month (by the date of the review)",
                ))))
                @if let Some((earlier, later)) = steps {
                    (term("−", earlier, language.of((
                        "其中对以前月份服务的差评", "of these for services of earlier months",
                    ))))
                    (term("+", later, language.of((
                        "本月以后收到的、对本月服务的差评", "for services of this month, given later",
                    ))))
                    (term("=", total.levels.bad(), language.of((
                        "对本月服务的差评（其他各处均按此统计）",
                        "for services of this month (used everywhere else)",
                    ))))
                }
            }
        }
    }
}
