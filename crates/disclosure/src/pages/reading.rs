//! How to read the figures: what they cannot tell, in three sentences, before anybody compares.

use maud::{Markup, html};

use super::words::Words;
use crate::resource::Language;

/// The limits: what it is about, and what follows.
const LIMITS: [(Words, Words); 3] = [
    (
        ("自愿评价。", "Reviews are voluntary."),
        (
            "主动评价只反映作出评价的企业和群众；默认评价不代表任何人的意见。",
            "Active reviews speak only for those who gave one; a default review is nobody's opinion.",
        ),
    ),
    (
        ("当面评价。", "Many are given face to face."),
        (
            "许多评价是在窗口当着工作人员的面作出的，差评可能因此偏少。",
            "They are entered at the counter, in front of the clerk who served. There may be fewer bad ones for that reason.",
        ),
    ),
    (
        ("不宜排名。", "Not a ranking."),
        (
            "各地服务、人群和评价方式不同，差异也可能只是偶然。比较时请看95%置信区间：区间包含总体水平的，不能说明高于或低于总体。",
            "Places differ in services, people and ways to review, and differences can be mere chance. Look at the 95% interval: a place whose interval includes the overall rate cannot be said to be better or worse.",
        ),
    ),
];

pub(crate) fn section(language: Language) -> Markup {
    html! {
        section.reading aria-labelledby="reading" {
            h2 id="reading" { (language.of(("怎样理解这些数据", "How to read these figures"))) }
            ul {
                @for (subject, sentence) in LIMITS {
                    li { strong { (language.of(subject)) } (language.of(("", " "))) (language.of(sentence)) }
                }
            }
        }
    }
}
