//! Flags of `haochaping account`.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use domain::{AreaCode, Channel, EpochSeconds, Kind, SourceId};
use jiff::SignedDuration;
use topics::KafkaConfig;

use super::days_after;
use crate::{Account, Reach};

/// How far back an account may post, unless it is given another number of days.
const LATE_DAYS: u16 = 31;

/// What can be done with accounts. Every intake follows within two seconds.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum AccountCommand {
    /// Create an account and show its key, once.
    Add(AddArgs),
    /// List accounts, what they may post, and the states of their keys.
    List(ListArgs),
    /// Give an account a new key and show it, once. Its old keys stay good for the overlap.
    Rotate(RotateArgs),
    /// Revoke the keys of an account, or one of them. What was acknowledged before counts.
    Revoke(RevokeArgs),
}

/// What a new account may do.
#[derive(Clone, Debug, clap::Args)]
pub struct NewAccount {
    /// The source that its events name, such as guangzhou/tianhe-hall.
    #[arg(long)]
    pub source: SourceId,
    /// The area (twelve digits) in which everything that it posts must lie.
    #[arg(long, required_unless_present = "nationwide", conflicts_with = "nationwide")]
    pub area_code: Option<AreaCode>,
    /// It may post for every area.
    #[arg(long)]
    pub nationwide: bool,
    /// A channel of which it may post services and reviews; may be repeated. Without: every one.
    #[arg(long = "channel")]
    pub channels: Vec<Channel>,
    /// A kind of events that it may post (service, review, disposition); may be repeated.
    #[arg(long = "post", default_values = ["service", "review"])]
    pub posts: Vec<Kind>,
    /// What it posts is simulated: every figure that rests on it is published as simulated. It cannot be
    /// taken back.
    #[arg(long)]
    pub simulated: bool,
    /// How many events it may post in a second, on average.
    #[arg(long)]
    pub events_per_second: Option<NonZeroU32>,
    /// How many days back what it posts may lie.
    #[arg(long, default_value_t = LATE_DAYS)]
    pub late_days: u16,
}

impl NewAccount {
    /// The account, which has no keys yet.
    ///
    /// # Errors
    ///
    /// If it is not clear where it may post.
    pub(super) fn account(&self) -> anyhow::Result<Account> {
        let reach = match self.area_code {
            Some(area) if !self.nationwide => Reach::Area(area),
            area => {
                ensure!(
                    self.nationwide && area.is_none(),
                    "an account is either for an area or nationwide"
                );
                Reach::Nationwide
            }
        };
        Ok(Account {
            source: self.source,
            reach,
            channels: (!self.channels.is_empty()).then(|| self.channels.iter().copied().collect()),
            posts: self.posts.iter().copied().collect(),
            simulated: self.simulated,
            events_per_second: self.events_per_second,
            late_days: self.late_days,
            keys: Vec::new(),
            revision: NonZeroU32::MIN,
            changed_at: EpochSeconds::new(0),
        })
    }
}

/// When a new key expires.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Expiry {
    /// When the new key expires, such as 2027-01-01T00:00:00+08:00. Without: never.
    #[arg(long, conflicts_with = "expires_in_days")]
    pub expires_at: Option<EpochSeconds>,
    /// In how many days the new key expires.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub expires_in_days: Option<u32>,
}

impl Expiry {
    pub(super) fn at(self, now: EpochSeconds) -> Option<EpochSeconds> {
        self.expires_at.or_else(|| Some(days_after(now, self.expires_in_days?)))
    }
}

/// `haochaping account add`.
#[derive(Clone, Debug, clap::Args)]
pub struct AddArgs {
    /// Kafka.
    #[command(flatten)]
    pub kafka: KafkaConfig,
    /// What the account may do.
    #[command(flatten)]
    pub account: NewAccount,
    /// When its key expires.
    #[command(flatten)]
    pub expiry: Expiry,
    /// File to write the key to, readable by its owner alone; it must not exist. Without, the key is
    /// printed.
    #[arg(long)]
    pub key_file: Option<PathBuf>,
}

/// `haochaping account list`.
#[derive(Clone, Debug, clap::Args)]
pub struct ListArgs {
    /// Kafka.
    #[command(flatten)]
    pub kafka: KafkaConfig,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `haochaping account rotate`.
#[derive(Clone, Debug, clap::Args)]
pub struct RotateArgs {
    /// Kafka.
    #[command(flatten)]
    pub kafka: KafkaConfig,
    /// The source whose account gets a new key.
    #[arg(long)]
    pub source: SourceId,
    /// How long the old keys stay good, such as 24h, 90m or 0s.
    #[arg(long, default_value = "24h", value_parser = overlap)]
    pub overlap: Duration,
    /// When the new key expires.
    #[command(flatten)]
    pub expiry: Expiry,
    /// File to write the key to, readable by its owner alone; it must not exist. Without, the key is
    /// printed.
    #[arg(long)]
    pub key_file: Option<PathBuf>,
}

/// `haochaping account revoke`.
#[derive(Clone, Debug, clap::Args)]
pub struct RevokeArgs {
    /// Kafka.
    #[command(flatten)]
    pub kafka: KafkaConfig,
    /// The source whose keys are revoked.
    #[arg(long)]
    pub source: SourceId,
    /// The only key to revoke, by its id in `account list`.
    #[arg(long)]
    pub key: Option<String>,
}

fn overlap(text: &str) -> Result<Duration, String> {
    let duration: Option<SignedDuration> = text.parse().ok();
    let duration = duration.and_then(|duration| Duration::try_from(duration).ok());
    duration.ok_or_else(|| "expected a duration such as 24h, 90m or 0s".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(subcommand)]
        command: AccountCommand,
    }

    fn parse(arguments: &str) -> Result<AccountCommand, String> {
        let arguments = arguments.split_whitespace();
        let usual = ["account"].into_iter().chain(arguments).chain(["--kafka-brokers", "a:1"]);
        Cli::try_parse_from(usual).map(|cli| cli.command).map_err(|error| error.to_string())
    }

    #[test]
    fn nationwide_is_said_and_never_meant_by_a_missing_area() {
        Cli::command().debug_assert();
        let Ok(AccountCommand::Add(add)) = parse("add --source a --nationwide") else {
            panic!("it can be parsed");
        };
        assert_eq!(add.account.account().expect("an account").reach, Reach::Nationwide);
        for unclear in ["add --source a", "add --source a --nationwide --area-code 440106000000"] {
            assert!(parse(unclear).is_err(), "{unclear}");
        }
        let unclear = NewAccount { nationwide: false, ..add.account };
        assert!(unclear.account().is_err());
    }

    #[test]
    fn an_account_is_real_unless_it_is_said_to_simulate() {
        for (more, simulated) in [("", false), (" --simulated", true)] {
            let parsed = parse(&format!("add --source a --nationwide{more}"));
            let Ok(AccountCommand::Add(add)) = parsed else { panic!("it can be parsed") };
            assert_eq!(add.account.account().expect("an account").simulated, simulated);
        }
        assert!(parse("rotate --source a --simulated").is_err(), "it is said once");
    }

    #[test]
    fn an_overlap_is_a_duration_with_its_unit() {
        for (text, seconds) in [("24h", 86_400), ("90m", 5_400), ("0s", 0), ("1h30m", 5_400)] {
            assert_eq!(overlap(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in ["24", "-1h", "soon", ""] {
            assert!(overlap(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_expiry_is_an_instant_or_a_number_of_days() {
        let now: EpochSeconds = "2026-07-01T00:00:00Z".parse().expect("an instant");
        let expires = |more: &str| match parse(&format!("rotate --source a {more}")) {
            Ok(AccountCommand::Rotate(rotate)) => Ok(rotate.expiry.at(now)),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error),
        };
        assert_eq!(expires(""), Ok(None));
        let at = "2026-07-02T00:00:00Z".parse().ok();
        assert_eq!(expires("--expires-in-days 1"), Ok(at));
        assert_eq!(expires("--expires-at 2026-07-02T08:00:00+08:00"), Ok(at));
        for wrong in ["--expires-at tomorrow", "--expires-in-days 0"] {
            assert!(expires(wrong).is_err(), "{wrong}");
        }
    }
}
