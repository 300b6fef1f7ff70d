//! The accounts as the intake uses them: found by their keys, each with its rate.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use accounts::{Account, Accounts, Denied, Directory};
use domain::{EpochSeconds, SourceId};

use crate::rate::RateLimit;

/// An account in use. Its keys share one rate.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) account: Arc<Account>,
    pub(crate) rate: Arc<RateLimit>,
}

/// The accounts in use.
#[derive(Debug)]
pub struct Members {
    directory: Directory,
    rates: HashMap<SourceId, Arc<RateLimit>>,
}

impl Members {
    /// The accounts as they are. `burst` is how many events an account may post at once after a
    /// pause, which must be a whole batch. Whoever has used its rate up before a change has not got
    /// it back after it.
    pub fn new(accounts: &Accounts, burst: NonZeroU32, before: Option<&Self>) -> Self {
        Self::with(Directory::new(accounts), burst, before)
    }

    /// Accounts that are listed.
    pub fn of(accounts: impl IntoIterator<Item = Account>, burst: NonZeroU32) -> Self {
        Self::with(Directory::of(accounts), burst, None)
    }

    fn with(directory: Directory, burst: NonZeroU32, before: Option<&Self>) -> Self {
        let rate = |account: &Account| {
            let rate = account.events_per_second;
            let known = before.and_then(|before| before.rates.get(&account.source));
            match known.filter(|known| known.events_per_second() == rate) {
                Some(known) => Arc::clone(known),
                None => Arc::new(RateLimit::new(rate, burst)),
            }
        };
        let rates = directory.accounts().map(|account| (account.source, rate(account))).collect();
        Self { directory, rates }
    }

    /// The account that a key opens.
    ///
    /// # Errors
    ///
    /// If it opens none at this time.
    pub(crate) fn find(&self, key: &str, now: EpochSeconds) -> Result<Member, Denied> {
        let account = self.directory.find(key, now)?;
        let rate = self.rates.get(&account.source).expect("every account of a key has a rate");
        Ok(Member { account: Arc::clone(account), rate: Arc::clone(rate) })
    }
}

#[cfg(test)]
mod tests {
    use accounts::{AccountKey, Reach};
    use domain::Kind;

    use super::*;

    const BURST: NonZeroU32 = NonZeroU32::new(10).expect("not zero");

    fn account(keys: &[&str], events_per_second: u32) -> Account {
        let now = EpochSeconds::new(0);
        let key = |key: &&str| AccountKey {
            hash: blake3::hash(key.as_bytes()),
            made_at: now,
            expires_at: None,
            revoked_at: None,
        };
        Account {
            source: "hall".parse().expect("a source"),
            reach: Reach::Nationwide,
            channels: None,
            posts: [Kind::Review].into(),
            simulated: false,
            events_per_second: NonZeroU32::new(events_per_second),
            late_days: 31,
            keys: keys.iter().map(key).collect(),
            revision: NonZeroU32::MIN,
            changed_at: now,
        }
    }

    #[test]
    fn a_new_key_does_not_bring_a_new_rate() {
        let now = EpochSeconds::new(1);
        let before = Members::of([account(&["hcp_1"], 1)], BURST);
        let take =
            |members: &Members, key| members.find(key, now).expect("it is good").rate.take(10);
        assert!(take(&before, "hcp_1").is_ok());

        let rotated = Directory::of([account(&["hcp_1", "hcp_2"], 1)]);
        let rotated = Members::with(rotated, BURST, Some(&before));
        assert!(take(&rotated, "hcp_2").is_err(), "the burst was used up with the other key");

        let faster = Directory::of([account(&["hcp_1", "hcp_2"], 2)]);
        let faster = Members::with(faster, BURST, Some(&rotated));
        assert!(take(&faster, "hcp_2").is_ok(), "another rate begins with a burst");
    }
}
