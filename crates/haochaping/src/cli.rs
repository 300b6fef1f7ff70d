//! The subcommands.

use std::process::ExitCode;

use accounts::command::AccountCommand;
use clap::{Parser, Subcommand};
use daemon::{lifecycle, telemetry};
use tables::ClickHouseConfig;
use topics::{KafkaConfig, TopicLayout};

#[cfg(feature = "lab")]
use crate::lab::LabCommand;
use crate::quarantine::QuarantineArgs;
use crate::rebuild::RebuildArgs;
use crate::rule::RuleArgs;
use crate::service::ServiceCommand;
#[cfg(feature = "one-machine")]
use crate::up;

/// Collect, count and disclose ratings of government services (好差评).
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the engines and all services on this machine, with a demonstration month.
    #[cfg(feature = "one-machine")]
    Up(up::Args),
    #[command(flatten)]
    Service(ServiceCommand),
    /// Show what became of every record, and whether every record is accounted for; exit with 1 if
    /// not.
    Ledger(auditor::Args),
    /// Create the topics, the database and the tables that are missing.
    Migrate(MigrateArgs),
    /// List, replay or discard records that could not be loaded.
    Quarantine(QuarantineArgs),
    /// Recompute counts from the stored records, or everything from Kafka, compare, and swap.
    ///
    /// Figures stay readable throughout. If the result differs from what was stored, the command
    /// lists every difference, swaps nothing and exits with 1.
    Rebuild(RebuildArgs),
    /// Manage the accounts of sources that post events. A change takes effect at every intake within
    /// two seconds.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Show which counting rule figures are read by, or switch to another.
    Rule(RuleArgs),
    #[cfg(feature = "lab")]
    #[command(flatten)]
    Lab(LabCommand),
}

/// Prepares the engines.
#[derive(Debug, clap::Args)]
struct MigrateArgs {
    #[command(flatten)]
    clickhouse: ClickHouseConfig,
    #[command(flatten)]
    kafka: KafkaConfig,
    #[command(flatten)]
    topics: TopicLayout,
}

impl Cli {
    /// Runs the subcommand.
    ///
    /// # Errors
    ///
    /// What a person should read.
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        telemetry::init(match self.command {
            Command::Service(_) | Command::Migrate(_) => "info,librdkafka=warn",
            // Other commands print their own messages for people; the log has only warnings.
            _ => "warn,librdkafka=error",
        });
        let stop = lifecycle::stop_on_signals()?;
        match self.command {
            #[cfg(feature = "one-machine")]
            Command::Up(args) => up::run(args, stop).await?,
            Command::Service(service) => service.run(stop).await?,
            Command::Ledger(args) => return Ok(exit_code(auditor::ledger(args).await?)),
            Command::Migrate(MigrateArgs { clickhouse, kafka, topics }) => {
                tables::migrations::run(&clickhouse, &kafka, topics).await?;
            }
            Command::Quarantine(args) => return args.run().await,
            Command::Rebuild(args) => return args.run().await,
            Command::Account(command) => command.run().await?,
            Command::Rule(args) => return args.run().await,
            #[cfg(feature = "lab")]
            Command::Lab(command) => return Ok(exit_code(command.run(stop).await?)),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The exit code of a command that compares, measures or looks for something.
fn exit_code(is_well: bool) -> ExitCode {
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_does_not_contradict_itself() {
        Cli::command().debug_assert();
    }
}
