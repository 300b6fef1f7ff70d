//! CSV as RFC 4180 has it, in UTF-8: the names of the columns in the first line, which is there even
//! if no other is. A field that is empty is not known.
//!
//! A mark at the beginning says that it is UTF-8. Without it, spreadsheets on a Chinese Windows take it
//! for GBK; with it, `DuckDB`, pandas and R's readr read the same as without.

use csv::{Terminator, Writer, WriterBuilder};
use domain::text::is_visible;

use crate::cache::Answer;
use crate::dataset::{Column, Value};

/// The media type of every table.
pub(crate) const CONTENT_TYPE: &str = "text/csv; charset=utf-8; header=present";

/// The byte order mark in UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

const NO_FAULT: &str = "memory does not fail, and all lines have the same columns";

/// A table with a line for each of `lines`. `stem` is what the name of its file begins with.
pub(crate) fn table<L>(
    bom: bool,
    columns: &[Column<L>],
    lines: impl IntoIterator<Item = L>,
    stem: &str,
) -> Answer {
    let bytes = [head(bom, columns), self::lines(columns, lines)].concat();
    Answer::new(CONTENT_TYPE, bytes).named(stem, "csv")
}

/// What a table begins with.
pub(crate) fn head<L>(bom: bool, columns: &[Column<L>]) -> Vec<u8> {
    let start = if bom { BOM.to_vec() } else { Vec::new() };
    let mut writer = writer(start);
    writer.write_record(columns.iter().map(|column| column.id)).expect(NO_FAULT);
    writer.into_inner().expect(NO_FAULT)
}

/// Some lines of a table.
pub(crate) fn lines<L>(columns: &[Column<L>], lines: impl IntoIterator<Item = L>) -> Vec<u8> {
    let mut writer = writer(Vec::new());
    for line in lines {
        let fields = columns.iter().map(|column| field(column.value(&line)));
        writer.write_record(fields).expect(NO_FAULT);
    }
    writer.into_inner().expect(NO_FAULT)
}

fn writer(start: Vec<u8>) -> Writer<Vec<u8>> {
    WriterBuilder::new().terminator(Terminator::CRLF).from_writer(start)
}

fn field(value: Value) -> String {
    match value {
        Value::Absent => String::new(),
        Value::Text(text) => guarded(text.into_owned()),
        Value::Count(count) => count.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Flag(flag) => flag.to_string(),
    }
}

/// Spreadsheets take a text that begins like this for a formula, and somebody else may have chosen it.
/// With an apostrophe before it they show it as it is.
fn guarded(text: String) -> String {
    let begins_as_a_field = text.starts_with(['\t', '\r', '\n']);
    let first = text.chars().find(|c| is_visible(*c));
    if begins_as_a_field || first.is_some_and(is_formula_sign) { format!("'{text}") } else { text }
}

/// The signs with which formulas begin, as they are typed with the keyboards of any script: full and
/// small forms, superscripts and subscripts, and the signs of mathematics.
fn is_formula_sign(c: char) -> bool {
    const SIGNS: &str = "=＝﹦⁼₌+＋﹢⁺₊﬩-－﹣⁻₋−@＠﹫";
    SIGNS.contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Kind;

    fn names() -> [Column<&'static str>; 1] {
        [Column::new("name", ("名称", "Name"), Kind::Text, |text: &&'static str| {
            Value::text(*text)
        })]
    }

    #[test]
    fn a_text_that_a_spreadsheet_would_compute_is_shown_as_it_is() {
        let lines = ["=1+1", "-2", "补领, \"换领\"", ""];
        let answer = table(false, &names(), lines, "names");
        assert_eq!(answer.body(), "name\r\n'=1+1\r\n'-2\r\n\"补领, \"\"换领\"\"\"\r\n\"\"\r\n");
    }

    #[test]
    fn the_signs_of_formulas_are_guarded_in_every_script_and_behind_what_cannot_be_seen() {
        for sign in ["=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫", "−"]
        {
            for before in ["", " ", "\u{3000}", "\u{feff}", "\u{200b}", "\u{a0}"] {
                let text = format!("{before}{sign}1+1");
                assert_eq!(guarded(text.clone()), format!("'{text}"));
            }
        }
        for text in ["\t1", "\r1", "\n1"] {
            assert_eq!(guarded(text.to_owned()), format!("'{text}"));
        }
        for text in ["", "补领－换领", "1=1", "（＝）", "“@”", "·"] {
            assert_eq!(guarded(text.to_owned()), text);
        }
    }

    #[test]
    fn the_mark_stands_before_everything_and_once() {
        let with = table(true, &names(), ["补领"], "names");
        let without = table(false, &names(), ["补领"], "names");
        assert_eq!(with.body(), "\u{feff}name\r\n补领\r\n");
        assert_eq!(without.body(), "name\r\n补领\r\n");
    }
}
