//! CSV as RFC 4180 has it: UTF-8 without a mark, the names of the columns in the first line, which
//! is there even if no other is. A field that is empty is not known.

use csv::{Terminator, WriterBuilder};
use domain::text::is_visible;

use crate::cache::Answer;
use crate::dataset::{Column, Value};

/// A table with a line for each of `lines`.
pub(crate) fn table<L>(
    columns: &[Column<L>],
    lines: impl IntoIterator<Item = L>,
    file_name: String,
) -> Answer {
    const NO_FAULT: &str = "memory does not fail, and all lines have the same columns";
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(columns.iter().map(|column| column.id)).expect(NO_FAULT);
    for line in lines {
        let fields = columns.iter().map(|column| field(column.value(&line)));
        writer.write_record(fields).expect(NO_FAULT);
    }
    let bytes = writer.into_inner().expect(NO_FAULT);
    Answer::new("text/csv; charset=utf-8; header=present", bytes).named(file_name)
}

fn field(value: Value) -> String {
    match value {
        Value::Absent => String::new(),
        Value::Text(text) => guarded(text.into_owned()),
        Value::Count(count) => count.to_string(),
        Value::Number(number) => number.to_string(),
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

    #[test]
    fn a_text_that_a_spreadsheet_would_compute_is_shown_as_it_is() {
        let columns =
            [Column::new("name", ("名称", "Name"), Kind::Text, |text: &&'static str| {
                Value::text(*text)
            })];
        let lines = ["=1+1", "-2", "补领, \"换领\"", ""];
        let answer = table(&columns, lines, "names.csv".into());
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
}
