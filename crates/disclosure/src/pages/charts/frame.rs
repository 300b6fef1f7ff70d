//! What all charts share: the frame with words for those who do not see it, the legend, and lengths.

use domain::Rate;
use maud::{Markup, html};

/// Height of a line of a chart.
pub(super) const LINE: u32 = 32;

pub(super) fn frame(
    id: &str,
    title: &str,
    description: &str,
    height: u32,
    content: &Markup,
) -> Markup {
    let (title_id, description_id) = (format!("{id}-title"), format!("{id}-description"));
    html! {
        svg.chart role="img" aria-labelledby={ (title_id) " " (description_id) }
            width="100%" height=(height) {
            title id=(title_id) { (title) }
            desc id=(description_id) { (description) }
            (content)
        }
    }
}

/// The share of a part as a length; nothing of nothing has none.
pub(super) fn share(part: u64, whole: u64) -> String {
    length(Rate { numerator: part, denominator: whole }.value().unwrap_or(0.0))
}

/// A share of 1 as a length.
pub(super) fn length(share: f64) -> String {
    format!("{:.2}%", share * 100.0)
}

/// How wide a text can be in pixels, at the size of letters that charts use.
pub(super) fn width_of(text: &str) -> f64 {
    text.chars().map(|letter| if letter.is_ascii() { 7.5 } else { 13.0 }).sum()
}

/// Stripes over what is bad, from `from` to `to` around the height `middle`: on grey paper, and where a
/// reader has chosen two colours, good and bad have one shade.
pub(super) fn stripes(class: &str, from: &str, to: &str, middle: &str) -> Markup {
    html! {
        @if class.split(' ').any(|class| class == "bad") {
            line.stripes x1=(from) x2=(to) y1=(middle) y2=(middle) {}
        }
    }
}

/// What the colours mean, in words beside a sample. A class is that of what is drawn.
pub(crate) fn legend(entries: &[(&str, &str)]) -> Markup {
    html! {
        ul.legend {
            @for (class, text) in entries {
                li {
                    svg width="16" height="14" aria-hidden="true" {
                        @match *class {
                            "interval" => {
                                line.interval x1="0" x2="16" y1="7" y2="7" {}
                                line.point x1="8" x2="8" y1="7" y2="7" {}
                            },
                            "interval beyond" => line.interval.beyond x1="0" x2="16" y1="7" y2="7" {},
                            "whole" => line.whole x1="8" x2="8" y1="0" y2="14" {},
                            class => {
                                rect class=(class) x="1" y="1" width="12" height="12" {}
                                (stripes(class, "1", "13", "7"))
                            },
                        }
                    }
                    (text)
                }
            }
        }
    }
}
