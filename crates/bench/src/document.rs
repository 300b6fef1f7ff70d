//! Puts the table into a document.

use anyhow::{Context, ensure};

const BEGIN: &str = "<!-- bench -->";
const END: &str = "<!-- /bench -->";

/// The document with another table between its marks. Everything else stays as it is.
///
/// # Errors
///
/// If a mark is missing, is there twice, or they stand in the wrong order.
pub fn with_table(document: &str, table: &str) -> anyhow::Result<String> {
    for mark in [BEGIN, END] {
        let times = document.matches(mark).count();
        ensure!(
            times == 1,
            "{mark} must stand in the document once, and stands there {times} times"
        );
    }
    let (before, rest) = document.split_once(BEGIN).context("the first mark is missing")?;
    let (_, after) =
        rest.split_once(END).with_context(|| format!("{END} must stand below {BEGIN}"))?;
    Ok(format!("{before}{BEGIN}\n{}\n{END}{after}", table.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let document = "# a\n<!-- bench -->\nold\n<!-- /bench -->\nrest\n";
        let once = with_table(document, "| new |\n").expect("both marks are there");
        assert_eq!(once, "# a\n<!-- bench -->\n| new |\n<!-- /bench -->\nrest\n");
        assert_eq!(with_table(&once, "| new |\n").expect("still there"), once);
    }

    #[test]
    fn a_document_without_its_marks_is_left_alone() {
        for wrong in [
            "nothing",
            "<!-- bench -->",
            "<!-- /bench --> <!-- bench -->",
            "<!-- bench --> <!-- bench --> <!-- /bench -->",
        ] {
            assert!(with_table(wrong, "new").is_err(), "{wrong}");
        }
    }
}
