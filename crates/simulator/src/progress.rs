//! Shows the progress of a run: a bar on a terminal, occasional lines elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

/// The interval between lines.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

/// The template of the bar.
const TEMPLATE: &str = "{bar:40} {human_pos} of about {human_len} events, {per_sec}, {eta} left";

/// The progress that a person sees while events are posted, on standard error.
pub(crate) enum Progress {
    /// On a terminal.
    Bar(ProgressBar),
    /// Elsewhere.
    Lines(Lines),
}

/// The contents of the next line.
pub(crate) struct Lines {
    events: u64,
    expected: u64,
    started: Instant,
    last: Instant,
}

impl Progress {
    /// Begins to show a run of about `expected` events.
    pub(crate) fn begin(expected: u64) -> Self {
        if !std::io::stderr().is_terminal() {
            let now = Instant::now();
            return Self::Lines(Lines { events: 0, expected, started: now, last: now });
        }
        let bar = ProgressBar::new(expected);
        bar.set_style(ProgressStyle::with_template(TEMPLATE).expect("a test draws it"));
        bar.enable_steady_tick(Duration::from_millis(500));
        Self::Bar(bar)
    }

    /// Shows that more events were accepted.
    pub(crate) fn add(&mut self, events: u64) {
        match self {
            Self::Bar(bar) => bar.inc(events),
            Self::Lines(lines) => {
                lines.events += events;
                if lines.last.elapsed() >= LINE_INTERVAL {
                    lines.last = Instant::now();
                    eprintln!("{}", lines.line());
                }
            }
        }
    }

    /// Ends the display.
    pub(crate) fn finish(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

impl Lines {
    fn line(&self) -> String {
        let rate = per_second(self.events, self.started.elapsed());
        let left = self.expected.saturating_sub(self.events);
        let seconds = left.checked_div(rate).map_or("?".to_owned(), |seconds| seconds.to_string());
        let (events, expected, rate) =
            (thousands(self.events), thousands(self.expected), thousands(rate));
        format!("{events} of about {expected} events, {rate}/s, {seconds} s left")
    }
}

/// A rate per second, rounded down.
pub(crate) fn per_second(things: u64, time: Duration) -> u64 {
    let rate = u128::from(things) * 1_000_000 / time.as_micros().max(1);
    u64::try_from(rate).unwrap_or(u64::MAX)
}

/// A number with a comma after every three digits.
pub(crate) fn thousands(number: u64) -> String {
    HumanCount(number).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        let numbers = [0, 999, 1_000, 13_879_360].map(thousands);
        assert_eq!(numbers, ["0", "999", "1,000", "13,879,360"]);
        assert_eq!(per_second(3, Duration::from_millis(1_500)), 2);
    }

    #[test]
    fn a_line_says_how_long_it_still_takes() {
        let started = Instant::now();
        let lines = Lines { events: 1_000, expected: 5_000, started, last: started };
        let line = lines.line();
        assert!(
            line.starts_with("1,000 of about 5,000 events, ") && line.ends_with(" s left"),
            "{line}"
        );
    }

    #[test]
    fn the_bar_can_be_drawn() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
    }
}
