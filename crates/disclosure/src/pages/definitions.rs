//! Explains the words that a page of figures cannot do without (口径). The dictionary has all of them.

use ::figures::Metric;
use ::figures::metric::{
    ACTIVE_BAD_REVIEWS_PER_MILLION, ACTIVE_SATISFACTION, CASES, REVIEWABLE_SERVICES,
    REVIEWS_ACTIVE, REVIEWS_COUNTED, REVIEWS_DEFAULT, SERVICES,
};
use domain::{ChannelGroup, Grouping};
use maud::{Markup, html};
use strum::VariantArray;

use super::layout::in_language;
use super::words;
use crate::resource::Language;

/// Without these the rest of a page is not understood.
pub(super) const NEEDED: [&Metric; 8] = [
    &CASES,
    &SERVICES,
    &REVIEWS_COUNTED,
    &REVIEWS_ACTIVE,
    &REVIEWS_DEFAULT,
    &ACTIVE_SATISFACTION,
    &ACTIVE_BAD_REVIEWS_PER_MILLION,
    &REVIEWABLE_SERVICES,
];

pub(crate) fn section(rule: u16, grouping: &Grouping, language: Language) -> Markup {
    html! {
        section.definitions id="definitions" {
            h2 { (language.of(words::DEFINITIONS)) }
            dl {
                @for metric in NEEDED {
                    div id=(metric.id) {
                        dt { (language.of(metric.name)) }
                        dd { (language.of(metric.definition)) }
                    }
                }
                div {
                    dt { (language.of(("线上和线下", "Online and offline"))) }
                    @for group in ChannelGroup::VARIANTS {
                        dd { (members(*group, grouping, language)) }
                    }
                    dd { (language.of(("依据：", "Source: "))) (language.of(grouping.source())) (language.of(("。", "."))) }
                }
                div {
                    dt { (language.of(("95%置信区间", "95% interval"))) }
                    dd {
                        (language.of((
                            "威尔逊置信区间，把本月评价视为随机样本；此法算出的区间约有二十分之一不含实际水平。",
                            "Wilson's interval, which takes the reviews of the month as a random sample. About one in twenty of such intervals does not include the true rate.",
                        )))
                    }
                }
            }
            p {
                (language.of((format!("按统计规则第 {rule} 版统计。"), format!("Counting rule, version {rule}. "))))
                a href=(in_language("/metrics", language)) {
                    (language.of(("全部指标和数据字段", "All metrics and data fields")))
                }
            }
        }
    }
}

/// The channels of a group, in a sentence.
fn members(group: ChannelGroup, grouping: &Grouping, language: Language) -> String {
    let names: Vec<_> =
        grouping.channels(group).map(|channel| language.of(channel.name())).collect();
    let group = language.of(group.name());
    language
        .of((format!("{group}：{}。", names.join("、")), format!("{group}: {}.", names.join(", "))))
}
