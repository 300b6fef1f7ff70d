//! CSV as RFC 4180 has it: UTF-8 without a mark, the names of the columns in the first line, which
//! is there even if no other is. A field that is empty is not known.

use csv::{Terminator, WriterBuilder};

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
    let is_like_a_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_like_a_formula { format!("'{text}") } else { text }
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
}
