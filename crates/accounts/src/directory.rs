//! Which account a key belongs to, and whether the key is good now.

use std::collections::HashMap;
use std::sync::Arc;

use domain::EpochSeconds;

use crate::{Account, AccountKey, Accounts};

/// What a key is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It opens the account.
    Good,
    /// Its time is over.
    Expired,
    /// Somebody has revoked it.
    Revoked,
}

/// What a key is worth at a time. An expiry is the first instant at which it is no longer good.
pub fn state_of(key: &AccountKey, now: EpochSeconds) -> KeyState {
    if key.revoked_at.is_some() {
        KeyState::Revoked
    } else if key.expires_at.is_some_and(|at| at <= now) {
        KeyState::Expired
    } else {
        KeyState::Good
    }
}

/// What people call a key: the first eight digits of its hash. Nothing of the key follows from them.
pub fn key_id(key: &AccountKey) -> String {
    key.hash.to_hex()[..8].to_owned()
}

/// Why a key opens no account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// It belongs to no account.
    Unknown,
    /// Its time is over.
    Expired,
    /// Somebody has revoked it.
    Revoked,
}

/// The accounts, to be found by their keys.
#[derive(Debug, Default)]
pub struct Directory {
    // Equality of `blake3::Hash` takes constant time. The buckets of the map depend on the hash of
    // a key, and nobody can choose a key by its hash.
    by_key: HashMap<blake3::Hash, (Arc<Account>, AccountKey)>,
}

impl Directory {
    /// The accounts as they are.
    pub fn new(accounts: &Accounts) -> Self {
        Self::of(accounts.entities().cloned())
    }

    /// Accounts that are listed.
    pub fn of(accounts: impl IntoIterator<Item = Account>) -> Self {
        let mut by_key = HashMap::new();
        for account in accounts {
            let account = Arc::new(account);
            for key in &account.keys {
                by_key.insert(key.hash, (Arc::clone(&account), key.clone()));
            }
        }
        Self { by_key }
    }

    /// The account that a key opens.
    ///
    /// # Errors
    ///
    /// If it opens none at this time.
    pub fn find(&self, key: &str, now: EpochSeconds) -> Result<&Arc<Account>, Denied> {
        let hash = blake3::hash(key.as_bytes());
        let (account, key) = self.by_key.get(&hash).ok_or(Denied::Unknown)?;
        match state_of(key, now) {
            KeyState::Good => Ok(account),
            KeyState::Expired => Err(Denied::Expired),
            KeyState::Revoked => Err(Denied::Revoked),
        }
    }

    /// All accounts that have keys.
    pub fn accounts(&self) -> impl Iterator<Item = &Arc<Account>> {
        self.by_key.values().map(|(account, _)| account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::tests::{hall, instant, key};

    #[test]
    fn an_account_is_found_by_a_key_that_is_good_and_by_no_other() {
        let now = instant("2026-07-01T00:00:00Z");
        let hour = |hours: u32| now.saturating_add(hours * 3600);
        let mut account = hall("guangzhou/tianhe-hall");
        account.keys = vec![
            AccountKey { expires_at: Some(hour(1)), ..key("hcp_a", now) },
            AccountKey { revoked_at: Some(now), ..key("hcp_b", now) },
            AccountKey { revoked_at: Some(now), expires_at: Some(now), ..key("hcp_c", now) },
        ];
        let directory = Directory::of([account, hall("other")]);
        let found = directory.find("hcp_a", now).expect("an account");
        assert_eq!(found.source.as_str(), "guangzhou/tianhe-hall");
        assert!(directory.find("hcp_a", hour(1).saturating_sub(1)).is_ok());
        assert_eq!(directory.find("hcp_a", hour(1)), Err(Denied::Expired));
        assert_eq!(directory.find("hcp_b", now), Err(Denied::Revoked));
        assert_eq!(directory.find("hcp_c", now), Err(Denied::Revoked));
        let hash = blake3::hash(b"hcp_a").to_hex();
        for wrong in ["hcp_d", "", "hcp_a ", hash.as_str()] {
            assert_eq!(directory.find(wrong, now), Err(Denied::Unknown), "{wrong}");
        }
    }
}
