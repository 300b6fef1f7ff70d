//! What became of an engine's process, as plain data. Processes report it and errors quote it; this
//! module knows neither.

use std::fmt;
use std::process::ExitStatus;

/// How an engine's process ended, and its last log lines.
#[derive(Debug)]
pub struct Ended {
    /// What the engine is called.
    pub engine: &'static str,
    /// The exit status, if the system revealed it.
    pub status: Option<ExitStatus>,
    /// The last lines of its log, and the path of the log.
    pub log: String,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => {
                write!(f, "{} ended with {status}; its last log lines:\n{}", self.engine, self.log)
            }
            None => write!(f, "{} ended; its last log lines:\n{}", self.engine, self.log),
        }
    }
}

/// How an engine was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// By itself, when it was asked to stop.
    Gracefully,
    /// By SIGKILL, because it took too long. Nothing that was acknowledged is lost.
    Killed,
}
