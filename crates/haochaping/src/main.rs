//! The binary: a subcommand for each service and for what operators do.
//!
//! The feature `one-machine` adds `up`, which runs all services with the embedded engines; the
//! feature `lab` adds the simulator, the torture and the measurements. The image of a production
//! service is built without both.

mod cli;
#[cfg(feature = "lab")]
mod lab;
mod quarantine;
mod rebuild;
mod rule;
mod service;
#[cfg(feature = "one-machine")]
mod up;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

use crate::cli::Cli;

/// Exit code for an environment that the caller can change; clap's own errors have it too.
const BAD_ENVIRONMENT: u8 = 2;

fn main() -> ExitCode {
    // First of all: in a child process this program is the engine.
    #[cfg(any(feature = "one-machine", feature = "lab"))]
    embedded::become_clickhouse_if_asked();
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            if error.is::<daemon::BadEnvironment>() {
                ExitCode::from(BAD_ENVIRONMENT)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new().context("failed to start the runtime")?;
    let result = runtime.block_on(cli.run());
    // A question to an engine that stands still may be open: nobody waits for the answer any more.
    runtime.shutdown_background();
    result
}
