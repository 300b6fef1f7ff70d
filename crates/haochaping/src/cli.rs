//! The subcommands.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use daemon::{lifecycle, telemetry};
use tables::ClickHouseConfig;
use topics::{KafkaConfig, TopicLayout};

use crate::account::AccountCommand;
use crate::quarantine::QuarantineArgs;
use crate::rebuild::RebuildArgs;
use crate::service::ServiceCommand;
use crate::up;

/// Good/bad reviews of government services (好差评): taken in, counted exactly, disclosed.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything on this machine: the engines and all services, with a demonstration month.
    Up(up::Args),
    #[command(flatten)]
    Service(ServiceCommand),
    /// Show what became of every record, and whether that is all of them; exit with 1 if not.
    Ledger(auditor::Args),
    /// Make topics, database and tables, as far as they are missing.
    Migrate(MigrateArgs),
    /// Look after records that could not be loaded.
    Quarantine(QuarantineArgs),
    /// Make counts anew from the records, or all from Kafka, beside what is there; compare; swap.
    ///
    /// Figures stay readable throughout. If what was rebuilt is not what was there, every difference
    /// is told, nothing is swapped, and the code is 1.
    Rebuild(RebuildArgs),
    /// Manage the accounts of sources that post events.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Post events like a province does.
    #[command(subcommand)]
    Simulate(SimulateCommand),
    /// Lay a published month beside the disclosed one; exit with 1 if they differ.
    Reconcile(simulator::reconcile::Args),
    /// Break everything at random under load, on engines of its own; exit with 1 if a set differs in
    /// the end.
    Torture(torture::run::Args),
    /// Measure how fast and how cheap everything is, each beside a reference that does the same work,
    /// on engines of its own; exit with 1 if something could not be measured.
    Bench(bench::command::Args),
    /// The reference of `bench single`, as a process of its own.
    #[command(hide = true)]
    BenchHandler(bench::plain_handler::Args),
}

#[derive(Debug, Subcommand)]
enum SimulateCommand {
    /// A month whose figures are exactly those of a published one.
    Month(simulator::simulate::MonthArgs),
}

/// Which engines to prepare.
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
            // Its own words are for people; the log tells of trouble only.
            Command::Up(_)
            | Command::Ledger(_)
            | Command::Simulate(_)
            | Command::Reconcile(_)
            | Command::Account(_)
            | Command::Quarantine(_)
            | Command::Rebuild(_)
            | Command::Torture(_)
            | Command::Bench(_)
            | Command::BenchHandler(_) => "warn,librdkafka=error",
            Command::Service(_) | Command::Migrate(_) => "info,librdkafka=warn",
        });
        let stop = lifecycle::stop_on_signals()?;
        match self.command {
            Command::Up(args) => up::run(args, stop).await?,
            Command::Service(service) => service.run(stop).await?,
            Command::Ledger(args) => return Ok(exit_code(auditor::ledger(args).await?)),
            Command::Migrate(MigrateArgs { clickhouse, kafka, topics }) => {
                tables::migrations::run(&clickhouse, &kafka, topics).await?;
            }
            Command::Quarantine(args) => return args.run().await,
            Command::Rebuild(args) => return args.run().await,
            Command::Account(command) => command.run()?,
            Command::Simulate(SimulateCommand::Month(args)) => {
                simulator::simulate::simulate_month(args, stop).await?;
            }
            Command::Reconcile(args) => {
                let agreement = simulator::reconcile::reconcile(args).await?;
                return Ok(exit_code(agreement.is_full()));
            }
            Command::Torture(args) => {
                let is_equal = torture::run::torture(args, stop).await?;
                return Ok(exit_code(is_equal));
            }
            Command::BenchHandler(args) => bench::plain_handler::run(args, stop).await?,
            Command::Bench(args) => {
                let is_complete = bench::command::bench(args, stop).await?;
                return Ok(exit_code(is_complete));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

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
