//! Shows the progress of a torture: a bar on a terminal, lines elsewhere, a table at the end.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::fault::Fault;
use crate::oracle::Agreement;

/// The template of the bar.
const TEMPLATE: &str = "{bar:40} {elapsed} of {msg}";

/// The events of the run so far.
pub(super) struct Report {
    lasts: Duration,
    since: Instant,
    /// None where standard error is not a terminal.
    bar: Option<ProgressBar>,
    faults: BTreeMap<Fault, u64>,
    agreed: u64,
    last: Option<Agreement>,
    slowest: Duration,
    /// How often services ended by themselves and were started again.
    pub(super) ended_by_themselves: u64,
}

impl Report {
    pub(super) fn begin(lasts: Duration) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(lasts.as_secs());
            bar.set_style(ProgressStyle::with_template(TEMPLATE).expect("a test draws it"));
            bar.enable_steady_tick(Duration::from_millis(500));
            bar
        });
        Self {
            lasts,
            since: Instant::now(),
            bar,
            faults: BTreeMap::new(),
            agreed: 0,
            last: None,
            slowest: Duration::ZERO,
            ended_by_themselves: 0,
        }
    }

    /// Notes that a fault has begun.
    pub(super) fn began(&mut self, fault: Fault) {
        *self.faults.entry(fault).or_default() += 1;
    }

    /// Shows the progress.
    pub(super) fn tick(&self, events: usize) {
        if let Some(bar) = &self.bar {
            let faults: u64 = self.faults.values().sum();
            let minutes = self.lasts.as_secs() / 60;
            bar.set_position(self.since.elapsed().as_secs().min(self.lasts.as_secs()));
            bar.set_message(format!("{minutes} min, {events} events, {faults} faults"));
        }
    }

    /// Notes that all sets are equal.
    pub(super) fn agreed(&mut self, agreement: Agreement, took: Duration) {
        self.agreed += 1;
        self.last = Some(agreement);
        self.slowest = self.slowest.max(took);
        let line = format!(
            "{:>4} s: equal after {:.1} s: {} events, {} records, {} months of provinces",
            self.since.elapsed().as_secs(),
            took.as_secs_f32(),
            agreement.events,
            agreement.records,
            agreement.months,
        );
        match &self.bar {
            Some(bar) => bar.println(line),
            None => println!("{line}"),
        }
    }

    /// Whether anything was compared.
    pub(super) fn has_agreed(&self) -> bool {
        self.agreed > 0
    }

    /// Prints the table.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        println!();
        for fault in &Fault::all() {
            let name = fault.to_string();
            println!("{name:<32} {:>6}", self.faults.get(fault).copied().unwrap_or(0));
        }
        println!();
        println!("{:<32} {:>6}", "services that ended by themselves", self.ended_by_themselves);
        println!("{:<32} {:>6}", "comparisons, all equal", self.agreed);
        if let Some(agreement) = self.last {
            println!("{:<32} {:>6}", "events", agreement.events);
            println!("{:<32} {:>6}", "records", agreement.records);
        }
        println!("{:<32} {:>6.1}", "slowest until equal, in seconds", self.slowest.as_secs_f32());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_can_be_drawn() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
    }
}
