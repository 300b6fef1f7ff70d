//! Rates of several places beside the rate of the whole, each with its 95 % interval: what can be
//! compared, and what may be chance.

use domain::Rate;
use maud::{Markup, html};

use super::bars::shortened;
use super::frame::{LINE, frame, length};
use crate::pages::format;
use crate::resource::Language;

/// A place and its rate.
pub(crate) struct RateLine {
    pub(crate) name: String,
    pub(crate) rate: Rate,
}

/// A chart of rates, each as how many of a million.
pub(crate) struct RatesChart<'a> {
    /// Distinguishes the chart within its page.
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    /// What there is to see, in a sentence, for those who do not see it.
    pub(crate) description: &'a str,
    pub(crate) lines: &'a [RateLine],
    /// The rate of the whole.
    pub(crate) whole: Rate,
}

/// How places compare with the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Comparison {
    /// Places with enough reviews for a rate.
    pub(crate) telling: usize,
    /// Of these, places whose interval does not include the rate of the whole.
    pub(crate) outside: usize,
}

impl Comparison {
    pub(crate) fn of(lines: &[RateLine], whole: Rate) -> Self {
        let telling = lines.iter().filter(|line| line.rate.is_telling());
        let whole = whole.value();
        let is_outside = |line: &&RateLine| {
            line.rate
                .interval()
                .zip(whole)
                .is_some_and(|((low, high), whole)| whole < low || high < whole)
        };
        Self { telling: telling.clone().count(), outside: telling.filter(is_outside).count() }
    }
}

/// The height of the row with the numbers of the axis.
const AXIS: u32 = 22;

impl RatesChart<'_> {
    pub(crate) fn render(&self, language: Language) -> Markup {
        let most = self.axis_max();
        let lines = u32::try_from(self.lines.len()).expect("a page has at most a thousand lines");
        let ends = whole_number(most * 1e6);
        let content = html! {
            text.tick y="14" { "0" }
            text.tick.end x="100%" y="14" { (ends) }
            @for (index, line) in (0..).zip(self.lines) {
                (self.row(line, AXIS + index * LINE, most, language))
            }
        };
        frame(self.id, self.title, self.description, AXIS + lines * LINE, &content)
    }

    /// Whether an interval goes on beyond the chart.
    pub(crate) fn has_interval_beyond(&self) -> bool {
        let most = self.axis_max();
        let telling = self.lines.iter().filter(|line| line.rate.is_telling());
        telling.filter_map(|line| line.rate.interval()).any(|(_, high)| high > most)
    }

    fn row(&self, line: &RateLine, top: u32, most: f64, language: Language) -> Markup {
        let RateLine { name, rate } = line;
        let text = format::rate_or_counts(*rate, format::per_million, language);
        let value = rate.value().filter(|_| rate.is_telling());
        let interval = rate.interval().filter(|_| rate.is_telling());
        let at = |share: f64| length((share / most).min(1.0));
        html! {
            svg y=(top) height=(LINE) {
                text.name y="13" { (shortened(name)) }
                text.value x="100%" y="13" { (text.as_deref().unwrap_or("–")) }
                g.plot.rates {
                    line.ground y1="24" x2="100%" y2="24" {}
                    @if let Some(whole) = self.whole.value() {
                        line.whole x1=(at(whole)) x2=(at(whole)) y1="17" y2="30" {}
                    }
                    @if let Some((low, high)) = interval {
                        line.interval.beyond[high > most] x1=(at(low)) x2=(at(high)) y1="24" y2="24" {}
                    }
                    // A line without length, whose round ends make a point of it however it is stretched.
                    @if let Some(value) = value {
                        line.point x1=(at(value)) x2=(at(value)) y1="24" y2="24" {}
                    }
                }
            }
        }
    }

    /// The greatest rate that the chart has room for. An interval that is far wider than the others
    /// ends in a dashed line instead of pressing all others together.
    fn axis_max(&self) -> f64 {
        let telling = self.lines.iter().filter(|line| line.rate.is_telling());
        let greatest = |of: fn(Rate) -> Option<f64>| {
            telling.clone().filter_map(|line| of(line.rate)).fold(0.0, f64::max)
        };
        let whole = self.whole.value().unwrap_or(0.0);
        let room = (2.0 * whole).max(1.25 * greatest(Rate::value));
        let most = greatest(|rate| rate.interval().map(|(_, high)| high)).max(whole);
        round_up(if room > 0.0 { most.min(room) } else { most })
    }
}

/// The next number with one digit that is not zero, so that an axis ends at a number that is easily
/// read. At least one of a million.
fn round_up(share: f64) -> f64 {
    let per_million = (share * 1e6).max(1.0);
    let unit = 10_f64.powf(per_million.log10().floor());
    ((per_million / unit).ceil() * unit / 1e6).min(1.0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an axis ends between one and a million"
)]
fn whole_number(per_million: f64) -> String {
    format::thousands(per_million.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(numerator: u64, denominator: u64) -> RateLine {
        RateLine { name: "x".into(), rate: Rate { numerator, denominator } }
    }

    fn drawn(lines: &[RateLine], whole: Rate) -> String {
        let chart = RatesChart { id: "rates", title: "", description: "", lines, whole };
        chart.render(Language::Zh).into_string()
    }

    const WHOLE: Rate = Rate { numerator: 1_000, denominator: 10_000_000 };

    #[test]
    fn a_rate_has_a_point_and_its_interval_and_the_whole_has_a_line() {
        let drawn = drawn(&[line(20, 100_000)], WHOLE);
        assert!(drawn.contains(">300<"), "the axis ends at a round number: {drawn}");
        assert!(drawn.contains("<line class=\"whole\" x1=\"33.33%\""), "{drawn}");
        assert!(drawn.contains("<line class=\"point\" x1=\"66.67%\""), "{drawn}");
        let interval = "<line class=\"interval beyond\" x1=\"43.16%\" x2=\"100.00%\"";
        assert!(drawn.contains(interval), "it goes on: {drawn}");
        let goes_on = |lines: &[RateLine]| {
            let (id, title, description) = ("rates", "", "");
            RatesChart { id, title, description, lines, whole: WHOLE }.has_interval_beyond()
        };
        assert!(goes_on(&[line(20, 100_000)]));
        assert!(!goes_on(&[line(20_000, 100_000_000)]), "a narrow one ends within the chart");
    }

    #[test]
    fn a_rate_of_too_few_is_shown_as_counts_and_has_no_point() {
        let drawn = drawn(&[line(2, 31), line(0, 0)], WHOLE);
        assert!(drawn.contains(">2 / 31条<") && drawn.contains(">–<"), "{drawn}");
        assert!(!drawn.contains("point") && !drawn.contains("interval"), "{drawn}");
    }

    #[test]
    fn places_are_compared_with_the_whole_by_their_intervals() {
        let lines = [line(20, 100_000), line(10, 100_000), line(2, 31)];
        assert_eq!(Comparison::of(&lines, WHOLE), Comparison { telling: 2, outside: 1 });
    }

    #[test]
    fn an_axis_ends_at_a_round_number() {
        for (share, end) in [(0.000_122, 0.000_2), (0.000_2, 0.000_2), (0.7, 0.7), (0.0, 1e-6)] {
            assert!((round_up(share) - end).abs() < 1e-9, "{share}");
        }
    }
}
