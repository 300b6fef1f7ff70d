//! Decides what is wrong with bytes that are no JSON at all, and where. It never repeats them.
//!
//! It is asked only about bytes that could not be read, so it may read them again.

use std::fmt;

use serde::de::IgnoredAny;
use serde_json::error::Category;

/// The mark that some editors put before a text.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Why bytes are no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Malformed {
    /// The offset of the first byte that is wrong.
    pub at: usize,
    fault: Fault,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Empty,
    Utf16,
    NotUtf8,
    Incomplete,
    ByteOrderMark,
    Nul,
    Control,
    TrailingComma,
    Escape,
    Number,
    FieldName,
    Colon,
    ListSeparator,
    ObjectSeparator,
    MoreText,
    NoValue,
}

impl Malformed {
    /// What is wrong with a text, or nothing if it is JSON.
    pub fn find(json: &[u8]) -> Option<Self> {
        if json.trim_ascii().is_empty() {
            return Some(Self { at: 0, fault: Fault::Empty });
        }
        // Every JSON text begins with an ASCII character, and none has a NUL.
        if json.starts_with(b"\xFF\xFE")
            || json.starts_with(b"\xFE\xFF")
            || matches!(json, [0, 1..=255, ..] | [1..=255, 0, ..])
        {
            return Some(Self { at: 0, fault: Fault::Utf16 });
        }
        if let Err(error) = std::str::from_utf8(json) {
            return Some(Self { at: error.valid_up_to(), fault: Fault::NotUtf8 });
        }
        let error = serde_json::from_slice::<IgnoredAny>(json).err()?;
        Some(Self::of(json, &error))
    }

    /// What an error of the parser says about the text in which it was found.
    fn of(json: &[u8], error: &serde_json::Error) -> Self {
        if error.classify() == Category::Eof {
            return Self { at: json.len(), fault: Fault::Incomplete };
        }
        // The parser counts lines, and bytes within a line from 1.
        let lines = json.split_inclusive(|byte| *byte == b'\n');
        let line: usize = lines.take(error.line().saturating_sub(1)).map(<[u8]>::len).sum();
        let mut at = (line + error.column().saturating_sub(1)).min(json.len());
        let message = error.to_string();
        let message = message.rfind(" at line ").map_or(&*message, |end| &message[..end]);
        let is_control = message.starts_with("control character");
        if is_control {
            // The error is placed before the character and not at it.
            at += json[at..].iter().position(u8::is_ascii_control).unwrap_or(0);
        }
        if let Some(comma) = trailing_comma(json, at) {
            return Self { at: comma, fault: Fault::TrailingComma };
        }
        let fault = match message {
            _ if json[at..].starts_with(BYTE_ORDER_MARK) => Fault::ByteOrderMark,
            _ if json.get(at) == Some(&0) => Fault::Nul,
            "trailing characters" => Fault::MoreText,
            "invalid escape" => Fault::Escape,
            "invalid number" => Fault::Number,
            "key must be a string" => Fault::FieldName,
            "expected `:`" => Fault::Colon,
            "expected `,` or `]`" => Fault::ListSeparator,
            "expected `,` or `}`" => Fault::ObjectSeparator,
            _ if is_control => Fault::Control,
            _ => Fault::NoValue,
        };
        Self { at, fault }
    }

    /// The same, in a text that has this one at an offset.
    #[must_use]
    pub fn after(self, offset: usize) -> Self {
        Self { at: self.at + offset, ..self }
    }
}

/// The offset of the comma before the end of a list or an object at `end`, if there is one.
fn trailing_comma(json: &[u8], end: usize) -> Option<usize> {
    if !matches!(json.get(end), Some(b']' | b'}')) {
        return None;
    }
    let before = json[..end].trim_ascii_end();
    before.ends_with(b",").then(|| before.len() - 1)
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at;
        match self.fault {
            Fault::Empty => f.write_str("it is empty"),
            Fault::Utf16 => {
                write!(f, "it is UTF-16 or UTF-32 from byte offset {at} on, and not UTF-8")
            }
            Fault::NotUtf8 => write!(f, "the bytes at byte offset {at} are not UTF-8"),
            Fault::Incomplete => write!(f, "it ends at byte offset {at} before it is complete"),
            Fault::ByteOrderMark => {
                write!(f, "there is a byte order mark at byte offset {at}, where none may be")
            }
            Fault::Nul => write!(f, "there is a NUL character at byte offset {at}"),
            Fault::Control => write!(
                f,
                "there is a control character at byte offset {at}, which a string must have as an \
                 escape such as \\n"
            ),
            Fault::TrailingComma => {
                write!(f, "the comma at byte offset {at} has nothing after it")
            }
            Fault::Escape => write!(f, "there is no such escape as that at byte offset {at}"),
            Fault::Number => write!(f, "JSON has no such number as that at byte offset {at}"),
            Fault::FieldName => {
                write!(f, "expected the name of a field in double quotes at byte offset {at}")
            }
            Fault::Colon => write!(f, "expected a colon at byte offset {at}"),
            Fault::ListSeparator => {
                write!(f, "expected a comma or the end of the array at byte offset {at}")
            }
            Fault::ObjectSeparator => {
                write!(f, "expected a comma or the end of the object at byte offset {at}")
            }
            Fault::MoreText => write!(f, "there is more text after its end, at byte offset {at}"),
            Fault::NoValue => write!(f, "there is no JSON value at byte offset {at}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(json: &[u8]) -> String {
        Malformed::find(json)
            .map_or_else(|| "nothing".to_owned(), |malformed| malformed.to_string())
    }

    #[test]
    fn what_is_wrong_is_named_with_its_offset() {
        let cases: [(&[u8], &str); 24] = [
            (b"{}", "nothing"),
            (b"", "it is empty"),
            (b" \n", "it is empty"),
            (b"{\"a\": \"\xb7\xfe\"}", "the bytes at byte offset 7 are not UTF-8"),
            (b"{\"a\": \"\xe6\x9c\"}", "the bytes at byte offset 7 are not UTF-8"),
            (b"\xff\xfe{\0}\0", "it is UTF-16 or UTF-32 from byte offset 0 on, and not UTF-8"),
            (b"{\0}\0", "it is UTF-16 or UTF-32 from byte offset 0 on, and not UTF-8"),
            (b"{\"a\": ", "it ends at byte offset 6 before it is complete"),
            (b"{\"a\": \"b", "it ends at byte offset 8 before it is complete"),
            (b"[1, 2", "it ends at byte offset 5 before it is complete"),
            (b"{\"a\":\n\n 1,\n}", "the comma at byte offset 9 has nothing after it"),
            (b"[1, ]", "the comma at byte offset 2 has nothing after it"),
            (b"{\"a\": \"b\0c\"}", "there is a NUL character at byte offset 8"),
            (b"{}\0", "there is a NUL character at byte offset 2"),
            (b"\xef\xbb\xbf{}", "there is a byte order mark at byte offset 0, where none may be"),
            (b"[\"\\x\"]", "there is no such escape as that at byte offset 3"),
            (b"[01]", "JSON has no such number as that at byte offset 2"),
            (b"{a: 1}", "expected the name of a field in double quotes at byte offset 1"),
            (b"{\"a\" 1}", "expected a colon at byte offset 5"),
            (b"[1 2]", "expected a comma or the end of the array at byte offset 3"),
            (b"{\"a\": 1 \"b\"}", "expected a comma or the end of the object at byte offset 8"),
            (b"{} {}", "there is more text after its end, at byte offset 3"),
            (b"{\"a\": nil}", "there is no JSON value at byte offset 7"),
            (b"<html>", "there is no JSON value at byte offset 0"),
        ];
        for (json, expected) in cases {
            assert_eq!(said(json), expected, "{}", String::from_utf8_lossy(json));
        }
        let control = said(b"[\"\n\"]");
        assert!(control.starts_with("there is a control character at byte offset 2,"), "{control}");
    }

    #[test]
    fn an_offset_is_one_in_the_whole_text() {
        let malformed = Malformed::find(b"[1,]").expect("a fault").after(100);
        assert_eq!(malformed.to_string(), "the comma at byte offset 102 has nothing after it");
    }
}
