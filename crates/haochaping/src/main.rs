//! The binary: a subcommand for each service, and `up`, which runs all of them with the embedded
//! engines.

mod account;
mod cli;
mod quarantine;
mod rebuild;
mod service;
mod up;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

use crate::cli::Cli;

/// Exit code for an environment that the caller can change; clap's own errors have it too.
const BAD_ENVIRONMENT: u8 = 2;

fn main() -> ExitCode {
    // First of all: in a child process this program is the engine.
    embedded::become_clickhouse_if_asked();
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            let engine = error.downcast_ref::<embedded::Error>();
            if error.is::<daemon::BadEnvironment>()
                || engine.is_some_and(embedded::Error::is_bad_environment)
            {
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
