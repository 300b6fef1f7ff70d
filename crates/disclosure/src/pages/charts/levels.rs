//! The distribution over the five levels. One level is often nearly all of it, so it is shown twice: as
//! it is, and without that level, on a scale of its own that says so.

use ::figures::Levels;
use domain::Level;
use maud::{Markup, html};

use super::bars::{Bar, Line, greatest, render_line};
use super::frame::{LINE, frame, share};
use super::segments::{BROAD_PER_MILLE, Segment, Whole};
use crate::pages::format;
use crate::resource::Language;

/// The classes that colour the active and the default reviews of a level.
fn classes(level: Level) -> [&'static str; 2] {
    if level.is_bad() { ["bad", "bad default"] } else { ["good", "good default"] }
}

/// The level that most reviews have.
pub(crate) fn most_frequent(all: Levels) -> Level {
    Level::best_first().max_by_key(|level| all.of(*level)).unwrap_or(Level::VerySatisfied)
}

/// Where the whole bar begins, and how high it is.
const BAR: (u32, u32) = (22, 30);

/// The chart, by what its title says.
pub(crate) fn levels(all: Levels, active: Levels, title: &str, language: Language) -> Markup {
    let greatest_level = most_frequent(all);
    let (whole, labelled) = whole(all, active, greatest_level, language);
    // Where no level is nearly all, its name does not fit, and all are drawn on one scale.
    let enlarged_without = whole.is_labelled(labelled).then_some(greatest_level);
    let shown = Level::best_first().filter(|level| Some(*level) != enlarged_without);
    let lines: Vec<_> = shown.map(|level| line(level, all, active, language)).collect();
    let most = greatest(&lines);
    let all_text = language.of((
        format!("全部评价 {}", format::thousands(all.sum())),
        format!("All reviews: {}", format::thousands(all.sum())),
    ));
    let top = BAR.0 + BAR.1 + if enlarged_without.is_some() { 56 } else { 8 };
    let content = html! {
        text.caption y="14" { (all_text) }
        (whole.render(BAR.0, BAR.1))
        (bad_end(all, active, language))
        @if let Some(greatest) = enlarged_without {
            (enlargement(all, greatest, top, language))
        }
        @for (index, line) in (0..).zip(&lines) {
            (render_line(line, top + index * LINE, most))
        }
    };
    let lines = u32::try_from(lines.len()).expect("five levels");
    frame("levels-chart", title, &description(all, active, language), top + lines * LINE, &content)
}

/// What is said of the bad reviews at the end of the whole bar, and a mark that can be seen however few
/// they are: it is wider than they are, and higher than the bar.
fn bad_end(all: Levels, active: Levels, language: Language) -> Markup {
    /// How wide the mark is, and how far it goes beyond the bar, in pixels.
    const MARK: (u32, u32) = (3, 4);
    let bad = all.bad();
    let is_thin = 1_000 * bad < BROAD_PER_MILLE * all.sum();
    let class = if active.bad() > 0 { "bad end-mark" } else { "bad default end-mark" };
    let amount = format::share(bad, all.sum()).unwrap_or_else(|| {
        let count = format::thousands(bad);
        language.of((format!("{count} 条"), count))
    });
    let text = language.of((format!("差评 {amount}"), format!("Bad: {amount}")));
    html! {
        @if bad > 0 {
            text.caption.end x="100%" y="14" { (text) }
            @if is_thin {
                rect class=(class) x="100%" width=(MARK.0) y=(BAR.0 - MARK.1) height=(BAR.1 + MARK.1)
                    transform={ "translate(-" (MARK.0) ")" } {}
            }
        }
    }
}

/// What leads from the whole bar to the bars of the other levels, which have a scale of their own.
fn enlargement(all: Levels, greatest_level: Level, top: u32, language: Language) -> Markup {
    let rest = all.sum() - all.of(greatest_level);
    let rest_value = format::with_share(rest, all.sum(), language);
    let text = language.of((
        format!("其余四级（放大显示） {rest_value}"),
        format!("The others, enlarged: {rest_value}"),
    ));
    // Lines from the rest of the bar to its enlargement, if the rest lies at one end.
    let ends = match greatest_level {
        Level::VerySatisfied => Some((share(all.of(greatest_level), all.sum()), "100%".into())),
        Level::VeryDissatisfied => Some(("0%".into(), share(rest, all.sum()))),
        Level::Satisfied | Level::BasicallySatisfied | Level::Dissatisfied => None,
    };
    let (bottom, text_top) = (BAR.0 + BAR.1, top - 12);
    html! {
        @if let Some((from, to)) = ends {
            line.zoom x1=(from) y1=(bottom) x2="0" y2=(text_top - 16) {}
            line.zoom x1=(to) y1=(bottom) x2="100%" y2=(text_top - 16) {}
        }
        text.caption y=(text_top) { (text) }
    }
}

/// Every level with its reviews, and how many a system wrote.
fn description(all: Levels, active: Levels, language: Language) -> String {
    let with_share = |count| format::with_share(count, all.sum(), language);
    let levels = Level::best_first()
        .map(|level| format!("{} {}", language.of(level.name()), with_share(all.of(level))));
    let levels = levels.collect::<Vec<_>>().join(language.of(("，", ", ")));
    let default = with_share(all.sum() - active.sum());
    language.of((
        format!("{levels}。其中默认评价 {default}。"),
        format!("{levels}. Default reviews: {default}."),
    ))
}

fn line(level: Level, all: Levels, active: Levels, language: Language) -> Line {
    let (count, active) = (all.of(level), active.of(level));
    let [active_class, default_class] = classes(level);
    Line::Bar(Bar {
        name: language.of(level.name()).to_owned(),
        parts: vec![(active_class, active), (default_class, count - active)],
        value: format::with_share(count, all.sum(), language),
    })
}

/// All levels as one bar, the active and the default reviews of each beside each other, and the index
/// of the segment that has the name of the most frequent level: the larger of its two.
fn whole(all: Levels, active: Levels, greatest_level: Level, language: Language) -> (Whole, usize) {
    let mut segments = Vec::new();
    let mut labelled = 0;
    for level in Level::best_first() {
        let (active, default) = (active.of(level), all.of(level) - active.of(level));
        let [active_class, default_class] = classes(level);
        let mut of_level = [(active_class, active, false), (default_class, default, active > 0)]
            .map(|(class, count, continues)| Segment { class, count, labels: vec![], continues });
        if level == greatest_level {
            let larger = usize::from(default > active);
            let name = language.of(level.name());
            let count = all.of(level);
            let with_share = format::with_share(count, all.sum(), language);
            let share = format::share(count, all.sum()).map(|share| format!("{name} {share}"));
            let fullest = format!("{name} {with_share}");
            of_level[larger].labels =
                [Some(fullest), share, Some(name.to_owned())].into_iter().flatten().collect();
            labelled = segments.len() + larger;
        }
        segments.extend(of_level);
    }
    (Whole(segments), labelled)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shape of Guangdong's January 2020, where a system wrote most reviews.
    fn january() -> (Levels, Levels) {
        let all = Levels {
            very_satisfied: 389_466,
            satisfied: 14_202,
            basically_satisfied: 1_394_640,
            dissatisfied: 586,
            very_dissatisfied: 1_106,
        };
        (all, Levels { basically_satisfied: 8_640, ..all })
    }

    #[test]
    fn the_name_of_the_most_frequent_level_lies_in_the_larger_part_of_its_segment() {
        let (all, active) = january();
        let drawn = levels(all, active, "", Language::Zh).into_string();
        let label = "<text class=\"inside on good default\" x=\"22.91%\"";
        let (_, after) = drawn.split_once(label).unwrap_or_else(|| panic!("{drawn}"));
        assert!(after.contains(">基本满意 77.480%<"), "{after}");
    }

    /// Nothing is enlarged where every level can be seen, and each has its line.
    #[test]
    fn levels_of_which_none_is_nearly_all_are_drawn_on_one_scale() {
        let all = Levels {
            very_satisfied: 4_000,
            satisfied: 3_000,
            basically_satisfied: 1_000,
            dissatisfied: 1_500,
            very_dissatisfied: 500,
        };
        let drawn = levels(all, all, "", Language::En).into_string();
        assert!(!drawn.contains("enlarged") && !drawn.contains("zoom"), "{drawn}");
        assert_eq!(drawn.matches("class=\"name\"").count(), 5, "{drawn}");
    }

    #[test]
    fn the_whole_bar_shows_default_reviews_in_their_own_shade() {
        let (all, active) = january();
        let drawn = levels(all, active, "", Language::En).into_string();
        let (whole, enlarged) = drawn.split_once("enlarged").expect("two parts");
        assert!(!whole.is_empty() && !enlarged.is_empty());
        assert!(drawn.contains("<rect class=\"good default\" x=\"22.91%\" width=\"77.00%\""));
        assert!(drawn.contains("Default reviews: 1,386,000 (77.000%)"), "{drawn}");
    }
}
