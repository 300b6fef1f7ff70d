//! What the topic `accounts` holds: who may post what, for where, and with which keys.
//!
//! An event is the whole account after a change, so that the last one of a source says all. It holds
//! hashes of keys and never a key.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use domain::{AreaCode, Channel, EpochSeconds, Kind, SourceId};
use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, serde_as};

use crate::adapt::Present;
use crate::envelope::SPEC_VERSION;
use crate::invalid::{Invalid, from_json};
use crate::own_event::{OwnEvent, SOURCE};

/// The type of the event that an account was made or changed.
const TYPE: &str = "haochaping.account_changed.v1";

/// The most keys of an account: those that are good, and some that were not long ago.
pub const ACCOUNT_KEYS_MAX: usize = 16;

/// Where everything must lie that an account posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// In an area.
    Area(AreaCode),
    /// Anywhere. It is said, and never meant by a missing area.
    Nationwide,
}

/// A key of an account, of which only the hash is known.
#[serde_as]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AccountKey {
    /// BLAKE3 of the key as it stands in the header.
    #[serde_as(as = "DisplayFromStr")]
    pub hash: blake3::Hash,
    /// When it was made.
    #[serde_as(as = "DisplayFromStr")]
    pub made_at: EpochSeconds,
    /// From when on it is no longer good; absent: it does not expire.
    #[serde_as(as = "Present<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<EpochSeconds>,
    /// Since when it is revoked; absent: it is not.
    #[serde_as(as = "Present<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<EpochSeconds>,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The source that its events must name. There is one account for each source.
    pub source: SourceId,
    /// Where everything that it posts must lie.
    pub reach: Reach,
    /// The channels of which it may post services and reviews; nothing: every one.
    pub channels: Option<BTreeSet<Channel>>,
    /// The kinds of events that it may post.
    pub posts: BTreeSet<Kind>,
    /// Whether what it posts is simulated.
    pub simulated: bool,
    /// How many events it may post in a second, on average; nothing: as many as it can.
    pub events_per_second: Option<NonZeroU32>,
    /// How many days back what it posts may lie.
    pub late_days: u16,
    /// Its keys, the newest last.
    pub keys: Vec<AccountKey>,
    /// 1 for a new account, and one more with each change.
    pub revision: NonZeroU32,
    /// When it was changed.
    pub changed_at: EpochSeconds,
}

/// An account as it is written.
#[serde_as]
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Data {
    #[serde_as(as = "DisplayFromStr")]
    source: SourceId,
    #[serde_as(as = "Present<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    area_code: Option<AreaCode>,
    #[serde_as(as = "Present<serde_with::Same>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nationwide: Option<bool>,
    #[serde_as(as = "Present<BTreeSet<DisplayFromStr>>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channels: Option<BTreeSet<Channel>>,
    #[serde_as(as = "BTreeSet<DisplayFromStr>")]
    posts: BTreeSet<Kind>,
    #[serde_as(as = "Present<serde_with::Same>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    simulated: Option<bool>,
    #[serde_as(as = "Present<serde_with::Same>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    events_per_second: Option<NonZeroU32>,
    late_days: u16,
    keys: Vec<AccountKey>,
    revision: NonZeroU32,
    #[serde_as(as = "DisplayFromStr")]
    changed_at: EpochSeconds,
}

impl Account {
    /// Parses an event of the topic.
    ///
    /// # Errors
    ///
    /// The first field that is wrong.
    pub fn parse(json: &[u8]) -> Result<Self, Invalid> {
        let envelope = OwnEvent::parse(json)?;
        if envelope.event_type != TYPE {
            return Err(Invalid::new("/type", "expected haochaping.account_changed.v1"));
        }
        from_json::<Data>(envelope.data.get().as_bytes(), "/data")?.try_into()
    }

    /// The bytes that rest in Kafka.
    pub fn to_json(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Canonical {
            specversion: &'static str,
            id: String,
            source: &'static str,
            #[serde(rename = "type")]
            event_type: &'static str,
            data: Data,
        }
        let event = Canonical {
            specversion: SPEC_VERSION,
            id: format!("{}#{}", self.source, self.revision),
            source: SOURCE,
            event_type: TYPE,
            data: self.clone().into(),
        };
        serde_json::to_vec(&event).expect("an event has only string keys")
    }
}

impl TryFrom<Data> for Account {
    type Error = Invalid;

    fn try_from(data: Data) -> Result<Self, Invalid> {
        let reach = match (data.area_code, data.nationwide) {
            (Some(area), None) => Reach::Area(area),
            (None, Some(true)) => Reach::Nationwide,
            (_, Some(false)) => return Err(Invalid::new("/data/nationwide", "expected true")),
            (Some(_), Some(true)) => {
                return Err(Invalid::new("/data/nationwide", "must not stand beside an area"));
            }
            (None, None) => {
                return Err(Invalid::new("/data/area_code", "is missing, and nationwide is too"));
            }
        };
        if data.simulated == Some(false) {
            return Err(Invalid::new("/data/simulated", "expected true"));
        }
        if data.posts.is_empty() {
            return Err(Invalid::new("/data/posts", "expected at least one kind of events"));
        }
        if data.channels.as_ref().is_some_and(BTreeSet::is_empty) {
            return Err(Invalid::new("/data/channels", "expected at least one channel"));
        }
        if data.keys.len() > ACCOUNT_KEYS_MAX {
            return Err(Invalid::new("/data/keys", "expected at most 16 keys"));
        }
        Ok(Self {
            source: data.source,
            reach,
            channels: data.channels,
            posts: data.posts,
            simulated: data.simulated.is_some(),
            events_per_second: data.events_per_second,
            late_days: data.late_days,
            keys: data.keys,
            revision: data.revision,
            changed_at: data.changed_at,
        })
    }
}

impl From<Account> for Data {
    fn from(account: Account) -> Self {
        let (area_code, nationwide) = match account.reach {
            Reach::Area(area) => (Some(area), None),
            Reach::Nationwide => (None, Some(true)),
        };
        Self {
            source: account.source,
            area_code,
            nationwide,
            channels: account.channels,
            posts: account.posts,
            simulated: account.simulated.then_some(true),
            events_per_second: account.events_per_second,
            late_days: account.late_days,
            keys: account.keys,
            revision: account.revision,
            changed_at: account.changed_at,
        }
    }
}
