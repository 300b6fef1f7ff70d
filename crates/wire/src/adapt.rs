//! Adapters between types of `domain` and serde that `serde_with` lacks.

use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serializer};
use serde_with::{DeserializeAs, SerializeAs};
use uuid::Uuid;

use domain::ParseError;

/// A field that may be left out but must not be null.
pub(crate) struct Present<A>(PhantomData<A>);

impl<'de, T, A: DeserializeAs<'de, T>> DeserializeAs<'de, Option<T>> for Present<A> {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        A::deserialize_as(deserializer).map(Some)
    }
}

impl<T, A: SerializeAs<T>> SerializeAs<Option<T>> for Present<A> {
    fn serialize_as<S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => A::serialize_as(value, serializer),
            None => serializer.serialize_none(),
        }
    }
}

/// A UUID in the hyphenated form of RFC 9562 and no other, so that an id has only one text form.
pub(crate) struct Hyphenated;

impl<'de> DeserializeAs<'de, Uuid> for Hyphenated {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
        struct Text;

        impl serde::de::Visitor<'_> for Text {
            type Value = Uuid;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("a UUID with hyphens")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Uuid, E> {
                parse_uuid(text).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Text)
    }
}

impl SerializeAs<Uuid> for Hyphenated {
    fn serialize_as<S: Serializer>(id: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()))
    }
}

/// Parses a UUID with hyphens.
pub(crate) fn parse_uuid(text: &str) -> Result<Uuid, ParseError> {
    const EXPECTED: ParseError = ParseError::new("a UUID with hyphens");
    if text.len() == 36 { text.parse().map_err(|_| EXPECTED) } else { Err(EXPECTED) }
}

/// An RFC 3339 instant that is checked and discarded. Its letters may be lowercase, as some senders
/// write them.
pub(crate) struct Instant;

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl serde::de::Visitor<'_> for Text {
            type Value = Instant;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("an RFC 3339 time with an offset")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Instant, E> {
                let instant = text.to_ascii_uppercase().parse::<domain::EpochSeconds>();
                instant.map(|_| Instant).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// A string that is discarded.
pub(crate) struct AnyText;

impl<'de> Deserialize<'de> for AnyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl serde::de::Visitor<'_> for Text {
            type Value = AnyText;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<AnyText, E> {
                Ok(AnyText)
            }
        }

        deserializer.deserialize_str(Text)
    }
}
