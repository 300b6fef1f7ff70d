//! Accounts: whose key may post what, for where, by which channels and how fast.
//!
//! It decides how an account is changed ([`decide`]) and which account a key belongs to
//! ([`Directory`]). Accounts are state that people change: events in the topic `accounts`, folded by
//! every intake. It must never keep, print twice or log a key.
//!
//! A key is 256 random bits, so nobody can search for one by its hash, and a fast hash is the right
//! one: BLAKE3 of the key as it stands in the header.

pub mod command;
pub mod decide;
mod directory;
mod key;

use topics::Topic;
use topics::state::{Fold, State};
use wire::Invalid;

pub use self::directory::{Denied, Directory, KeyState, key_id, state_of};
pub use self::key::SecretKey;
pub use wire::{Account, AccountKey, Reach};

/// The accounts as state that people change.
#[derive(Clone, Copy, Debug)]
pub struct AccountState;

impl State for AccountState {
    const TOPIC: Topic = Topic::Accounts;
    type Entity = Account;

    fn key(account: &Account) -> String {
        account.source.to_string()
    }

    fn to_event(account: &Account) -> Vec<u8> {
        account.to_json()
    }

    fn parse(event: &[u8]) -> Result<Account, Invalid> {
        Account::parse(event)
    }
}

/// All accounts.
pub type Accounts = Fold<AccountState>;
