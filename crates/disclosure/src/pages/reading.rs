//! How to read the figures: what they cannot tell, in three sentences, before anybody compares.

use maud::{Markup, html};

use super::words::Words;
use crate::resource::Language;

/// The limits: what it is about, and what follows.
const LIMITS: [(Words, Words); 3] = [
    (
        ("自愿评价。", "Reviews are voluntary."),
        (
            "数字只反映作出评价的企业和群众；没有评价的人是否满意，不得而知。",
            "The figures speak for those who gave one. Whether all others were content is not known.",
        ),
    ),
    (
        ("当面评价。", "Many are given face to face."),
        (
            "许多评价是在窗口当着工作人员的面作出的，差评可能因此偏少。",
            "They are entered at the counter, before the clerk who served. There may be fewer bad ones for that reason.",
        ),
    ),
    (
        ("不宜排名。", "They are no ranking."),
        (
            "各地服务、人群和评价方式不同，差异也可能只是偶然。比较时请看95%区间：区间包含全省水平的，不能说明高于或低于全省。",
            "Places differ in services, people and ways to review, and differences can be mere chance. Look at the 95% interval: a place whose interval includes the rate of the province is neither better nor worse as far as these figures tell.",
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
