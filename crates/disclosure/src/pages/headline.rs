//! What a month comes to: the rates of those who said something, how many said nothing, and only then
//! how much there was.

use ::figures::metric::{
    ACTIVE_BAD_REVIEWS_PER_MILLION, ACTIVE_SATISFACTION, BAD_REVIEWS_GIVEN_LATER,
    BAD_REVIEWS_OF_EARLIER_SERVICES, BAD_REVIEWS_RECEIVED, CASES, REVIEWABLE_SERVICES,
    REVIEWS_COUNTED, SATISFACTION, SERVICES, SET_ASIDE, SET_ASIDE_BAD,
};
use ::figures::{Metric, Slice};
use domain::EpochSeconds;
use maud::{Markup, html};

use super::charts::{Segment, Whole, legend};
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
                    dt { (defined(&ACTIVE_SATISFACTION, language)) }
                    dd.figure { (percent(&ACTIVE_SATISFACTION, total, language)) }
                    (parts(&ACTIVE_SATISFACTION, total, language))
                }
                div.main {
                    dt { (defined(&ACTIVE_BAD_REVIEWS_PER_MILLION, language)) }
                    dd.figure { (per_million(&ACTIVE_BAD_REVIEWS_PER_MILLION, total, language)) }
                    (parts(&ACTIVE_BAD_REVIEWS_PER_MILLION, total, language))
                    @if let Some(interval) = interval(total) {
                        dd { (language.of(("95%区间 ", "95% interval: "))) (interval) }
                    }
                }
            }
            (who_reviewed(total, language))
            dl.headline.sizes {
                div {
                    dt { (defined(&SATISFACTION, language)) }
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
                            (language.of(("统计截至 ", "counted up to ")))
                            (format::instant(through, language))
                        }
                    }
                }
            }
            (bridge(total, language))
        }
    }
}

/// The name of a metric, which leads to its definition.
fn defined(metric: &Metric, language: Language) -> Markup {
    html! {
        a.defined href={ (in_language("/metrics", language)) "#" (metric.id) } {
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

fn interval(slice: &Slice) -> Option<String> {
    let rate = ACTIVE_BAD_REVIEWS_PER_MILLION.rate(slice).filter(|rate| rate.is_telling())?;
    format::interval_per_million(rate)
}

/// Of the services that could be reviewed: how many were by a person, how many by a system, how many
/// by nobody.
fn who_reviewed(total: &Slice, language: Language) -> Markup {
    let Some(all) = REVIEWABLE_SERVICES.count(total).filter(|all| *all > 0) else {
        return html! {};
    };
    let reviews = total.reviews();
    let rest = all - reviews.counted;
    let parts = [
        ("count", words::ACTIVE, reviews.active),
        ("count default", words::DEFAULT, reviews.default),
        ("silent", words::UNREVIEWED, rest),
    ];
    let segment = |(class, name, count): (&'static str, Words, u64)| {
        let name = language.of(name);
        let share = format::share(count, all).unwrap_or_else(|| thousands(count));
        let labels = vec![format!("{name} {share}"), share];
        Segment { class, count, labels, continues: class == "count default" }
    };
    let entries = parts.map(|(class, name, count)| {
        let name = language.of(name);
        (class, format!("{name} {}", format::with_share(count, all, language)))
    });
    let entries: Vec<_> = entries.iter().map(|(class, text)| (*class, text.as_str())).collect();
    let share = |count| format::share(count, all).unwrap_or_else(|| thousands(count));
    let (of, active, silent) = (thousands(all), share(reviews.active), share(rest));
    let title = language.of((
        format!("可评价的 {of} 次服务中，{active} 有主动评价，{silent} 没有评价"),
        format!("Of {of} services that could be reviewed, {active} have an active review and {silent} have none"),
    ));
    html! {
        figure.who {
            figcaption { span { (title) } }
            svg.chart role="img" aria-labelledby="who-title who-description" width="100%" height="34" {
                title id="who-title" { (title) }
                desc id="who-description" {
                    (entries.iter().map(|(_, text)| *text).collect::<Vec<_>>().join(language.of(("；", "; "))))
                }
                (Whole(parts.map(segment).into()).render(0, 34))
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
                (language.of(("另有不予计入 ", "set aside besides: ")))
                (thousands(set_aside))
                @if let Some(bad) = SET_ASIDE_BAD.count(total) {
                    (language.of(("（其中差评 ", " (bad: "))) (thousands(bad)) (language.of(("）", ")")))
                }
            }
        }
    }
}

/// How the bad reviews that were received in a month relate to those of its services.
fn bridge(total: &Slice, language: Language) -> Markup {
    let count = |metric: &Metric| metric.count(total);
    let Some(received) = count(&BAD_REVIEWS_RECEIVED) else { return html! {} };
    let steps = count(&BAD_REVIEWS_OF_EARLIER_SERVICES).zip(count(&BAD_REVIEWS_GIVEN_LATER));
    let term = |sign: &'static str, count: u64, text: &'static str| {
        html! { li { span.sign { (sign) } b { (thousands(count)) } span { (text) } } }
    };
    html! {
        div.bridge {
            p { strong {
                (language.of((
                    "差评按两种时间统计，两数的关系如下",
                    "Bad reviews are counted by two dates, which relate as follows",
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
                        "本月服务的差评（其他各处均按此统计）",
                        "for services of this month (used everywhere else)",
                    ))))
                }
            }
        }
    }
}
