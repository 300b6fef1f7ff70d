//! What the topic `quarantine` holds: that a record could not be loaded, and that one was given up.
//!
//! Neither holds anything of the record itself. It rests where it was appended, for ever, and its
//! origin leads there: one place to look, and no second copy of what may be about a person.

use std::borrow::Cow;
use std::fmt;

use domain::{
    DiscardReason, EpochSeconds, EventHash, Kind, ParseError, QuarantineReason, SourceId,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_with::{DisplayFromStr, TryFromInto, serde_as};
use strum::VariantArray;
use uuid::Uuid;

use crate::adapt::{Hyphenated, Present};
use crate::cloud_event::{SPEC_VERSION, type_of};
use crate::invalid::{Invalid, from_json};

/// The type of the event that a record could not be loaded.
const QUARANTINED: &str = "haochaping.record_quarantined.v1";

/// The type of the event that a record was given up.
const DISCARDED: &str = "haochaping.record_discarded.v1";

/// Who says it.
const SOURCE: &str = "haochaping";

/// The most characters of a pointer, of a detail and of a note.
const TEXT_CHARACTERS_MAX: usize = 200;

/// The record's own position.
#[serde_as]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The kind of events of its topic.
    #[serde(rename = "topic")]
    #[serde_as(as = "TryFromInto<TopicName>")]
    pub kind: Kind,
    /// The id of the topic: one that is deleted and recreated has another.
    #[serde_as(as = "Hyphenated")]
    pub topic_id: Uuid,
    /// The partition.
    pub partition: u16,
    /// The offset.
    pub offset: u64,
}

/// As positions are written everywhere: `reviews/0/17`.
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
    /// Where it rests.
    pub origin: Origin,
    /// Why, in one word.
    #[serde_as(as = "DisplayFromStr")]
    pub reason: QuarantineReason,
    /// The field that is wrong, as a JSON Pointer; empty for the record as a whole.
    pub pointer: String,
    /// What is wrong, without the value.
    pub detail: String,
    /// Who posted it, if the intake has written that beside it.
    #[serde_as(as = "Present<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceId>,
    /// The hash of its bytes, as in a receipt.
    #[serde_as(as = "DisplayFromStr")]
    pub event: EventHash,
}

/// Somebody gave a quarantined record up.
#[serde_as]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RecordDiscarded {
    /// Where it rests.
    pub origin: Origin,
    /// Why, in one word.
    #[serde_as(as = "DisplayFromStr")]
    pub reason: DiscardReason,
    /// Why, in more words; nothing that identifies a person.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// When.
    #[serde_as(as = "DisplayFromStr")]
    pub decided_at: EpochSeconds,
}

/// An event of the topic `quarantine`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuarantineEntry {
    /// A record could not be loaded.
    Quarantined(RecordQuarantined),
    /// It was given up.
    Discarded(RecordDiscarded),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    #[serde(borrow)]
    specversion: Cow<'a, str>,
    #[serde(rename = "id")]
    _id: serde::de::IgnoredAny,
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    event_type: Cow<'a, str>,
    #[serde(borrow)]
    data: &'a RawValue,
}

impl QuarantineEntry {
    /// Parses an event of the topic.
    ///
    /// # Errors
    ///
    /// The first field that is wrong.
    pub fn parse(json: &[u8]) -> Result<Self, Invalid> {
        let envelope: Envelope = from_json(json, "")?;
        if envelope.specversion != SPEC_VERSION {
            return Err(Invalid::new("/specversion", "expected 1.0"));
        }
        if envelope.source != SOURCE {
            return Err(Invalid::new("/source", "expected haochaping"));
        }
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

    /// The bytes that rest in Kafka.
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
        // Said again, it is the same event.
        let id = format!("{topic_id}/{partition}/{offset}");
        match self {
            Self::Quarantined(data) => write(id, QUARANTINED, data),
            Self::Discarded(data) => {
                write(format!("{id}/{}", data.decided_at.get()), DISCARDED, data)
            }
        }
    }

    /// The record that it is about.
    pub fn origin(&self) -> Origin {
        match self {
            Self::Quarantined(quarantined) => quarantined.origin,
            Self::Discarded(discarded) => discarded.origin,
        }
    }
}

impl RecordQuarantined {
    /// Cuts words down to what an entry may hold. They are ours and short; this is for certainty.
    pub fn bounded(text: &str) -> String {
        text.chars().take(TEXT_CHARACTERS_MAX).collect()
    }
}

/// What the type of an event says, for events that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeName {
    /// An event of a kind, by version 1 of its schema.
    Of(Kind),
    /// An event of a kind, by a later schema.
    Newer(Kind),
    /// What the topic `quarantine` holds.
    OfQuarantine,
    /// Nothing of ours.
    Unknown,
    /// JSON without a type.
    Missing,
}

impl TypeName {
    /// The type of an event of which only that much must be readable.
    ///
    /// # Errors
    ///
    /// If the bytes are no JSON.
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

/// The topic of a kind of events, without its prefix.
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
