//! What the figures of a page mean (口径).

use domain::{COUNTING_RULE, Class};
use maud::{Markup, html};

use super::words::{self, Words};
use crate::ledger;
use crate::resource::Language;

const DEFINITIONS: [(Words, Words); 8] = [
    (
        words::CASES,
        (
            "本月至少有一次服务的不同办件。一件办件可以包含多次服务。",
            "Different cases with at least one service in the month. A case may have many services.",
        ),
    ),
    (
        words::SERVICES,
        (
            "本月提供的不同服务，如咨询、申报、补正、缴费、领取。服务是被评价的单位。",
            "Different contacts within cases, such as advice, application or collection. A service is what is rated.",
        ),
    ),
    (
        words::REVIEWS,
        (
            "对本月服务的有效评价。一次服务只计一条：主动评价优先于默认评价，同类评价取最早的一条。",
            "Reviews of services of the month. Of all reviews of one service one counts: an active one before a default one, and of those the earliest.",
        ),
    ),
    (
        ("主动评价、默认评价", "Active and default reviews"),
        (
            "主动评价由办事的人作出；默认评价由系统在用户一段时间未评价后生成。两者均分别列出。",
            "Active reviews are given by people; default ones are written by a system after silence. They are apart everywhere.",
        ),
    ),
    (
        words::BAD_RECEIVED,
        (
            "在本月内作出的有效差评（不满意、非常不满意），不论服务在哪个月。其他各项均按服务所在月份统计。",
            "Bad reviews (dissatisfied, very dissatisfied) that count and were given within the month, whenever the service was. All other figures go by the month of the service.",
        ),
    ),
    (
        words::SATISFACTION,
        (
            "（非常满意＋满意＋基本满意）÷ 评价数。没有评价时不计算。",
            "(Very satisfied + satisfied + basically satisfied) ÷ reviews. There is none where there are no reviews.",
        ),
    ),
    (
        words::PER_MILLION,
        (
            "对本月服务的差评 ÷ 评价数 × 1,000,000。",
            "Bad reviews of services of the month ÷ reviews × 1,000,000.",
        ),
    ),
    (
        ("不予计入", "Set aside"),
        (
            "原应计入，但经认定为无效评价、误评、恶意差评、刷好评或测试而不计入的评价。",
            "Reviews that would count, had they not been found invalid, mistaken, malicious, fabricated or tests.",
        ),
    ),
];

pub(crate) fn section(language: Language) -> Markup {
    html! {
        section.definitions {
            h2 { (language.of(("口径说明", "Definitions"))) }
            p {
                (language.of(("统计规则第 ", "Counting rule, version ")))
                (COUNTING_RULE)
                (language.of((" 版。", ".")))
            }
            dl {
                @for (term, meaning) in DEFINITIONS {
                    div { dt { (language.of(term)) } dd { (language.of(meaning)) } }
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
