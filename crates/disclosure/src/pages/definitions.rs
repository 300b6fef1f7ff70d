//! Explains the figures of a page (口径), from the metric dictionary.

use ::figures::Metric;
use ::figures::metric::{
    ACTIVE_SATISFACTION, BAD_REVIEWS, BAD_REVIEWS_PER_MILLION, BAD_REVIEWS_RECEIVED, CASES,
    GOOD_REVIEWS, REVIEWS_ACTIVE, REVIEWS_COUNTED, REVIEWS_DEFAULT, SATISFACTION, SERVICES,
    SET_ASIDE, UNREVIEWED_SERVICES,
};
use domain::Class;
use maud::{Markup, html};

use super::layout::in_language;
use crate::ledger;
use crate::resource::Language;

/// The metrics that the page of a month shows by name.
const SHOWN: [&Metric; 13] = [
    &CASES,
    &SERVICES,
    &UNREVIEWED_SERVICES,
    &REVIEWS_COUNTED,
    &REVIEWS_ACTIVE,
    &REVIEWS_DEFAULT,
    &SET_ASIDE,
    &GOOD_REVIEWS,
    &BAD_REVIEWS,
    &BAD_REVIEWS_RECEIVED,
    &SATISFACTION,
    &ACTIVE_SATISFACTION,
    &BAD_REVIEWS_PER_MILLION,
];

pub(crate) fn section(rule: u16, language: Language) -> Markup {
    html! {
        section.definitions {
            h2 { (language.of(("口径说明", "Definitions"))) }
            p {
                (language.of(("统计规则第 ", "Counting rule, version ")))
                (rule)
                (language.of((" 版。", ". ")))
                a href=(in_language("/metrics", language)) {
                    (language.of(("全部指标和数据字段", "All metrics and data fields")))
                }
            }
            dl {
                @for metric in SHOWN {
                    div {
                        dt { (language.of(metric.name)) }
                        dd { (language.of(metric.definition)) }
                    }
                }
            }
            details {
                summary { (language.of(("每条记录的去向", "What can become of a record"))) }
                dl {
                    @for class in Class::all() {
                        div {
                            dt { (language.of(ledger::words::name(class))) }
                            dd { (language.of(ledger::words::meaning(class))) }
                        }
                    }
                }
            }
        }
    }
}
