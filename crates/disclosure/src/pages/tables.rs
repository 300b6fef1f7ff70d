//! Renders tables, each with a caption and with headings for columns and rows, in a container that
//! scrolls on a narrow page.

use ::figures::metric::{BAD_REVIEWS_PER_MILLION, GOOD_REVIEWS, REVIEWS_COUNTED, SATISFACTION};
use ::figures::{Metric, Reviews, Slice};
use maud::{Markup, html};

use super::format::{self, thousands};
use super::layout::known;
use super::words::{self, Words};
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
                (language.of(("← 表格可以左右滑动 →", "← Swipe the table sideways →")))
            }
        }
    }
}

pub(crate) fn number(value: Option<u64>, language: Language) -> Markup {
    html! { td { (known(value.map(thousands), language)) } }
}

/// Columns of [`review_cells`].
pub(crate) const REVIEW_COLUMNS: [Words; 3] = [REVIEWS_COUNTED.name, words::ACTIVE, words::DEFAULT];

/// All reviews, active ones, default ones.
pub(crate) fn review_cells(reviews: Reviews) -> Markup {
    html! {
        td { (thousands(reviews.counted)) }
        td { (thousands(reviews.active)) }
        td { (thousands(reviews.default)) }
    }
}

/// Columns of [`rate_cells`].
pub(crate) const RATE_COLUMNS: [Words; 3] =
    [GOOD_REVIEWS.name, SATISFACTION.name, BAD_REVIEWS_PER_MILLION.name];

/// The numerator of the rate (the denominator are all reviews), the rate, and how many of a million
/// are bad: where nearly all are good, the last tells more than the second.
pub(crate) fn rate_cells(slice: &Slice, language: Language) -> Markup {
    html! {
        (number(GOOD_REVIEWS.count(slice), language))
        td { (percent(&SATISFACTION, slice, language)) }
        td { (per_million(&BAD_REVIEWS_PER_MILLION, slice, language)) }
    }
}

/// A ratio in per cent.
pub(crate) fn percent(metric: &Metric, slice: &Slice, language: Language) -> Markup {
    known(metric.rate(slice).and_then(format::percent), language)
}

/// A ratio as how many of a million.
pub(crate) fn per_million(metric: &Metric, slice: &Slice, language: Language) -> Markup {
    known(metric.rate(slice).and_then(format::per_million), language)
}
