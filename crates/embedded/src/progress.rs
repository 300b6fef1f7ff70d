//! Shows a waiting person the progress: a spinner on a terminal, plain lines elsewhere.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// A long step in progress.
pub(crate) struct Progress {
    what: String,
    since: Instant,
    /// None where standard error is not a terminal.
    spinner: Option<ProgressBar>,
}

impl Progress {
    /// Announces that a step begins.
    pub(crate) fn start(what: impl Into<String>) -> Self {
        let what = what.into();
        let spinner = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})")
                .expect("a template of this crate");
            let spinner = ProgressBar::new_spinner().with_style(style).with_message(what.clone());
            spinner.enable_steady_tick(Duration::from_millis(120));
            spinner
        });
        if spinner.is_none() {
            eprintln!("{what} …");
        }
        Self { what, since: Instant::now(), spinner }
    }

    /// Announces that the step is done.
    pub(crate) fn done(self) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
        eprintln!("{}: done in {:.1} s", self.what, self.since.elapsed().as_secs_f32());
    }
}

impl Drop for Progress {
    /// A step that failed leaves no half-drawn line under its error.
    fn drop(&mut self) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
    }
}
