//! The tools: they generate load, compare, break and measure, and serve nobody.

use clap::Subcommand;
use tokio_util::sync::CancellationToken;

/// A tool of the lab.
#[derive(Debug, Subcommand)]
pub(crate) enum LabCommand {
    /// Post events as a province does.
    #[command(subcommand)]
    Simulate(SimulateCommand),
    /// Compare a published month with the disclosed one; exit with 1 if they differ.
    Reconcile(simulator::reconcile::Args),
    /// Inject random faults under load, on engines of its own; exit with 1 if any two sets of
    /// records or figures differ at the end.
    Torture(torture::run::Args),
    /// Measure throughput, latency and cost, on engines of its own.
    ///
    /// Each measurement runs beside a reference that does the same work. The exit code is 1 if a
    /// row could not be measured.
    Bench(bench::command::Args),
    /// Serve a reference of `bench single` as a process of its own: it reads and answers.
    #[command(hide = true)]
    BenchHandler(bench::plain_handler::Args),
    /// Serve a reference of `bench single` as a process of its own: it reads, publishes and answers.
    #[command(hide = true)]
    BenchPublisher(bench::plain_publisher::Args),
}

/// What to simulate.
#[derive(Debug, Subcommand)]
pub(crate) enum SimulateCommand {
    /// Post a month whose figures are exactly those of a published month.
    Month(simulator::simulate::MonthArgs),
}

impl LabCommand {
    /// Runs the tool. Returns true if it found and measured what it should.
    ///
    /// # Errors
    ///
    /// What a person should read.
    pub(crate) async fn run(self, stop: CancellationToken) -> anyhow::Result<bool> {
        Ok(match self {
            Self::Simulate(SimulateCommand::Month(args)) => {
                simulator::simulate::simulate_month(args, stop).await?;
                true
            }
            Self::Reconcile(args) => simulator::reconcile::reconcile(args).await?.is_full(),
            Self::Torture(args) => torture::run::torture(args, stop).await?,
            Self::Bench(args) => bench::command::bench(args, stop).await?,
            Self::BenchHandler(args) => {
                bench::plain_handler::run(args, stop).await?;
                true
            }
            Self::BenchPublisher(args) => {
                bench::plain_publisher::run(args, stop).await?;
                true
            }
        })
    }
}
