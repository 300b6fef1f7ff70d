//! `haochaping account`.

use clap::Subcommand;

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Make an account and show its key, once.
    Add(ingest::accounts::AddArgs),
}

impl AccountCommand {
    /// Does it.
    ///
    /// # Errors
    ///
    /// If the file of accounts cannot be read or written.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        match self {
            Self::Add(args) => ingest::accounts::add(args),
        }
    }
}
