//! What is wrong with an event, and where.

use std::fmt;

use domain::rules::Violation;
use serde::Deserialize;
use serde_path_to_error::Segment;

/// A field of an event that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Invalid {
    /// Where, as a JSON Pointer (RFC 6901) into the whole event.
    pub pointer: String,
    /// What is wrong, without the value.
    pub detail: String,
}

impl Invalid {
    /// A fault at a place.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.detail)
    }
}

impl From<Violation> for Invalid {
    fn from(violation: Violation) -> Self {
        let mut pointer = format!("/data/{}", violation.field);
        if let Some(index) = violation.index {
            pointer = format!("{pointer}/{index}");
        }
        Self { pointer, detail: violation.detail.to_owned() }
    }
}

/// Parses JSON that stands at `at` in an event. The place of a fault is sought only when there is
/// one, since keeping track of it costs as much as parsing.
pub(crate) fn from_json<'a, T: Deserialize<'a>>(json: &'a [u8], at: &str) -> Result<T, Invalid> {
    // Text that is known to be UTF-8 is not looked at again, string by string.
    let parsed = match std::str::from_utf8(json) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(json),
    };
    parsed.map_err(|error| {
        let deserializer = &mut serde_json::Deserializer::from_slice(json);
        match serde_path_to_error::deserialize::<_, T>(deserializer) {
            Ok(_) => Invalid::new(at, explain(&error.to_string()).1), // something follows the value
            Err(error) => {
                let message = error.inner().to_string();
                let (field, detail) = explain(&message);
                let mut pointer = at.to_owned();
                for segment in error.path() {
                    match segment {
                        Segment::Seq { index } => push(&mut pointer, &index.to_string()),
                        Segment::Map { key } => push(&mut pointer, key),
                        Segment::Enum { variant } => push(&mut pointer, variant),
                        Segment::Unknown => {}
                    }
                }
                if let Some(field) = field
                    && !pointer.ends_with(&format!("/{}", reference_token(field)))
                {
                    push(&mut pointer, field);
                }
                Invalid { pointer, detail }
            }
        }
    })
}

/// The most characters of a field's name that an answer or a log repeats.
const TOKEN_CHARACTERS_MAX: usize = 64;

/// Appends a reference token.
fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    pointer.push_str(&reference_token(token));
}

/// A field's name as RFC 6901 escapes it. A name that no schema could have is not repeated: somebody
/// may have put a value where a name belongs.
fn reference_token(name: &str) -> String {
    let is_a_name =
        name.len() <= TOKEN_CHARACTERS_MAX && name.bytes().all(|byte| byte.is_ascii_graphic());
    if is_a_name { name.replace('~', "~0").replace('/', "~1") } else { "?".to_owned() }
}

/// Splits serde's message into the field that it names, if it does, and a detail without a value.
fn explain(message: &str) -> (Option<&str>, String) {
    let message = message.rfind(" at line ").map_or(message, |end| &message[..end]);
    let quoted = |prefix| message.strip_prefix(prefix)?.split('`').next();
    if let Some(field) = quoted("unknown field `") {
        return (Some(field), "is not a field of this event".to_owned());
    }
    if let Some(field) = quoted("missing field `") {
        return (Some(field), "is missing".to_owned());
    }
    if let Some(field) = quoted("duplicate field `") {
        return (Some(field), "must not stand twice".to_owned());
    }
    // "invalid type: string \"…\", expected u8": what comes first repeats the value.
    let detail = message.rfind("expected ").map_or("is not valid JSON", |start| &message[start..]);
    (None, detail.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_the_name_of_a_field_is_not_repeated() {
        for (json, pointer) in [
            (r#"{"name": 1}"#, "/data/name"),
            (r#"{"张三 440106": 1}"#, "/data/?"),
            (&format!(r#"{{"{}": 1}}"#, "x".repeat(1000)), "/data/?"),
        ] {
            let invalid = from_json::<crate::data::ServiceData>(json.as_bytes(), "/data").err();
            assert_eq!(invalid.map(|invalid| invalid.pointer).as_deref(), Some(pointer));
        }
    }
}
