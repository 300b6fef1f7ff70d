//! Says how the parts of a month relate to the whole: they are counted one after the other, and must
//! not be shown as if they added up while they do not.

use ::figures::{Agreement, Coverage};
use domain::Rate;
use maud::{Markup, html};

use super::format::{percent, thousands};
use crate::resource::Language;

/// Shows parts that rest on `of_parts` beside a whole that rests on `whole`: as they are, with a
/// sentence that says by how much they differ, or not at all.
pub(crate) fn shown_beside(
    of_parts: Coverage,
    whole: Coverage,
    language: Language,
    parts: impl FnOnce() -> Markup,
) -> Markup {
    match of_parts.beside(whole) {
        Agreement::Same => parts(),
        Agreement::Near(counted) => html! {
            (parts())
            p.note.coverage { (near(counted, language)) }
        },
        Agreement::Apart(counted) => html! {
            div.coverage role="note" {
                p { strong { (language.of(("分项数据正在统计", "These figures are being counted"))) } }
                p { (apart(counted, language)) }
            }
        },
    }
}

fn near(Rate { numerator, denominator }: Rate, language: Language) -> String {
    let differ = Rate { numerator: numerator.abs_diff(denominator), denominator };
    let share = percent(differ).unwrap_or_default();
    let (numerator, denominator) = (thousands(numerator), thousands(denominator));
    language.of((
        format!("分项数据含 {numerator} 条记录，全月合计含 {denominator} 条，相差 {share}，因此各项之和与合计略有出入。"),
        format!("These figures rest on {numerator} records, those of the whole month on {denominator}. They differ by {share}, so they do not add up exactly."),
    ))
}

fn apart(Rate { numerator, denominator }: Rate, language: Language) -> String {
    let (numerator, denominator) = (thousands(numerator), thousands(denominator));
    language.of((
        format!("已统计 {numerator} / {denominator} 条记录。统计完成前不列出各项数据和比率，以免与全月合计不一致。"),
        format!("{numerator} of {denominator} records have been counted. Until all are, no parts and no rates are shown here, since they would not agree with the figures of the whole month."),
    ))
}
