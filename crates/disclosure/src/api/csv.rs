//! CSV as RFC 4180 has it: UTF-8 without a mark, the names of the columns in the first line, which
//! is there even if no other is. A field that is empty is not known.

use crate::cache::Answer;

/// The name of a column and what stands in it.
pub(crate) type Column<L> = (&'static str, fn(&L) -> String);

/// A table with a line for each of `lines`.
pub(crate) fn table<L>(
    columns: &[Column<L>],
    lines: impl IntoIterator<Item = L>,
    file_name: String,
) -> Answer {
    const NO_FAULT: &str = "memory does not fail, and all lines have the same columns";
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(columns.iter().map(|(name, _)| name)).expect(NO_FAULT);
    for line in lines {
        writer.write_record(columns.iter().map(|(_, field)| field(&line))).expect(NO_FAULT);
    }
    let bytes = writer.into_inner().expect(NO_FAULT);
    Answer::new("text/csv; charset=utf-8; header=present", bytes).named(file_name)
}

/// A text that somebody else has chosen. Spreadsheets take one that begins like this for a formula;
/// with an apostrophe before it they show it as it is.
pub(crate) fn text(text: &str) -> String {
    let is_like_a_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_like_a_formula { format!("'{text}") } else { text.to_owned() }
}

/// A field that may be empty.
pub(crate) fn known<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
