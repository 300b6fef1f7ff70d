//! Renders tables, each with a caption and with headings for columns and rows, in a container that
//! scrolls on a narrow page.
//!
//! The columns that matter come first. A narrow page shows these alone, until its reader asks for
//! all: without a script, by a box to tick.

use ::figures::metric::{
    ACTIVE_BAD_REVIEWS, ACTIVE_BAD_REVIEWS_PER_MILLION, ACTIVE_SATISFACTION, REVIEWS_ACTIVE,
    REVIEWS_COUNTED, REVIEWS_DEFAULT,
};
use ::figures::{Metric, Slice};
use domain::Rate;
use maud::{Markup, html};

use super::format::{self, thousands};
use super::layout::known;
use super::words::Words;
use crate::resource::Language;

/// How many columns a narrow page shows of most tables: as many as fit 320 pixels.
pub(crate) const COLUMNS_OF_NARROW: usize = 4;

/// A table with more columns than these is set closer.
const COLUMNS_OF_USUAL: usize = 8;

/// From this number of rows on, a table does not fit a sheet of paper.
pub(crate) const ROWS_OF_LONG: usize = 30;

/// A table but for its rows.
pub(crate) struct Table<'a> {
    pub(crate) id: &'a str,
    pub(crate) caption: &'a str,
    pub(crate) columns: &'a [Words],
    /// How many of them a narrow page shows: 2, 3 or 4, which the style sheet knows.
    pub(crate) of_narrow: usize,
    /// Whether paper must break it.
    pub(crate) is_long: bool,
}

impl Table<'_> {
    /// The table; `body` holds its `tbody` elements.
    pub(crate) fn render(&self, body: &Markup, language: Language) -> Markup {
        let Self { id, caption, columns, of_narrow, is_long } = *self;
        let has_more = columns.len() > of_narrow;
        let short = has_more.then(|| format!("short-{of_narrow}"));
        let is_wide = columns.len() > COLUMNS_OF_USUAL;
        let class = [short.as_deref(), is_wide.then_some("wide"), is_long.then_some("long")];
        let class = class.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let class = (!class.is_empty()).then_some(class);
        html! {
            div.figures {
                @if has_more {
                    div.columns {
                        input type="checkbox" id={ (id) "-all" } autocomplete="off";
                        label for={ (id) "-all" } {
                            (language.of((
                                format!("显示全部 {} 列", columns.len()),
                                format!("Show all {} columns", columns.len()),
                            )))
                        }
                    }
                }
                // A screen reader reads whole tables anyway.
                p.swipe aria-hidden="true" {
                    (language.of(("表格右侧还有内容，可左右滚动", "Scroll sideways for more columns")))
                }
                div.table role="region" aria-labelledby=(id) tabindex="0" {
                    table class=[class] {
                        caption id=(id) { span { (caption) } }
                        thead {
                            tr { @for column in columns { th scope="col" { (language.of(*column)) } } }
                        }
                        (body)
                    }
                }
            }
        }
    }
}

pub(crate) fn table(
    id: &str,
    caption: &str,
    columns: &[Words],
    body: &Markup,
    language: Language,
) -> Markup {
    Table { id, caption, columns, of_narrow: COLUMNS_OF_NARROW, is_long: false }
        .render(body, language)
}

pub(crate) fn number(value: Option<u64>, language: Language) -> Markup {
    html! { td { (known(value.map(thousands), language)) } }
}

/// Columns of [`measure_cells`]: the rates of active reviews with what they are computed from, then all
/// reviews. More do not fit a tablet; the data have them.
pub(crate) const MEASURE_COLUMNS: [Words; 6] = [
    (
        "每百万条主动评价中的差评数（95%置信区间）",
        "Bad reviews per million active reviews (95% interval)",
    ),
    ACTIVE_BAD_REVIEWS.name,
    REVIEWS_ACTIVE.name,
    ACTIVE_SATISFACTION.name,
    REVIEWS_DEFAULT.name,
    REVIEWS_COUNTED.name,
];

pub(crate) fn measure_cells(slice: &Slice, language: Language) -> Markup {
    let count = |metric: &Metric| number(metric.count(slice), language);
    html! {
        td.rate { (per_million_cell(&ACTIVE_BAD_REVIEWS_PER_MILLION, slice, language)) }
        (count(&ACTIVE_BAD_REVIEWS))
        (count(&REVIEWS_ACTIVE))
        td { (percent(&ACTIVE_SATISFACTION, slice, language)) }
        (count(&REVIEWS_DEFAULT))
        (count(&REVIEWS_COUNTED))
    }
}

/// A rate of a million with its interval, or the counts where they are too few.
fn per_million_cell(metric: &Metric, slice: &Slice, language: Language) -> Markup {
    let interval = metric.rate(slice).filter(|rate| rate.is_telling());
    html! {
        (per_million(metric, slice, language))
        @if let Some(interval) = interval.and_then(format::interval_per_million) {
            small { (interval) }
        }
    }
}

/// A ratio in per cent, or the counts where they are too few.
pub(crate) fn percent(metric: &Metric, slice: &Slice, language: Language) -> Markup {
    written(metric.rate(slice), format::percent, language)
}

/// A ratio as how many of a million, or the counts where they are too few.
pub(crate) fn per_million(metric: &Metric, slice: &Slice, language: Language) -> Markup {
    written(metric.rate(slice), format::per_million, language)
}

fn written(rate: Option<Rate>, write: fn(Rate) -> Option<String>, language: Language) -> Markup {
    known(rate.and_then(|rate| format::rate_or_counts(rate, write, language)), language)
}
