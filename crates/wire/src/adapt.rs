//! Adapters between types of `domain` and serde that `serde_with` lacks.

use std::fmt;
use std::marker::PhantomData;

use domain::{ParseError, Revision, ServiceNo};
use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};
use serde_with::{DeserializeAs, SerializeAs};
use uuid::Uuid;

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

        impl Visitor<'_> for Text {
            type Value = Uuid;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a UUID with hyphens")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Uuid, E> {
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

/// A whole number in any form that JSON Schema calls an integer: `1`, `1.0` and `1e0` are the same.
pub(crate) struct Whole;

/// A whole number of at most 16 bits.
pub(crate) trait WholeNumber: Copy {
    /// Completes the sentence "expected …".
    const EXPECTED: &'static str;

    fn from_number(number: u16) -> Option<Self>;

    fn number(self) -> u16;
}

impl WholeNumber for Revision {
    const EXPECTED: &'static str = "a whole number from 0 to 65535";

    fn from_number(number: u16) -> Option<Self> {
        Some(number)
    }

    fn number(self) -> u16 {
        self
    }
}

impl WholeNumber for ServiceNo {
    const EXPECTED: &'static str = "a whole number from 1 to 99";

    fn from_number(number: u16) -> Option<Self> {
        u8::try_from(number).ok()?.try_into().ok()
    }

    fn number(self) -> u16 {
        self.get().into()
    }
}

impl<'de, T: WholeNumber> DeserializeAs<'de, T> for Whole {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        struct Number<T>(PhantomData<T>);

        impl<T: WholeNumber> Visitor<'_> for Number<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str(T::EXPECTED)
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
                let number = u16::try_from(number).ok().and_then(T::from_number);
                number.ok_or_else(|| E::custom(format_args!("expected {}", T::EXPECTED)))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
                let is_one = number.fract() == 0.0 && (0.0..=f64::from(u16::MAX)).contains(&number);
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "it is whole and within 16 bits"
                )]
                let number = if is_one { number as u64 } else { u64::MAX };
                self.visit_u64(number)
            }
        }

        deserializer.deserialize_u16(Number(PhantomData))
    }
}

impl<T: WholeNumber> SerializeAs<T> for Whole {
    fn serialize_as<S: Serializer>(number: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(number.number())
    }
}
