//! Bars below each other, on one scale that begins at zero.

use ::figures::Reviews;
use maud::{Markup, html};

use super::frame::{LINE, frame, legend, share, stripes};
use crate::pages::format::thousands;
use crate::pages::words;
use crate::resource::Language;

/// A horizontal bar: parts of it beside each other, by the classes that colour them.
pub(crate) struct Bar {
    pub(crate) name: String,
    pub(crate) parts: Vec<(&'static str, u64)>,
    pub(crate) value: String,
}

impl Bar {
    /// Reviews, by who gave them.
    pub(crate) fn of_reviews(name: String, reviews: Reviews) -> Self {
        let parts = vec![("count", reviews.active), ("count default", reviews.default)];
        Self { name, parts, value: thousands(reviews.counted) }
    }
}

/// A line of a chart.
pub(crate) enum Line {
    Heading(String),
    Bar(Bar),
}

/// A chart of bars.
pub(crate) struct BarChart<'a> {
    /// Distinguishes the chart within its page.
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    /// What there is to see, in a sentence, for those who do not see it.
    pub(crate) description: &'a str,
    pub(crate) lines: Vec<Line>,
}

impl BarChart<'_> {
    pub(crate) fn render(&self) -> Markup {
        let most = greatest(&self.lines);
        let content = html! {
            @for (index, line) in (0..).zip(&self.lines) {
                (render_line(line, index * LINE, most))
            }
        };
        let lines = u32::try_from(self.lines.len()).expect("a page has at most a thousand lines");
        frame(self.id, self.title, self.description, lines * LINE, &content)
    }

    /// The chart with its title and what the shades of [`Bar::of_reviews`] mean.
    pub(crate) fn figure_of_reviews(&self, language: Language) -> Markup {
        html! {
            figure {
                figcaption {
                    span { (self.title) }
                    (legend(&[
                        ("count", language.of(words::ACTIVE)),
                        ("count default", language.of(words::DEFAULT)),
                    ]))
                }
                (self.render())
            }
        }
    }
}

/// What the longest bar stands for.
pub(super) fn greatest(lines: &[Line]) -> u64 {
    let sums = lines.iter().map(|line| match line {
        Line::Heading(_) => 0,
        Line::Bar(bar) => bar.parts.iter().map(|(_, count)| count).sum(),
    });
    sums.max().unwrap_or(0)
}

pub(super) fn render_line(line: &Line, top: u32, most: u64) -> Markup {
    html! {
        svg y=(top) height=(LINE) {
            @match line {
                Line::Heading(text) => text.heading y="22" { (text) },
                Line::Bar(bar) => {
                    text.name y="13" { (shortened(&bar.name)) }
                    text.value x="100%" y="13" { (bar.value) }
                    g.plot {
                        line.axis y1="18" y2="28" {}
                        @for Part { class, from, width, to } in parts_of(&bar.parts, most) {
                            rect class=(class) x=(from) y="19" width=(width) height="8" {}
                            (stripes(class, &from, &to, "23"))
                        }
                    }
                },
            }
        }
    }
}

/// A part of a bar: where it begins, how wide it is, where it ends.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    class: &'static str,
    from: String,
    width: String,
    to: String,
}

fn parts_of(parts: &[(&'static str, u64)], most: u64) -> Vec<Part> {
    let mut before = 0;
    let mut drawn = Vec::new();
    for (class, count) in parts.iter().filter(|(_, count)| *count > 0) {
        let (from, width) = (share(before, most), share(*count, most));
        before += count;
        drawn.push(Part { class, from, width, to: share(before, most) });
    }
    drawn
}

/// A long name would run into the bar; the table has all of it. What has digits is never cut, since it
/// would read as another number, and neither is the end that tells own bodies (本级) from a whole place.
pub(super) fn shortened(name: &str) -> String {
    const WIDTH_MAX: usize = 26;
    const OWN_BODIES: &str = "本级";
    let width = |letter: char| if letter.is_ascii() { 1 } else { 2 };
    let has_digits = name.chars().any(|letter| letter.is_ascii_digit());
    if has_digits || name.chars().map(width).sum::<usize>() <= WIDTH_MAX {
        return name.to_owned();
    }
    let (name, end) = match name.strip_suffix(OWN_BODIES) {
        Some(place) => (place, OWN_BODIES),
        None => (name, ""),
    };
    let mut room = WIDTH_MAX - 1 - end.chars().map(width).sum::<usize>();
    let fits = |letter: &char| {
        let taken = width(*letter);
        room.checked_sub(taken).inspect(|left| room = *left).is_some()
    };
    let mut text: String = name.chars().take_while(fits).collect();
    text.truncate(text.trim_end().len());
    text + "…" + end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_shortened_before_it_meets_the_bar_and_a_number_never() {
        assert_eq!(shortened("纸质评价表"), "纸质评价表");
        assert_eq!(shortened("新疆维吾尔自治区直辖县级行政区划"), "新疆维吾尔自治区直辖县级…");
        assert_eq!(shortened("新疆维吾尔自治区直辖县级行政区划本级"), "新疆维吾尔自治区直辖…本级");
        let english = shortened("Dehong Dai and Jingpo Autonomous Prefecture");
        assert_eq!(english, "Dehong Dai and Jingpo Aut…");
        let number = "counted: 13,461,728 (95.901%) of all";
        assert_eq!(shortened(number), number);
    }

    #[test]
    fn parts_of_a_bar_stand_beside_each_other() {
        let part = |class, from: &str, width: &str, to: &str| {
            let [from, width, to] = [from, width, to].map(str::to_owned);
            Part { class, from, width, to }
        };
        assert_eq!(
            parts_of(&[("count", 3), ("nothing", 0), ("count default", 1)], 8),
            [
                part("count", "0.00%", "37.50%", "37.50%"),
                part("count default", "37.50%", "12.50%", "50.00%"),
            ]
        );
        assert_eq!(parts_of(&[("count", 0)], 0), []);
    }
}
