//! Draws charts as SVG, so that a page needs no script. Each can be read without colour: every bar
//! has its name and its value in words, and the table below it has the same numbers.
//!
//! Positions are shares of the width, and letters keep their size, so a chart fills any width. On a
//! wide page, the style sheet moves names and values to the sides of the bars.

use ::figures::Levels;
use domain::{Level, Rate};
use maud::{Markup, html};

use super::format;
use crate::resource::Language;

/// Height of a line of a chart.
const LINE: u32 = 32;

/// A horizontal bar: parts of it beside each other, by the classes that colour them.
pub(crate) struct Bar {
    pub(crate) name: String,
    pub(crate) parts: Vec<(&'static str, u64)>,
    pub(crate) value: String,
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
}

fn frame(id: &str, title: &str, description: &str, height: u32, content: &Markup) -> Markup {
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

fn greatest(lines: &[Line]) -> u64 {
    let sums = lines.iter().map(|line| match line {
        Line::Heading(_) => 0,
        Line::Bar(bar) => bar.parts.iter().map(|(_, count)| count).sum(),
    });
    sums.max().unwrap_or(0)
}

fn render_line(line: &Line, top: u32, most: u64) -> Markup {
    html! {
        svg y=(top) width="100%" height=(LINE) overflow="visible" {
            @match line {
                Line::Heading(text) => text.heading y="22" { (text) },
                Line::Bar(bar) => {
                    text.name y="13" { (shortened(&bar.name)) }
                    text.value x="100%" y="13" text-anchor="end" { (bar.value) }
                    g.plot {
                        line.axis y1="18" y2="28" {}
                        @for (class, from, width) in parts_of(bar, most) {
                            rect class=(class) x=(from) y="19" width=(width) height="8" {}
                        }
                    }
                },
            }
        }
    }
}

/// The parts of a bar: class, where it begins, how wide it is.
fn parts_of(bar: &Bar, most: u64) -> Vec<(&'static str, String, String)> {
    let mut before = 0;
    let mut parts = Vec::new();
    for (class, count) in bar.parts.iter().filter(|(_, count)| *count > 0) {
        parts.push((*class, share(before, most), share(*count, most)));
        before += count;
    }
    parts
}

/// A long name would run into the bar; the table has all of it.
fn shortened(name: &str) -> String {
    const WIDTH_MAX: usize = 26;
    let width = |letter: char| if letter.is_ascii() { 1 } else { 2 };
    if name.chars().map(width).sum::<usize>() <= WIDTH_MAX {
        return name.to_owned();
    }
    let mut room = WIDTH_MAX - 1;
    let fits = |letter: &char| {
        let taken = width(*letter);
        room.checked_sub(taken).inspect(|left| room = *left).is_some()
    };
    let mut text: String = name.chars().take_while(fits).collect();
    text.truncate(text.trim_end().len());
    text + "…"
}

fn share(part: u64, whole: u64) -> String {
    let share = Rate { numerator: part, denominator: whole }.value().unwrap_or(0.0);
    format!("{:.3}%", share * 100.0)
}

/// The class that colours a level.
pub(crate) fn level_class(level: Level) -> &'static str {
    match level {
        Level::VerySatisfied => "level-5",
        Level::Satisfied => "level-4",
        Level::BasicallySatisfied => "level-3",
        Level::Dissatisfied => "level-2",
        Level::VeryDissatisfied => "level-1",
    }
}

/// The class that colours the default reviews of a level.
fn default_class(level: Level) -> &'static str {
    match level {
        Level::VerySatisfied => "level-5 default",
        Level::Satisfied => "level-4 default",
        Level::BasicallySatisfied => "level-3 default",
        Level::Dissatisfied => "level-2 default",
        Level::VeryDissatisfied => "level-1 default",
    }
}

/// The distribution over the five levels. One level is nearly all of it, so it is shown twice: as
/// it is, and without that level, on a scale of its own that says so.
pub(crate) fn levels(all: Levels, active: Levels, title: &str, language: Language) -> Markup {
    const BAR: (u32, u32) = (22, 26);
    const ZOOM: u32 = 84;
    let greatest =
        Level::best_first().max_by_key(|level| all.of(*level)).unwrap_or(Level::VerySatisfied);
    let rest: u64 = all.sum() - all.of(greatest);
    let others = Level::best_first().filter(|level| *level != greatest);
    let lines: Vec<_> = others
        .map(|level| {
            let (count, active) = (all.of(level), active.of(level));
            Line::Bar(Bar {
                name: language.of(level.name()).to_owned(),
                parts: vec![(level_class(level), active), (default_class(level), count - active)],
                value: format::with_share(count, all.sum(), language),
            })
        })
        .collect();
    let most = self::greatest(&lines);
    let distribution = Bar {
        name: String::new(),
        parts: Level::best_first().map(|level| (level_class(level), all.of(level))).collect(),
        value: String::new(),
    };
    let greatest_name = language.of(greatest.name());
    let greatest_value = format::with_share(all.of(greatest), all.sum(), language);
    let all_counted = format::thousands(all.sum());
    // The name of the greatest level stands in the bar where there is room, and else above it.
    let has_room = all.of(greatest) > all.sum() / 2;
    let of_which = match (has_room, language) {
        (true, _) => String::new(),
        (false, Language::Zh) => format!("，其中{greatest_name} {greatest_value}"),
        (false, Language::En) => format!("; {greatest_name}: {greatest_value}"),
    };
    let all_text = language.of((
        format!("全部评价 {all_counted}{of_which}"),
        format!("All reviews: {all_counted}{of_which}"),
    ));
    let rest_value = format::with_share(rest, all.sum(), language);
    let zoom_text = language.of((
        format!("其余四级（放大显示） {rest_value}"),
        format!("The other four levels, enlarged: {rest_value}"),
    ));
    // Lines from the rest of the bar to its enlargement, if the rest lies at one end.
    let (rest_from, rest_to) = match greatest {
        Level::VerySatisfied => (share(all.of(greatest), all.sum()), "100%".into()),
        Level::VeryDissatisfied => ("0%".into(), share(rest, all.sum())),
        _ => (String::new(), String::new()),
    };
    let bottom = BAR.0 + BAR.1;
    let content = html! {
        text.caption y="14" { (all_text) }
        svg y=(BAR.0) width="100%" height=(BAR.1) {
            @for (class, from, width) in parts_of(&distribution, all.sum()) {
                rect class=(class) x=(from) width=(width) height="100%" {}
            }
            @if has_room {
                text class={ "inside on-" (level_class(greatest)) } x="10" y="18" {
                    (greatest_name) " " (greatest_value)
                }
            }
        }
        @if !rest_from.is_empty() {
            line.zoom x1=(rest_from) y1=(bottom) x2="0" y2=(ZOOM - 8) {}
            line.zoom x1=(rest_to) y1=(bottom) x2="100%" y2=(ZOOM - 8) {}
        }
        text.caption y=(ZOOM + 8) { (zoom_text) }
        @for (index, line) in (0..).zip(&lines) {
            (render_line(line, ZOOM + 20 + index * LINE, most))
        }
    };
    let description = language.of((
        format!("{greatest_name} {greatest_value}；其余四级 {rest_value}，另用单独的比例放大显示。"),
        format!("{greatest_name}: {greatest_value}. The other four levels, {rest_value}, are enlarged on a separate scale."),
    ));
    frame("levels", title, &description, ZOOM + 20 + 4 * LINE, &content)
}

/// What the colours mean, in words beside a sample.
pub(crate) fn legend(entries: &[(&str, &str)]) -> Markup {
    html! {
        ul.legend {
            @for (class, text) in entries {
                li {
                    svg width="14" height="14" aria-hidden="true" {
                        rect class=(class) width="14" height="14" {}
                    }
                    (text)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_before_it_meets_the_bar() {
        assert_eq!(shortened("大厅窗口（评价器、平板）"), "大厅窗口（评价器、平板）");
        assert_eq!(shortened("新疆维吾尔自治区直辖县级行政区划"), "新疆维吾尔自治区直辖县级…");
        let english = shortened("Dehong Dai and Jingpo Autonomous Prefecture");
        assert_eq!(english, "Dehong Dai and Jingpo Aut…");
    }

    #[test]
    fn parts_of_a_bar_stand_beside_each_other() {
        let bar = Bar {
            name: "x".into(),
            parts: vec![("online", 3), ("nothing", 0), ("default", 1)],
            value: "4".into(),
        };
        assert_eq!(
            parts_of(&bar, 8),
            [
                ("online", "0.000%".into(), "37.500%".into()),
                ("default", "37.500%".into(), "12.500%".into()),
            ]
        );
        assert_eq!(parts_of(&Bar { parts: vec![("online", 0)], ..bar }, 0), []);
    }
}
