//! The events of the topic `quarantine`: a record could not be loaded, or somebody discarded one.
//!
//! Neither contains anything of the record itself. The record stays permanently where it was
//! appended, and its origin leads there. So there is one place to look, and no second copy of
//! something that may be about a person.

use std::borrow::Cow;
use std::fmt;

use domain::{
    DiscardReason, EpochSeconds, EventHash, Kind, ParseError, QuarantineReason, SourceId,
};
use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, TryFromInto, serde_as};
use strum::VariantArray;
use uuid::Uuid;

use crate::adapt::{Hyphenated, Present};
use crate::cloud_event::type_of;
use crate::envelope::SPEC_VERSION;
use crate::invalid::{Invalid, from_json};
use crate::own_event::{OwnEvent, SOURCE};

/// The type of the event "a record could not be loaded".
const QUARANTINED: &str = "haochaping.record_quarantined.v1";

/// The type of the event "a record was discarded".
const DISCARDED: &str = "haochaping.record_discarded.v1";

/// The largest number of characters in a pointer, in a detail and in a note.
const TEXT_CHARACTERS_MAX: usize = 200;

/// The position of the record itself.
#[serde_as]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The kind of event that its topic holds.
    #[serde(rename = "topic")]
    #[serde_as(as = "TryFromInto<TopicName>")]
    pub kind: Kind,
    /// The id of the topic. A topic that is deleted and created again has another id.
    #[serde_as(as = "Hyphenated")]
    pub topic_id: Uuid,
    /// The partition.
    pub partition: u16,
    /// The offset.
    pub offset: u64,
}

/// The usual form of a position: `reviews/0/17`.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", TopicName::from(self.kind).0, self.partition, self.offset)
    }
}

/// A record could not be loaded.
#[serde_as]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RecordQuarantined {
    /// The record's position.
    pub origin: Origin,
    /// The reason.
    #[serde_as(as = "DisplayFromStr")]
    pub reason: QuarantineReason,
    /// The wrong field as a JSON Pointer, or empty for the record as a whole.
    pub pointer: String,
    /// What is wrong, without the value.
    pub detail: String,
    /// The source that posted it, if the intake stored that in the record's headers.
    #[serde_as(as = "Present<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceId>,
    /// The hash of the record's bytes, as in a receipt.
    #[serde_as(as = "DisplayFromStr")]
    pub event: EventHash,
}

/// Somebody discarded a quarantined record.
#[serde_as]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RecordDiscarded {
    /// The record's position.
    pub origin: Origin,
    /// The reason.
    #[serde_as(as = "DisplayFromStr")]
    pub reason: DiscardReason,
    /// An explanation in free text, which must not identify a person.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The time of the decision.
    #[serde_as(as = "DisplayFromStr")]
    pub decided_at: EpochSeconds,
}

/// An event of the topic `quarantine`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuarantineEntry {
    /// A record could not be loaded.
    Quarantined(RecordQuarantined),
    /// Somebody discarded it.
    Discarded(RecordDiscarded),
}

impl QuarantineEntry {
    /// Parses an event of the topic.
    ///
    /// # Errors
    ///
    /// The first wrong field.
    pub fn parse(json: &[u8]) -> Result<Self, Invalid> {
        let envelope = OwnEvent::parse(json)?;
        let data = envelope.data.get().as_bytes();
        let entry = match &*envelope.event_type {
            QUARANTINED => Self::Quarantined(from_json(data, "/data")?),
            DISCARDED => Self::Discarded(from_json(data, "/data")?),
            _ => {
                return Err(Invalid::new(
                    "/type",
                    "expected haochaping.record_quarantined.v1 or haochaping.record_discarded.v1",
                ));
            }
        };
        let is_long = |text: &str| text.chars().count() > TEXT_CHARACTERS_MAX;
        let long = match &entry {
            Self::Quarantined(quarantined) if is_long(&quarantined.pointer) => "/data/pointer",
            Self::Quarantined(quarantined) if is_long(&quarantined.detail) => "/data/detail",
            Self::Discarded(discarded) if is_long(&discarded.note) => "/data/note",
            Self::Quarantined(_) | Self::Discarded(_) => return Ok(entry),
        };
        Err(Invalid::new(long, "expected at most 200 characters"))
    }

    /// The bytes that are stored in Kafka.
    pub fn to_json(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Canonical<'r, D> {
            specversion: &'static str,
            id: String,
            source: &'static str,
            #[serde(rename = "type")]
            event_type: &'static str,
            data: &'r D,
        }
        fn write<D: Serialize>(id: String, event_type: &'static str, data: &D) -> Vec<u8> {
            let event =
                Canonical { specversion: SPEC_VERSION, id, source: SOURCE, event_type, data };
            serde_json::to_vec(&event).expect("an event has only string keys")
        }
        let Origin { topic_id, partition, offset, .. } = self.origin();
        // The id follows from the position, so quarantining a record again yields the same event.
        let id = format!("{topic_id}/{partition}/{offset}");
        match self {
            Self::Quarantined(data) => write(id, QUARANTINED, data),
            Self::Discarded(data) => {
                write(format!("{id}/{}", data.decided_at.get()), DISCARDED, data)
            }
        }
    }

    /// The position of the record that the entry is about.
    pub fn origin(&self) -> Origin {
        match self {
            Self::Quarantined(quarantined) => quarantined.origin,
            Self::Discarded(discarded) => discarded.origin,
        }
    }
}

impl RecordQuarantined {
    /// Truncates a text to the length that an entry may hold. Our own texts are shorter; this makes
    /// it certain.
    pub fn bounded(text: &str) -> String {
        text.chars().take(TEXT_CHARACTERS_MAX).collect()
    }
}

/// What the type of an event tells us when the event as a whole cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeName {
    /// An event of this kind, in version 1 of its schema.
    Of(Kind),
    /// An event of this kind, in a later version of its schema.
    Newer(Kind),
    /// An event of the topic `quarantine`.
    OfQuarantine,
    /// A type that is not ours.
    Unknown,
    /// JSON without a type.
    Missing,
}

impl TypeName {
    /// Reads the type of an event, of which nothing else needs to be readable.
    ///
    /// # Errors
    ///
    /// If the bytes are not JSON.
    pub fn of(value: &[u8]) -> Result<Self, Invalid> {
        let event: serde_json::Value = from_json(value, "")?;
        Ok(event["type"].as_str().map_or(Self::Missing, Self::parse))
    }

    fn parse(name: &str) -> Self {
        if [QUARANTINED, DISCARDED].contains(&name) {
            return Self::OfQuarantine;
        }
        let newer = |kind: Kind| {
            let base = type_of(kind).strip_suffix('1')?;
            let version: u32 = name.strip_prefix(base)?.parse().ok()?;
            match version {
                0 => None,
                1 => Some(Self::Of(kind)),
                _ => Some(Self::Newer(kind)),
            }
        };
        Kind::VARIANTS.iter().copied().find_map(newer).unwrap_or(Self::Unknown)
    }
}

/// The topic of a kind of event, without the deployment's prefix.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(transparent)]
struct TopicName(Cow<'static, str>);

impl From<Kind> for TopicName {
    fn from(kind: Kind) -> Self {
        Self(Cow::Borrowed(match kind {
            Kind::Service => "services",
            Kind::Review => "reviews",
            Kind::Disposition => "dispositions",
        }))
    }
}

impl TryFrom<TopicName> for Kind {
    type Error = ParseError;

    fn try_from(name: TopicName) -> Result<Self, ParseError> {
        [Self::Service, Self::Review, Self::Disposition]
            .into_iter()
            .find(|kind| TopicName::from(*kind).0 == name.0)
            .ok_or_else(|| ParseError::new("services, reviews or dispositions"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_by_its_words_and_newer_by_its_number() {
        for (name, expected) in [
            ("haochaping.review.v1", TypeName::Of(Kind::Review)),
            ("haochaping.review.v2", TypeName::Newer(Kind::Review)),
            ("haochaping.service.v11", TypeName::Newer(Kind::Service)),
            ("haochaping.review.v0", TypeName::Unknown),
            ("haochaping.review.v", TypeName::Unknown),
            ("haochaping.reviews.v2", TypeName::Unknown),
            ("haochaping.record_discarded.v1", TypeName::OfQuarantine),
            ("com.example.order.v2", TypeName::Unknown),
        ] {
            let json = format!(r#"{{"type": "{name}"}}"#);
            assert_eq!(TypeName::of(json.as_bytes()), Ok(expected), "{name}");
        }
        assert_eq!(TypeName::of(b"[1]"), Ok(TypeName::Missing));
        assert!(TypeName::of(b"\x00avro").is_err());
    }
}
