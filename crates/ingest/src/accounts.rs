//! Accounts: whose key may post what, for where, by which channels and how fast.
//!
//! A key is 256 random bits, so that its hash cannot be searched for, and a fast hash is the right
//! one: BLAKE3 of the key as it stands in the header. Only the hash is kept. Two accounts may have
//! the same source: while a key is replaced, the old one and the new one are both good. The file is
//! read at the start, so a key is given or withdrawn with a restart.

mod add;
mod key;

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::BufReader;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use domain::{AreaCode, Channel, Kind, SourceId};
use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, serde_as};

pub use self::add::{AddArgs, NewAccount, add, append};
pub use self::key::SecretKey;
use crate::rate::RateLimit;

/// How far back an account may post, where nothing else is said.
pub const LATE_DAYS: u16 = 31;

/// An account, as it stands in the file.
#[serde_as]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The source that its events must name.
    #[serde_as(as = "DisplayFromStr")]
    pub source: SourceId,
    /// BLAKE3 of the key.
    #[serde_as(as = "DisplayFromStr")]
    pub key_hash: blake3::Hash,
    /// The area in which everything that it posts must lie; absent: anywhere.
    #[serde_as(as = "Option<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_code: Option<AreaCode>,
    /// The channels of which it may post services and reviews; absent: every one.
    #[serde_as(as = "Option<BTreeSet<DisplayFromStr>>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<BTreeSet<Channel>>,
    /// The kinds of events that it may post.
    #[serde_as(as = "BTreeSet<DisplayFromStr>")]
    pub posts: BTreeSet<Kind>,
    /// How many events it may post in a second, on average; absent: as many as it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events_per_second: Option<NonZeroU32>,
    /// How many days back what it posts may lie.
    #[serde(default = "late_days")]
    pub late_days: u16,
}

fn late_days() -> u16 {
    LATE_DAYS
}

impl Account {
    /// How far back what it posts may lie.
    pub fn late_max(&self) -> Duration {
        Duration::from_hours(24 * u64::from(self.late_days))
    }
}

/// An account in use.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) account: Account,
    pub(crate) rate: RateLimit,
}

/// The accounts, to be found by their keys.
#[derive(Debug)]
pub struct Accounts {
    // Equality of `blake3::Hash` takes constant time. The buckets of the map depend on the hash of
    // a key, and nobody can choose a key by its hash.
    by_key: HashMap<blake3::Hash, Arc<Member>>,
}

impl Accounts {
    /// Reads the file of accounts. `burst` is how many events an account may post at once after a
    /// pause, which must be a whole batch.
    ///
    /// # Errors
    ///
    /// If it cannot be read, says something that is not understood, or has a key twice.
    pub fn load(path: &Path, burst: NonZeroU32) -> anyhow::Result<Self> {
        Self::new(read(path)?, burst)
    }

    pub(crate) fn new(accounts: Vec<Account>, burst: NonZeroU32) -> anyhow::Result<Self> {
        let mut by_key = HashMap::with_capacity(accounts.len());
        for account in accounts {
            let source = account.source;
            let rate = RateLimit::new(account.events_per_second, burst);
            let member = Arc::new(Member { account, rate });
            if by_key.insert(member.account.key_hash, member).is_some() {
                bail!("the key of an account of {source} is also that of another account");
            }
        }
        Ok(Self { by_key })
    }

    /// The account with this key.
    pub(crate) fn find(&self, key: &str) -> Option<Arc<Member>> {
        self.by_key.get(&blake3::hash(key.as_bytes())).cloned()
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<Account>> {
    let file = File::open(path)
        .with_context(|| format!("failed to open the accounts in {}", path.display()))?;
    serde_json::from_reader(BufReader::new(file))
        .with_context(|| format!("failed to read the accounts in {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BURST: NonZeroU32 = NonZeroU32::new(1000).expect("not zero");

    fn load(json: &str) -> anyhow::Result<Accounts> {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("accounts.json");
        std::fs::write(&path, json).expect("a file");
        Accounts::load(&path, BURST)
    }

    #[test]
    fn an_account_is_found_by_its_key_and_by_no_other() {
        let key_hash = blake3::hash(b"hcp_a").to_hex();
        let accounts = load(&format!(
            r#"[{{"source": "guangzhou/tianhe-hall", "key_hash": "{key_hash}", "area_code": "440106000000",
                  "channels": ["hall"], "posts": ["service", "review"], "events_per_second": 50}}]"#
        ));
        let accounts = accounts.expect("accounts");
        let member = accounts.find("hcp_a").expect("an account");
        assert_eq!(member.account.source.as_str(), "guangzhou/tianhe-hall");
        assert_eq!(member.account.late_max(), Duration::from_hours(24 * 31));
        for wrong in ["hcp_b", "", "hcp_a ", key_hash.as_str()] {
            assert!(accounts.find(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_file_that_is_not_understood_is_refused() {
        let account = |key: &str, more: &str| {
            let key_hash = blake3::hash(key.as_bytes()).to_hex();
            format!(r#"{{"source": "a", "key_hash": "{key_hash}", "posts": ["review"]{more}}}"#)
        };
        let (one, other) = (account("one", ""), account("other", ""));
        assert!(load(&format!("[{one}, {other}]")).is_ok(), "two keys of one source");
        let wrong = [
            format!("[{one}, {one}]"),
            format!("[{}]", account("one", r#", "area": "440000""#)),
            format!("[{}]", account("one", r#", "area_code": "440000""#)),
            format!("[{}]", account("one", r#", "channels": ["fax"]"#)),
            format!("[{}]", account("one", r#", "events_per_second": 0"#)),
            r#"[{"source": "a", "key_hash": "hcp_a", "posts": ["review"]}]"#.to_owned(),
            "{}".to_owned(),
            String::new(),
        ];
        for json in wrong {
            assert!(load(&json).is_err(), "{json}");
        }
    }
}
