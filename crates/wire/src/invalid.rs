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
    serde_json::from_slice(json).map_err(|error| {
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
                    && !pointer.ends_with(&format!("/{field}"))
                {
                    push(&mut pointer, field);
                }
                Invalid { pointer, detail }
            }
        }
    })
}

/// Appends a reference token, escaped as RFC 6901 says.
fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
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
