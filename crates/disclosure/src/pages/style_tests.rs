//! Tests the colours of the style sheet: what is drawn is told from what is beside it, in both themes and
//! by eyes that do not see all colours.

use std::collections::BTreeMap;

const BASE: &str = include_str!("style/base.css");

/// The colours of a theme by their names.
type Theme = BTreeMap<String, [f64; 3]>;

fn theme(css: &str) -> Theme {
    let mut colours = Theme::new();
    for line in css.lines() {
        let Some((name, value)) =
            line.trim().strip_prefix("--").and_then(|of| of.split_once(": #"))
        else {
            continue;
        };
        let digits = value.trim_end_matches(';');
        let part = |from: usize| {
            let value = u8::from_str_radix(&digits[from..from + 2], 16).expect("two digits");
            let share = f64::from(value) / 255.0;
            // WCAG 2.2, "relative luminance".
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        colours.insert(name.to_owned(), [part(0), part(2), part(4)]);
    }
    colours
}

fn themes() -> [(&'static str, Theme); 2] {
    let (_, light) = BASE.split_once(":root {").expect("the light theme");
    let (light, rest) = light.split_once('}').expect("its end");
    let (_, dark) = rest.split_once("prefers-color-scheme: dark").expect("the dark theme");
    let (dark, _) = dark.split_once('}').expect("its end");
    [("light", theme(light)), ("dark", theme(dark))]
}

fn luminance([red, green, blue]: [f64; 3]) -> f64 {
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

#[test]
fn shapes_have_three_to_one_to_the_paper_and_the_two_shades_to_each_other() {
    for (name, theme) in themes() {
        let of = |colour: &str| theme[colour];
        for colour in ["count", "good", "bad"] {
            let shades = [of(colour), of(&format!("{colour}-default"))];
            assert!(contrast(shades[0], shades[1]) >= 3.0, "{name}: both shades of {colour}");
            for shade in shades {
                assert!(contrast(shade, of("paper")) >= 3.0, "{name}: {colour}");
            }
        }
        for colour in ["rest", "mark", "muted"] {
            assert!(contrast(of(colour), of("paper")) >= 3.0, "{name}: {colour}");
        }
        assert!(contrast(of("rest"), of("count")) >= 3.0, "{name}: counted and not counted");
    }
}

#[test]
fn text_has_four_and_a_half_to_one_wherever_it_stands() {
    for (name, theme) in themes() {
        for (text, ground) in [
            ("ink", "paper"),
            ("ink", "tint"),
            ("muted", "paper"),
            ("muted", "tint"),
            ("link", "paper"),
            ("link", "tint"),
            ("mark", "paper"),
            ("on-warning", "warning"),
            ("on-active", "count"),
            ("on-active", "good"),
            ("on-active", "bad"),
            ("on-default", "count-default"),
            ("on-default", "good-default"),
            ("on-default", "bad-default"),
        ] {
            let contrast = contrast(theme[text], theme[ground]);
            assert!(contrast >= 4.5, "{name}: {text} on {ground} has {contrast:.2}");
        }
    }
}

/// What people see who lack the cones for green: Viénot, Brettel and Mollon, "Digital video
/// colourmaps for checking the legibility of displays by dichromats", Color Research & Application 24
/// (1999), for linear light.
fn for_deuteranopes([red, green, blue]: [f64; 3]) -> [f64; 3] {
    let yellow = 0.29275 * red + 0.70725 * green;
    [yellow, yellow, -0.02234 * red + 0.02234 * green + blue]
}

#[test]
fn good_and_bad_are_told_apart_without_seeing_green() {
    for (name, theme) in themes() {
        for (good, bad) in [("good", "bad"), ("good-default", "bad-default")] {
            let [good, bad] = [good, bad].map(|colour| for_deuteranopes(theme[colour]));
            // Whether it is more blue than yellow is what is left of hue.
            let is_blue = |[yellow, _, blue]: [f64; 3]| blue > yellow;
            assert!(is_blue(good) && !is_blue(bad), "{name}: {good:?} {bad:?}");
        }
    }
}
