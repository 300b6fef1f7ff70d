//! What every row is given: the binary to measure, the sizes to measure it at, and a line on the
//! terminal for its progress. This module knows no row.

use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::stage::Stage;

/// What every row is given.
#[derive(Clone)]
pub struct Bench {
    program: PathBuf,
    rounds: Option<u32>,
    is_full: bool,
    records: Option<u64>,
    bar: ProgressBar,
}

impl Bench {
    /// For a program, with the options of the command line.
    pub fn new(program: PathBuf, rounds: Option<u32>, is_full: bool, records: Option<u64>) -> Self {
        let bar = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("{spinner} {elapsed} {msg}");
        bar.set_style(style.expect("a template of this crate"));
        bar.enable_steady_tick(Duration::from_millis(250));
        Self { program, rounds, is_full, records, bar }
    }

    /// The binary that is measured: this one.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The number of rounds: `usual`, unless the command line gives another.
    pub fn rounds(&self, usual: u32) -> u32 {
        self.rounds.unwrap_or(usual)
    }

    /// Whether rows run at full length.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// The size of a row: `short`, or `full` at full length, or the number that a test gives.
    pub fn size(&self, short: u64, full: u64) -> u64 {
        self.records.unwrap_or(if self.is_full { full } else { short })
    }

    /// Starts engines that only this row uses.
    pub async fn stage(&self) -> Stage {
        self.say("starting the engines");
        Stage::start(&self.program).await
    }

    /// Shows what is being done.
    pub fn say(&self, what: impl Into<String>) {
        let what = what.into();
        if self.bar.is_hidden() {
            eprintln!("{what}");
        }
        self.bar.set_message(what);
    }

    /// Clears the line that shows it.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
