//! A month by level of satisfaction.

use ::figures::Slice;
use ::figures::metric::REVIEWS_COUNTED;
use domain::Level;
use maud::{Markup, html};

use super::charts;
use super::format::{self, thousands};
use super::tables::Table;
use super::words;
use crate::resource::Language;

pub(crate) fn section(total: &Slice, language: Language) -> Markup {
    let (all, active) = (total.levels, total.active_levels);
    let title = title(total, language);
    html! {
        section id="levels" {
            h2 { (language.of(("按等级", "By level"))) }
            @if all.sum() > 0 {
                figure {
                    figcaption {
                        span { (title) }
                        (charts::legend(&[
                            ("good", language.of(("好评 · 主动", "good, active"))),
                            ("good default", language.of(("好评 · 默认", "good, default"))),
                            ("bad", language.of(("差评 · 主动", "bad, active"))),
                            ("bad default", language.of(("差评 · 默认", "bad, default"))),
                        ]))
                    }
                    (charts::levels(all, active, &title, language))
                }
                (level_table(total, language))
                p.note {
                    (language.of((
                        "前三级为好评，后两级为差评。逾期没有评价时由系统自动生成的为默认评价，与主动评价分开统计。",
                        "The first three levels are good reviews, the last two are bad ones. A default review is recorded automatically when no review is given in time; it is shown apart from active ones. ",
                    )))
                    (language.of(words::ROUNDED))
                }
            } @else {
                p { (language.of(("本月还没有评价。", "There are no reviews for this month yet."))) }
            }
        }
    }
}

/// What there is to see: the most frequent level, and whether people chose it.
fn title(total: &Slice, language: Language) -> String {
    let all = total.levels.sum();
    let level = charts::most_frequent(total.levels);
    let (of_level, default) = (total.levels.of(level), total.reviews().default);
    let name = language.of((level.name().0.to_owned(), level.name().1.to_lowercase()));
    let sentence = match format::share(of_level, all) {
        Some(share) => language
            .of((format!("{share} 的评价为{name}"), format!("{share} of reviews are “{name}”"))),
        None => language.of((
            format!("{} 条评价中 {} 条为{name}", thousands(all), thousands(of_level)),
            format!("{} of the {} reviews are “{name}”", thousands(of_level), thousands(all)),
        )),
    };
    let by_default = match (default, format::share(default, all)) {
        (0, _) => language.of(("全部为主动评价".to_owned(), "all are active".to_owned())),
        (_, Some(share)) => language
            .of((format!("{share} 由系统默认生成"), format!("{share} were recorded by default"))),
        (count, None) => {
            let count = thousands(count);
            language
                .of((format!("{count} 条由系统默认生成"), format!("{count} recorded by default")))
        }
    };
    let joint = language.of(("；", "; "));
    format!("{sentence}{joint}{by_default}")
}

fn level_table(total: &Slice, language: Language) -> Markup {
    let (all, active) = (total.levels, total.active_levels);
    let line = |name, all_of: u64, active_of: u64| {
        let share = format::share_or_counts(all_of, all.sum(), language);
        html! {
            th scope="row" { (name) }
            td { (share) }
            td { (thousands(all_of)) }
            td { (thousands(active_of)) }
            td { (thousands(all_of - active_of)) }
        }
    };
    let lines = html! {
        tbody {
            @for level in Level::best_first() {
                tr { (line(language.of(level.name()), all.of(level), active.of(level))) }
            }
        }
        tbody {
            tr.total { (line(language.of(words::TOTAL), all.sum(), active.sum())) }
        }
    };
    let columns =
        [words::LEVEL, words::SHARE, REVIEWS_COUNTED.name, ("主动", "Active"), ("默认", "Default")];
    let caption = language.of(("各等级的评价数和占比", "Reviews of each level and their share"));
    let table =
        Table { id: "level-table", caption, columns: &columns, of_narrow: 3, is_long: false };
    table.render(&lines, language)
}
