//! Decides which attributes an event may have, and how they look as JSON.
//!
//! Attributes that senders and intermediaries add are read, checked as CloudEvents 1.0 says, and not
//! kept: one that nobody looks at could be about a person.

use std::borrow::Cow;
use std::fmt;

use domain::SourceId;
use serde::de::{Error, IgnoredAny, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_with::{DisplayFromStr, serde_as};
use uuid::Uuid;

use crate::adapt::Hyphenated;
use crate::invalid::NOT_A_FIELD;
use crate::media_type::MediaType;
use crate::rfc3339::is_date_time;

/// The supported version of CloudEvents.
pub const SPEC_VERSION: &str = "1.0";

/// What is said of a `datacontenttype` that is not JSON in UTF-8.
pub(crate) const EXPECTED_JSON: &str = "expected application/json, in UTF-8";

/// What is said of a `time` that is none.
pub(crate) const EXPECTED_TIME: &str = "expected an RFC 3339 time with an offset";

/// What is said of a `specversion` that is not supported.
pub(crate) const EXPECTED_VERSION: &str = "expected 1.0";

/// What is kept of the attributes of an event, and its data, which was not looked at yet.
pub(crate) struct Envelope<'a> {
    pub(crate) id: Uuid,
    pub(crate) source: SourceId,
    pub(crate) event_type: Cow<'a, str>,
    pub(crate) data: &'a RawValue,
}

/// Whether an event may have an attribute of this name: CloudEvents has lowercase letters and digits.
pub fn is_attribute_name(name: &str) -> bool {
    let belongs = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    !name.is_empty() && name.bytes().all(belongs)
}

/// Whether a `datacontenttype` is that of our data.
pub(crate) fn is_json_in_utf8(content_type: &str) -> bool {
    content_type == "application/json"
        || MediaType::parse(content_type)
            .is_some_and(|media_type| media_type.is("application/json") && media_type.is_utf8)
}

impl<'de> Deserialize<'de> for Envelope<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Envelope<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope<'de>, A::Error> {
                let mut specversion = Attribute::<SpecVersion>::new("specversion");
                let mut id = Attribute::<Id>::new("id");
                let mut source = Attribute::<Source>::new("source");
                let mut event_type = Attribute::<Type>::new("type");
                let mut content_type = Attribute::<DataContentType>::new("datacontenttype");
                let mut time = Attribute::<Time>::new("time");
                let mut data = Attribute::<&RawValue>::new("data");
                while let Some(name) = map.next_key()? {
                    match name {
                        Name::SpecVersion => specversion.set(&mut map)?,
                        Name::Id => id.set(&mut map)?,
                        Name::Source => source.set(&mut map)?,
                        Name::Type => event_type.set(&mut map)?,
                        Name::DataContentType => content_type.set(&mut map)?,
                        Name::Time => time.set(&mut map)?,
                        Name::Data => data.set(&mut map)?,
                        Name::Extension => {
                            map.next_value::<Discarded>()?;
                        }
                        Name::Unknown => {
                            map.next_value::<NoField>()?;
                        }
                    }
                }
                specversion.required()?;
                Ok(Envelope {
                    id: id.required()?.0,
                    source: source.required()?.0,
                    event_type: event_type.required()?.0,
                    data: data.required()?,
                })
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// A member of an event that may appear once. Null is the same as none.
struct Attribute<T> {
    name: &'static str,
    is_there: bool,
    value: Option<T>,
}

impl<T> Attribute<T> {
    fn new(name: &'static str) -> Self {
        Self { name, is_there: false, value: None }
    }

    fn set<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error>
    where
        T: Deserialize<'de>,
    {
        if self.is_there {
            return Err(A::Error::duplicate_field(self.name));
        }
        self.is_there = true;
        self.value = map.next_value()?;
        Ok(())
    }

    fn required<E: Error>(self) -> Result<T, E> {
        self.value.ok_or_else(|| E::missing_field(self.name))
    }
}

/// The name of a member.
enum Name {
    SpecVersion,
    Id,
    Source,
    Type,
    DataContentType,
    Time,
    Data,
    /// An attribute that somebody added.
    Extension,
    /// No attribute can have this name.
    Unknown,
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("the name of an attribute")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Name, E> {
                Ok(match name {
                    "specversion" => Name::SpecVersion,
                    "id" => Name::Id,
                    "source" => Name::Source,
                    "type" => Name::Type,
                    "datacontenttype" => Name::DataContentType,
                    "time" => Name::Time,
                    "data" => Name::Data,
                    _ if is_attribute_name(name) => Name::Extension,
                    _ => Name::Unknown,
                })
            }
        }

        deserializer.deserialize_identifier(Text)
    }
}

#[serde_as]
#[derive(Deserialize)]
#[serde(transparent)]
struct Id(#[serde_as(as = "Hyphenated")] Uuid);

#[serde_as]
#[derive(Deserialize)]
#[serde(transparent)]
struct Source(#[serde_as(as = "DisplayFromStr")] SourceId);

/// The type, which decides how the data is read.
#[serde_as]
#[derive(Deserialize)]
#[serde(transparent)]
struct Type<'a>(
    #[serde(borrow)]
    #[serde_as(as = "serde_with::BorrowCow")]
    Cow<'a, str>,
);

/// Declares an attribute that is checked and not kept.
macro_rules! checked {
    ($name:ident, $expected:ident, $is_valid:expr) => {
        struct $name;

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;

                impl Visitor<'_> for Text {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                        f.write_str($expected.trim_start_matches("expected "))
                    }

                    fn visit_str<E: Error>(self, text: &str) -> Result<$name, E> {
                        let is_valid: fn(&str) -> bool = $is_valid;
                        if is_valid(text) { Ok($name) } else { Err(E::custom($expected)) }
                    }
                }

                deserializer.deserialize_str(Text)
            }
        }
    };
}

checked!(SpecVersion, EXPECTED_VERSION, |text| text == SPEC_VERSION);
checked!(DataContentType, EXPECTED_JSON, is_json_in_utf8);
checked!(Time, EXPECTED_TIME, is_date_time);

/// The value of an attribute that is not kept: of any type that attributes have in JSON.
struct Discarded;

impl<'de> Deserialize<'de> for Discarded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Value;

        impl Visitor<'_> for Value {
            type Value = Discarded;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a string, true, false, null or a whole number of 32 bits")
            }

            fn visit_str<E: Error>(self, _: &str) -> Result<Discarded, E> {
                Ok(Discarded)
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Discarded, E> {
                Ok(Discarded)
            }

            fn visit_unit<E: Error>(self) -> Result<Discarded, E> {
                Ok(Discarded)
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Discarded, E> {
                let out_of_range = |_| E::invalid_value(Unexpected::Signed(number), &self);
                i32::try_from(number).map(|_| Discarded).map_err(out_of_range)
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Discarded, E> {
                let out_of_range = |_| E::invalid_value(Unexpected::Unsigned(number), &self);
                i32::try_from(number).map(|_| Discarded).map_err(out_of_range)
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Discarded, E> {
                let is_whole = number.fract() == 0.0;
                if is_whole && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number) {
                    Ok(Discarded)
                } else {
                    Err(E::invalid_value(Unexpected::Float(number), &self))
                }
            }
        }

        deserializer.deserialize_any(Value)
    }
}

/// A member that is refused for its name.
struct NoField;

impl<'de> Deserialize<'de> for NoField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer)?;
        Err(D::Error::custom(NOT_A_FIELD))
    }
}
