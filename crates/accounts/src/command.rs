//! `haochaping account`: the shell around [`crate::decide`].
//!
//! A key appears once: in its file, or on standard output. It appears only after Kafka has taken the
//! change, so that a change that fails leaves no key behind that opens nothing.

mod args;
mod key_file;
mod list;

use std::io::{self, Write};
use std::time::Duration;

use anyhow::Context;
use daemon::Clock;
use domain::EpochSeconds;
use topics::KafkaConfig;
use topics::state::{ChangeError, change};

pub use self::args::{
    AccountCommand, AddArgs, Expiry, ListArgs, NewAccount, RevokeArgs, RotateArgs,
};
use self::key_file::KeyFile;
use crate::decide::{self, NewKey, Refused};
use crate::{Account, AccountState, Accounts, SecretKey};

/// How long a command waits for Kafka, in all.
const TIMEOUT: Duration = Duration::from_secs(20);

impl AccountCommand {
    /// Does what the command says.
    ///
    /// # Errors
    ///
    /// What a person should read.
    pub async fn run(self) -> anyhow::Result<()> {
        let run = move || match self {
            Self::Add(args) => add(&args),
            Self::List(args) => list::list(&args, TIMEOUT),
            Self::Rotate(args) => rotate(&args),
            Self::Revoke(args) => revoke(&args),
        };
        tokio::task::spawn_blocking(run).await.context("the command panicked")?
    }
}

fn add(args: &AddArgs) -> anyhow::Result<()> {
    let (now, account) = (Clock::System.now(), args.account.account()?);
    hand_out(args.key_file.as_deref(), |hash| {
        let key = NewKey { hash, expires_at: args.expiry.at(now) };
        write(&args.kafka, |accounts| decide::add(accounts, &account, key, now))
    })
}

fn rotate(args: &RotateArgs) -> anyhow::Result<()> {
    let now = Clock::System.now();
    hand_out(args.key_file.as_deref(), |hash| {
        let key = NewKey { hash, expires_at: args.expiry.at(now) };
        write(&args.kafka, |accounts| decide::rotate(accounts, args.source, key, args.overlap, now))
    })
}

fn revoke(args: &RevokeArgs) -> anyhow::Result<()> {
    let now = Clock::System.now();
    let key = args.key.as_deref();
    write(&args.kafka, |accounts| decide::revoke(accounts, args.source, key, now))
}

/// Makes the key of a key file good for an account; makes the file, the key and the account where
/// they are missing. It can be repeated after any failure. Blocks.
///
/// # Errors
///
/// If the file cannot be read or written, its key was revoked or has expired, or Kafka does not take
/// the change.
pub fn ensure(
    kafka: &KafkaConfig,
    account: &NewAccount,
    key_file: &std::path::Path,
) -> anyhow::Result<()> {
    let (now, account) = (Clock::System.now(), account.account()?);
    let key = key_file::read_or_create(key_file)?;
    let key = NewKey { hash: key.hash(), expires_at: None };
    write(kafka, |accounts| decide::ensure(accounts, &account, key, now))
}

/// Makes a key, has it made good, and only then shows it.
fn hand_out(
    key_file: Option<&std::path::Path>,
    make_good: impl FnOnce(blake3::Hash) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let key = SecretKey::create()?;
    let Some(path) = key_file else {
        make_good(key.hash())?;
        return writeln!(io::stdout(), "{}", key.expose()).context(
            "the key is good and could not be printed; `haochaping account rotate` makes another",
        );
    };
    // Everything that can fail about the file fails before the key is good.
    let file = KeyFile::prepare(path, &key)?;
    make_good(key.hash())?;
    file.show()
}

fn write(
    kafka: &KafkaConfig,
    decide: impl FnMut(&Accounts) -> Result<Option<Account>, Refused>,
) -> anyhow::Result<()> {
    match change::<AccountState, _>(kafka, TIMEOUT, decide) {
        Ok(_) => Ok(()),
        // The key is not shown, since it may be good for nothing.
        Err(error @ ChangeError::Unknown(_)) => Err(anyhow::Error::new(error).context(
            "`haochaping account list` shows whether the account was changed; if it was, \
             `haochaping account rotate` hands out a key",
        )),
        Err(error) => Err(error.into()),
    }
}

/// The time a number of days from now.
fn days_after(now: EpochSeconds, days: u32) -> EpochSeconds {
    now.saturating_add(days.saturating_mul(24 * 3600))
}
