//! Tables: each with a caption and with headings for columns and lines, in a container of its own
//! that scrolls where the page is narrow.

use domain::Rate;
use maud::{Markup, html};

use super::format::{self, thousands};
use super::layout::known;
use super::words::{self, Words};
use crate::figures::{Levels, Reviews};
use crate::resource::Language;

/// A table; `body` holds its `tbody` elements.
pub(crate) fn table(
    id: &str,
    caption: &str,
    columns: &[Words],
    body: &Markup,
    language: Language,
) -> Markup {
    html! {
        div.figures {
            div.table role="region" aria-labelledby=(id) tabindex="0" {
                table {
                    caption id=(id) { span { (caption) } }
                    thead {
                        tr { @for column in columns { th scope="col" { (language.of(*column)) } } }
                    }
                    (body)
                }
            }
            // Seen where the page is narrow only. A screen reader reads whole tables anyway.
            p.swipe aria-hidden="true" {
                (language.of(("← 表格可以左右滑动 →", "← The table can be moved sideways →")))
            }
        }
    }
}

pub(crate) fn number(value: Option<u64>, language: Language) -> Markup {
    html! { td { (known(value.map(thousands), language)) } }
}

/// Columns of [`review_cells`].
pub(crate) const REVIEW_COLUMNS: [Words; 3] = [words::REVIEWS, words::ACTIVE, words::DEFAULT];

/// All reviews, active ones, default ones.
pub(crate) fn review_cells(reviews: Reviews) -> Markup {
    html! {
        td { (thousands(reviews.counted)) }
        td { (thousands(reviews.active)) }
        td { (thousands(reviews.default)) }
    }
}

/// Columns of [`rate_cells`].
pub(crate) const RATE_COLUMNS: [Words; 3] = [words::GOOD, words::SATISFACTION, words::PER_MILLION];

/// The numerator of the rate (the denominator are all reviews), the rate, and how many of a million
/// are bad: where nearly all are good, the last tells more than the second.
pub(crate) fn rate_cells(levels: Levels, language: Language) -> Markup {
    let good = Rate { numerator: levels.good(), denominator: levels.sum() };
    let bad = Rate { numerator: levels.bad(), denominator: levels.sum() };
    html! {
        td { (thousands(good.numerator)) }
        td { (known(format::percent(good), language)) }
        td { (known(format::per_million(bad), language)) }
    }
}
