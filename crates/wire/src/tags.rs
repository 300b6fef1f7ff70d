//! Tags as a list of their codes, read without an allocation.

use std::fmt;

use arrayvec::ArrayVec;
use domain::Tag;
use domain::event::TAGS_MAX;
use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DisplayFromStr, serde_as};

#[serde_as]
#[derive(Deserialize, Serialize)]
#[serde(transparent)]
struct TagCode(#[serde_as(as = "DisplayFromStr")] Tag);

pub(crate) fn serialize<S: Serializer>(
    tags: &ArrayVec<Tag, TAGS_MAX>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_seq(Some(tags.len()))?;
    for tag in tags {
        list.serialize_element(&TagCode(*tag))?;
    }
    list.end()
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<ArrayVec<Tag, TAGS_MAX>, D::Error> {
    struct List;

    impl<'de> Visitor<'de> for List {
        type Value = ArrayVec<Tag, TAGS_MAX>;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            write!(f, "a list of at most {TAGS_MAX} tag codes")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut tags = ArrayVec::new();
            while let Some(TagCode(tag)) = list.next_element()? {
                tags.try_push(tag).map_err(|_| {
                    A::Error::custom(format_args!("expected at most {TAGS_MAX} tags"))
                })?;
            }
            Ok(tags)
        }
    }

    deserializer.deserialize_seq(List)
}
