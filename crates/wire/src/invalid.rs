//! Errors of parsing: which field of an event is wrong, and how. They never repeat the field's
//! value.

use std::borrow::Cow;
use std::fmt;

use domain::rules::Violation;
use serde::Deserialize;
use serde_path_to_error::Segment;

/// A wrong field of an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Invalid {
    /// The field, as a JSON Pointer (RFC 6901) into the whole event.
    pub pointer: String,
    /// What is wrong, without the value.
    pub detail: String,
}

impl Invalid {
    /// The field at `pointer` is wrong, as `detail` says.
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

/// Parses the JSON at `at` in an event. It is parsed a second time to locate an error, because
/// tracking the location costs as much as parsing does.
pub(crate) fn from_json<'a, T: Deserialize<'a>>(json: &'a [u8], at: &str) -> Result<T, Invalid> {
    // One check of the whole text for UTF-8 is cheaper than one for each string.
    let parsed = match std::str::from_utf8(json) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(json),
    };
    parsed.map_err(|error| {
        let deserializer = &mut serde_json::Deserializer::from_slice(json);
        match serde_path_to_error::deserialize::<_, T>(deserializer) {
            Ok(_) => Invalid::new(at, explain(&error.to_string()).1), // more text follows the value
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

/// What is said of a field that an event cannot have.
pub(crate) const NOT_A_FIELD: &str = "is not a field of this event";

/// The length in characters of the longest field name that an answer or a log repeats.
const TOKEN_CHARACTERS_MAX: usize = 64;

/// Appends a reference token to a JSON Pointer.
fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    pointer.push_str(&reference_token(token));
}

/// A field's name, escaped as RFC 6901 says. A name that no schema could have becomes `?`: somebody
/// may have put a value where a name belongs.
fn reference_token(name: &str) -> String {
    let is_a_name =
        name.len() <= TOKEN_CHARACTERS_MAX && name.bytes().all(|byte| byte.is_ascii_graphic());
    if is_a_name { name.replace('~', "~0").replace('/', "~1") } else { "?".to_owned() }
}

/// Splits serde's message into the field that it names, if any, and a detail without the value.
fn explain(message: &str) -> (Option<&str>, String) {
    let message = message.rfind(" at line ").map_or(message, |end| &message[..end]);
    if message == NOT_A_FIELD {
        return (None, message.to_owned());
    }
    let quoted = |prefix| message.strip_prefix(prefix)?.split('`').next();
    if let Some(field) = quoted("unknown field `") {
        return (Some(field), NOT_A_FIELD.to_owned());
    }
    if let Some(field) = quoted("missing field `") {
        return (Some(field), "is missing".to_owned());
    }
    if let Some(field) = quoted("duplicate field `") {
        return (Some(field), "must not appear twice".to_owned());
    }
    // In "invalid type: string \"…\", expected u8", the first part repeats the value, so it is dropped.
    let detail = match message.rfind("expected ") {
        Some(start) => in_terms_of_json(&message[start..]),
        None => of_syntax(message).into(),
    };
    let is_null = message.starts_with("invalid type: null");
    (None, if is_null { format!("{detail}, not null") } else { detail.into_owned() })
}

/// Serde names Rust's types, which mean nothing to a sender.
fn in_terms_of_json(detail: &str) -> Cow<'_, str> {
    let expected = detail.trim_start_matches("expected ");
    let whole = |from: u8, to: u64| format!("expected a whole number from {from} to {to}").into();
    match expected {
        "u8" => whole(0, u8::MAX.into()),
        "u16" => whole(0, u16::MAX.into()),
        "u32" => whole(0, u32::MAX.into()),
        "u64" => whole(0, u64::MAX),
        "a nonzero u32" => whole(1, u32::MAX.into()),
        "a boolean" => "expected true or false".into(),
        "a sequence" => "expected a JSON array".into(),
        "an optionally borrowed string" | "a borrowed string" => "expected a string".into(),
        _ if expected.starts_with("struct ") => "expected a JSON object".into(),
        _ => detail.into(),
    }
}

/// What is wrong with a value whose text is JSON and that is nevertheless none.
fn of_syntax(message: &str) -> &'static str {
    match message {
        "lone leading surrogate in hex escape" | "unexpected end of hex escape" => {
            "has half of a surrogate pair, which is no character"
        }
        "number out of range" => "is a number out of range",
        "recursion limit exceeded" => "is nested too deeply",
        _ => "is not valid JSON",
    }
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

    #[test]
    fn a_detail_speaks_of_json_and_not_of_rust() {
        for (json, pointer, detail) in [
            (r#""text""#, "/data", "expected a JSON object"),
            (r#"{"service_no": "1"}"#, "/data/service_no", "expected a whole number from 1 to 99"),
            (r#"{"revision": -1}"#, "/data/revision", "expected a whole number from 0 to 65535"),
        ] {
            let invalid = from_json::<crate::data::ServiceData>(json.as_bytes(), "/data").err();
            let invalid = invalid.expect("it is wrong");
            assert_eq!((invalid.pointer.as_str(), invalid.detail.as_str()), (pointer, detail));
        }
    }
}
