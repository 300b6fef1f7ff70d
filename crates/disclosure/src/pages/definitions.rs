//! Explains the words that a page of figures cannot do without (口径). The dictionary has all of them.

use ::figures::Metric;
use ::figures::metric::{
    ACTIVE_SATISFACTION, REVIEWABLE_SERVICES, REVIEWS_ACTIVE, REVIEWS_COUNTED, REVIEWS_DEFAULT,
};
use domain::{ChannelGroup, Grouping};
use maud::{Markup, html};
use strum::VariantArray;

use super::layout::in_language;
use super::words;
use crate::resource::Language;

/// Without these the rest of a page is not understood.
const NEEDED: [&Metric; 5] = [
    &REVIEWS_COUNTED,
    &REVIEWS_ACTIVE,
    &REVIEWS_DEFAULT,
    &ACTIVE_SATISFACTION,
    &REVIEWABLE_SERVICES,
];

pub(crate) fn section(rule: u16, grouping: &Grouping, language: Language) -> Markup {
    html! {
        section.definitions id="definitions" {
            h2 { (language.of(words::DEFINITIONS)) }
            dl {
                @for metric in NEEDED {
                    div {
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
                    dt { (language.of(("95%区间", "95% interval"))) }
                    dd {
                        (language.of((
                            "威尔逊区间。仅凭偶然，实际水平落在区间之外的情形约二十次中有一次。",
                            "Wilson's interval. By chance alone, the true rate lies outside it about once in twenty times.",
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
