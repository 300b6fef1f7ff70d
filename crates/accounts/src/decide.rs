//! Decides how accounts are changed. No clock, no Kafka: the accounts, what is wanted and the time
//! go in; the changed account comes out.
//!
//! Every decision may be asked again after it was carried out, since an answer of Kafka can be lost.
//! It then says that nothing is left to be done.

use std::num::NonZeroU32;
use std::time::Duration;

use domain::{AreaCode, EpochSeconds, SourceId};
use topics::state::State;
use wire::ACCOUNT_KEYS_MAX;

use crate::directory::{KeyState, key_id, state_of};
use crate::{Account, AccountKey, AccountState, Accounts, Reach};

/// How long a key that is no longer good stays in its account, so that its holder is told why it is
/// refused. Longer than the month within which sources usually notice.
const ENDED_KEYS_KEPT_SECONDS: u32 = 62 * 24 * 3600;

/// Why an account is not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The source has an account.
    #[error(
        "there is already an account of {0}. `haochaping account list` shows what it may post; \
         `haochaping account rotate --source {0}` gives it a new key"
    )]
    Exists(SourceId),
    /// The source has none.
    #[error("there is no account of {0}. `haochaping account list` shows all accounts")]
    NoAccount(SourceId),
    /// The last change of the account cannot be read.
    #[error(
        "the last change of the account of {source_id} cannot be read ({why}). If a newer version \
         of haochaping has made it, use that version; otherwise describe the account again with \
         `haochaping account add`"
    )]
    Unreadable {
        /// The source.
        source_id: SourceId,
        /// What is wrong with it.
        why: String,
    },
    /// It has no key of this id.
    #[error(
        "the account of {source_id} has no key {key}. `haochaping account list` shows its keys"
    )]
    NoKey {
        /// The source.
        source_id: SourceId,
        /// The id that was given.
        key: String,
    },
    /// It has too many keys that are good.
    #[error(
        "the account of {0} has {ACCOUNT_KEYS_MAX} keys that are still good, and cannot have more. \
         Revoke one with `haochaping account revoke --source {0} --key ID`"
    )]
    TooManyKeys(SourceId),
    /// The key that somebody has was ended.
    #[error(
        "the key {key} of {source_id} was revoked or has expired, and is not made good again. \
         Remove its file to have a new key made"
    )]
    KeyEnded {
        /// The source.
        source_id: SourceId,
        /// The key's id.
        key: String,
    },
    /// The key would never be good.
    #[error("the key would expire at {0}, which is not in the future")]
    ExpiresInThePast(EpochSeconds),
    /// No list of areas has the area.
    #[error(
        "the area {0} is in no list of areas: {1:06} is no county, city or province of GB/T 2260. \
         Check its first six digits; for an area newer than the list give the city or province in \
         which it lies"
    )]
    UnknownArea(AreaCode, u32),
}

/// A key that is to be made good.
#[derive(Clone, Copy, Debug)]
pub struct NewKey {
    /// Its hash.
    pub hash: blake3::Hash,
    /// When it expires, if it does.
    pub expires_at: Option<EpochSeconds>,
}

impl NewKey {
    fn at(self, now: EpochSeconds) -> Result<AccountKey, Refused> {
        match self.expires_at {
            Some(at) if at <= now => Err(Refused::ExpiresInThePast(at)),
            expires_at => {
                Ok(AccountKey { hash: self.hash, made_at: now, expires_at, revoked_at: None })
            }
        }
    }
}

/// Makes an account. `account` has no keys; `key` becomes its first.
///
/// # Errors
///
/// If the source has an account already, the area is unknown, or the key expires in the past.
pub fn add(
    accounts: &Accounts,
    account: &Account,
    key: NewKey,
    now: EpochSeconds,
) -> Result<Option<Account>, Refused> {
    if let Reach::Area(area) = account.reach
        && area.county().name().is_none()
    {
        return Err(Refused::UnknownArea(area, area.county().number()));
    }
    match accounts.get(&AccountState::key(account)) {
        Some(existing) if has(existing, key.hash) => Ok(None),
        Some(existing) => Err(Refused::Exists(existing.source)),
        None => Ok(Some(Account {
            keys: vec![key.at(now)?],
            revision: NonZeroU32::MIN,
            changed_at: now,
            ..account.clone()
        })),
    }
}

/// Gives an account a new key. Its other keys stay good for `overlap` and not longer than they would
/// have been.
///
/// # Errors
///
/// If there is no such account, it has too many keys, or the new key expires in the past.
pub fn rotate(
    accounts: &Accounts,
    source: SourceId,
    key: NewKey,
    overlap: Duration,
    now: EpochSeconds,
) -> Result<Option<Account>, Refused> {
    let account = find(accounts, source)?;
    if has(account, key.hash) {
        return Ok(None);
    }
    let overlap_s = u32::try_from(overlap.as_secs()).unwrap_or(u32::MAX);
    let overlap_ends = now.saturating_add(overlap_s);
    let mut changed = changed(account, now);
    for old in changed.keys.iter_mut().filter(|old| state_of(old, now) == KeyState::Good) {
        old.expires_at = Some(old.expires_at.map_or(overlap_ends, |at| at.min(overlap_ends)));
    }
    push(&mut changed, key, now)?;
    Ok(Some(changed))
}

/// Revokes one key of an account, or all.
///
/// # Errors
///
/// If there is no such account or no such key.
pub fn revoke(
    accounts: &Accounts,
    source: SourceId,
    key: Option<&str>,
    now: EpochSeconds,
) -> Result<Option<Account>, Refused> {
    let account = find(accounts, source)?;
    let is_meant = |held: &AccountKey| key.is_none_or(|key| key_id(held) == key);
    if let Some(key) = key
        && !account.keys.iter().any(is_meant)
    {
        return Err(Refused::NoKey { source_id: source, key: key.to_owned() });
    }
    let mut changed = changed(account, now);
    let mut revoked = 0;
    for held in changed.keys.iter_mut().filter(|held| is_meant(held) && held.revoked_at.is_none()) {
        held.revoked_at = Some(now);
        revoked += 1;
    }
    Ok((revoked > 0).then_some(changed))
}

/// Makes a key that somebody has already good for an account, which is made if there is none. The
/// account's other keys stay as they are. A key that was ended stays so: whoever revoked it may have
/// done that because others know it. An account that has to simulate does so from then on; one that
/// simulates already never becomes real.
///
/// # Errors
///
/// If the key was revoked or has expired, the account has too many keys, or it is to be made and
/// [`add`] refuses it.
pub fn ensure(
    accounts: &Accounts,
    account: &Account,
    key: NewKey,
    now: EpochSeconds,
) -> Result<Option<Account>, Refused> {
    let Some(existing) = accounts.get(&AccountState::key(account)) else {
        return add(accounts, account, key, now);
    };
    let mut changed = changed(existing, now);
    changed.simulated |= account.simulated;
    if let Some(held) = existing.keys.iter().find(|held| held.hash == key.hash) {
        return match state_of(held, now) {
            KeyState::Good => Ok((changed.simulated != existing.simulated).then_some(changed)),
            KeyState::Expired | KeyState::Revoked => {
                Err(Refused::KeyEnded { source_id: existing.source, key: key_id(held) })
            }
        };
    }
    push(&mut changed, key, now)?;
    Ok(Some(changed))
}

fn find(accounts: &Accounts, source: SourceId) -> Result<&Account, Refused> {
    let key = source.to_string();
    accounts.get(&key).ok_or_else(|| match accounts.unreadable().get(&key) {
        Some(why) => Refused::Unreadable { source_id: source, why: why.to_string() },
        None => Refused::NoAccount(source),
    })
}

fn has(account: &Account, hash: blake3::Hash) -> bool {
    account.keys.iter().any(|held| held.hash == hash)
}

fn changed(account: &Account, now: EpochSeconds) -> Account {
    let revision = account.revision.saturating_add(1);
    Account { revision, changed_at: now, ..account.clone() }
}

/// Adds a key, and lets go of those that ended long ago, or earlier where there are too many.
fn push(account: &mut Account, key: NewKey, now: EpochSeconds) -> Result<(), Refused> {
    let long_ago = now.saturating_sub(ENDED_KEYS_KEPT_SECONDS);
    account.keys.retain(|held| ended_at(held, now).is_none_or(|ended| ended > long_ago));
    while account.keys.len() >= ACCOUNT_KEYS_MAX {
        let ended = account.keys.iter().position(|held| state_of(held, now) != KeyState::Good);
        let Some(ended) = ended else { return Err(Refused::TooManyKeys(account.source)) };
        account.keys.remove(ended);
    }
    account.keys.push(key.at(now)?);
    Ok(())
}

/// Since when a key is no longer good.
fn ended_at(key: &AccountKey, now: EpochSeconds) -> Option<EpochSeconds> {
    let expired = key.expires_at.filter(|at| *at <= now);
    [expired, key.revoked_at].into_iter().flatten().min()
}

#[cfg(test)]
pub(crate) mod tests;
