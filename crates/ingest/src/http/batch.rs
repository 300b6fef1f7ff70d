//! A list of events, cut into its elements without looking into them.

use std::fmt;

use super::problem::{Kind, Problem};
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The elements of a JSON array.
///
/// # Errors
///
/// `malformed-body` if it is none, `too-large` if it has more than `events_max` elements; the rest
/// is then not looked at.
pub(crate) fn split(json: &[u8], events_max: usize) -> Result<Vec<&RawValue>, Problem> {
    let mut has_too_many = false;
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let elements = Elements { events_max, has_too_many: &mut has_too_many }
        .deserialize(&mut deserializer)
        .and_then(|elements| deserializer.end().map(|()| elements));
    if has_too_many {
        let detail = format!("A batch may have at most {events_max} events. Nothing was stored.");
        return Err(Problem::new(Kind::TooLarge, detail));
    }
    elements.map_err(|_| Problem::new(Kind::MalformedBody, "Expected a JSON array of events."))
}

struct Elements<'m> {
    events_max: usize,
    /// Set when the array is given up, since an error of serde cannot say why.
    has_too_many: &'m mut bool,
}

impl<'de> DeserializeSeed<'de> for Elements<'_> {
    type Value = Vec<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = sequence.next_element()? {
            if elements.len() == self.events_max {
                *self.has_too_many = true;
                return Err(A::Error::custom("too many elements"));
            }
            elements.push(element);
        }
        Ok(elements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_cut_into_its_elements() {
        let elements = split(br#" [ {"a": [1, 2]} , 3 ] "#, 2).expect("an array");
        let elements: Vec<_> = elements.iter().map(|element| element.get()).collect();
        assert_eq!(elements, [r#"{"a": [1, 2]}"#, "3"]);
        assert_eq!(split(b"[]", 2).expect("an array").len(), 0);
    }

    #[test]
    fn what_is_no_array_is_malformed_and_a_long_one_is_not_read_to_its_end() {
        for wrong in ["", "{}", "[1, 2", "[1,]", "[1] 2", "null"] {
            let problem = split(wrong.as_bytes(), 2).expect_err("no array");
            assert_eq!(problem.kind(), Kind::MalformedBody, "{wrong}");
        }
        assert_eq!(split(b"[\"\xff\"]", 2).expect_err("not UTF-8").kind(), Kind::MalformedBody);
        for long in ["[1, 2, 3]", "[1, 2, 3, nonsense"] {
            let problem = split(long.as_bytes(), 2).expect_err("too long");
            assert_eq!(problem.kind(), Kind::TooLarge, "{long}");
        }
    }
}
