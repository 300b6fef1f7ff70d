//! A list of events, cut into its elements without looking into them.

use std::fmt;
use std::iter::repeat_n;
use std::ops::Range;

use super::problem::{Kind, Problem};
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, SeqAccess, Visitor};
use serde_json::value::RawValue;
use wire::Malformed;

/// The elements of a list.
pub(crate) struct Elements<'a> {
    json: &'a [u8],
    /// Where each of them stands in `json`.
    ranges: Vec<Range<usize>>,
}

impl<'a> Elements<'a> {
    /// Each element, which need not be UTF-8, and where it begins.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&'a [u8], usize)> {
        let json = self.json;
        self.ranges.iter().map(move |range| (&json[range.clone()], range.start))
    }
}

/// Why a text has no elements, or none that matter.
enum Unsplit {
    TooMany,
    /// It is no array, after these elements.
    Malformed(Vec<Range<usize>>),
}

/// The elements of a JSON array that begins at `offset` of the body.
///
/// An element that is not UTF-8 is one like any other, as long as it can be told where it ends.
///
/// # Errors
///
/// `malformed-body` if it is none, `too-large` if it has more than `events_max` elements; the rest
/// is then not looked at.
pub(crate) fn split(
    json: &[u8],
    offset: usize,
    events_max: usize,
) -> Result<Elements<'_>, Problem> {
    let ranges = match std::str::from_utf8(json) {
        Ok(text) => ranges(text, events_max),
        Err(_) => match ranges(&masked(json, true), events_max) {
            Err(Unsplit::Malformed(_)) => ranges(&masked(json, false), events_max),
            ranges_or_too_many => ranges_or_too_many,
        },
    };
    match ranges {
        Ok(ranges) => Ok(Elements { json, ranges }),
        Err(Unsplit::TooMany) => {
            let detail =
                format!("A batch may have at most {events_max} events. Nothing was stored.");
            Err(Problem::new(Kind::TooLarge, detail))
        }
        Err(Unsplit::Malformed(before)) => Err(malformed(json, offset, &before)),
    }
}

/// What is wrong with a text that is no array of events, although these elements could be read.
fn malformed(json: &[u8], offset: usize, before: &[Range<usize>]) -> Problem {
    let detail = match Malformed::find(json) {
        Some(malformed) if json.trim_ascii_start().starts_with(b"[") => {
            let index = before.iter().filter(|element| element.end <= malformed.at).count();
            format!(
                "This is not JSON: {}. It is at index {index} of the array, counted from 0. Nothing \
                 was stored.",
                malformed.after(offset)
            )
        }
        Some(malformed) => format!("This is not JSON: {}.", malformed.after(offset)),
        None => "Expected a JSON array of events.".to_owned(),
    };
    Problem::new(Kind::MalformedBody, detail)
}

/// A text of the same length in which a letter stands for every byte that is not UTF-8. In GBK and
/// its relatives a character has two bytes, of which the second can look like a backslash; `in_pairs`
/// takes them together.
fn masked(json: &[u8], in_pairs: bool) -> String {
    const MASK: char = 'x';
    let mut text = String::with_capacity(json.len());
    let mut in_a_row = 0;
    for chunk in json.utf8_chunks() {
        let mut valid = chunk.valid();
        let is_half = in_pairs && in_a_row % 2 == 1;
        if is_half && valid.starts_with(|second| matches!(second, '\x40'..='\x7e')) {
            text.push(MASK);
            valid = &valid[1..];
        }
        text.push_str(valid);
        if !chunk.valid().is_empty() {
            in_a_row = 0;
        }
        let invalid = chunk.invalid().len();
        in_a_row += invalid;
        text.extend(repeat_n(MASK, invalid));
    }
    text
}

fn ranges(text: &str, events_max: usize) -> Result<Vec<Range<usize>>, Unsplit> {
    let (mut ranges, mut has_too_many) = (Vec::new(), false);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let array = Array { text, events_max, ranges: &mut ranges, has_too_many: &mut has_too_many };
    let end = array.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    match end {
        Ok(()) => Ok(ranges),
        Err(_) if has_too_many => Err(Unsplit::TooMany),
        Err(_) => Err(Unsplit::Malformed(ranges)),
    }
}

struct Array<'r, 'de> {
    text: &'de str,
    events_max: usize,
    /// The elements that were read, which an error leaves here.
    ranges: &'r mut Vec<Range<usize>>,
    /// Set when the array is given up, since an error of serde cannot say why.
    has_too_many: &'r mut bool,
}

impl<'de> DeserializeSeed<'de> for Array<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Array<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        while let Some(element) = sequence.next_element::<&'de RawValue>()? {
            if self.ranges.len() == self.events_max {
                *self.has_too_many = true;
                return Err(A::Error::custom("too many elements"));
            }
            // Both are addresses within one text.
            let start = element.get().as_ptr() as usize - self.text.as_ptr() as usize;
            self.ranges.push(start..start + element.get().len());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements(json: &[u8]) -> Vec<String> {
        let elements = split(json, 0, 3).expect("an array");
        elements.iter().map(|(json, _)| String::from_utf8_lossy(json).into_owned()).collect()
    }

    fn detail(json: &[u8]) -> String {
        let Err(problem) = split(json, 3, 2) else { panic!("it is an array") };
        assert_eq!(problem.kind(), Kind::MalformedBody);
        problem.body().detail
    }

    #[test]
    fn a_batch_is_cut_into_its_elements() {
        let json = br#" [ {"a": [1, 2]} , 3 ] "#;
        assert_eq!(elements(json), [r#"{"a": [1, 2]}"#, "3"]);
        let found = split(json, 0, 2).expect("an array");
        assert_eq!(found.iter().map(|(_, start)| start).collect::<Vec<_>>(), [3, 19]);
        assert!(elements(b"[]").is_empty());
    }

    #[test]
    fn what_is_no_array_is_malformed_and_a_long_one_is_not_read_to_its_end() {
        for wrong in ["", "{}", "[1, 2", "[1,]", "[1] 2", "null"] {
            let Err(problem) = split(wrong.as_bytes(), 0, 2) else { panic!("{wrong}") };
            assert_eq!(problem.kind(), Kind::MalformedBody, "{wrong}");
        }
        for long in ["[1, 2, 3]", "[1, 2, 3, nonsense", "[\"\u{fffd}\", 2, 3]"] {
            let Err(problem) = split(long.as_bytes(), 0, 2) else { panic!("{long}") };
            assert_eq!(problem.kind(), Kind::TooLarge, "{long}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_the_event_and_the_offset_in_the_body() {
        assert_eq!(detail(b"{}"), "Expected a JSON array of events.");
        assert_eq!(detail(b"<a>"), "This is not JSON: there is no JSON value at byte offset 3.");
        assert_eq!(
            detail(b"[1, {\"a\": 1,}]"),
            "This is not JSON: the comma at byte offset 14 has nothing after it. It is at index \
             1 of the array, counted from 0. Nothing was stored."
        );
        assert_eq!(
            detail(b"[\"\xb7\xfe\", "),
            "This is not JSON: the bytes at byte offset 5 are not UTF-8. It is at index 0 of the \
             array, counted from 0. Nothing was stored."
        );
    }

    #[test]
    fn an_element_in_another_charset_leaves_the_others_whole() {
        // 服务很好, 乗 (whose second byte is a backslash) and 張 at the ends of strings, in GBK.
        for gbk in [&b"\xb7\xfe\xce\xf1\xba\xdc\xba\xc3"[..], b"\x81\\", b"\x8f\x88", b"a\x81\\b"] {
            for after in [&b""[..], b"\\n", b"\\\"", b"!"] {
                let json = [b"[1, {\"a\": \"", gbk, after, b"\", \"b\": 2}, 3]"].concat();
                let elements = elements(&json);
                assert_eq!((elements.len(), &*elements[0], &*elements[2]), (3, "1", "3"));
            }
        }
        // é in Latin-1, before an escape.
        assert_eq!(elements(b"[\"caf\xe9\\\"\", 2]").len(), 2);
    }
}
