//! Generates docs/faults.md, the list of all faults, and holds it to the tests.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::support::repository;

/// If this variable is set, the test writes the list.
const WRITE: &str = "HAOCHAPING_WRITE_DOCS";

/// The beginning of the document.
const HEAD: &str = "# Faults

The faults that tests cause in the real binary and the real engines while events arrive. At the end,
most tests ask the oracle (`crates/torture/src/oracle.rs`): the acknowledged events, the records in
Kafka and those in ClickHouse must be one set without a gap, and the public figures must equal the
reference count over it. Tests that play a published month compare it with the disclosed one instead,
and the ledger must close. Where single figures or a refusal are the point, the test checks those.

This list is generated from the tests: `HAOCHAPING_WRITE_DOCS=1 cargo test --release faults::summary`.
`haochaping torture` mixes at random the faults that one broker and one ClickHouse can have.
";

/// The header of the table of a file.
const TABLE: &str = "| fault and moment | test |\n|---|---|\n";

/// docs/faults.md names every fault, its moment and its test.
#[test]
fn the_list_of_faults_is_that_of_the_tests() {
    let tests = repository().join("tests");
    let mut files: Vec<_> = fs::read_dir(tests.join("faults"))
        .expect("the folder is there")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| !path.ends_with("mod.rs") && !path.ends_with("summary.rs"))
        .chain([tests.join("deaths.rs")])
        .collect();
    files.sort();
    let sections: String = files.iter().map(|file| section(&tests, file)).collect();
    let list = format!("{HEAD}{sections}");
    assert!(list.matches("\n| ").count() > 20, "too few tests were found");
    let path = repository().join("docs/faults.md");
    if std::env::var_os(WRITE).is_some() {
        fs::write(&path, &list).expect("it is written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == list, "docs/faults.md is out of date: run the test again with {WRITE}=1");
}

/// The heading and the tests of a file.
fn section(tests: &Path, file: &Path) -> String {
    let text = fs::read_to_string(file).expect("a test");
    let heading = text.lines().take_while(|line| line.starts_with("//!"));
    let heading = words(heading.map(|line| line.trim_start_matches("//!")));
    let (title, rest) = heading.split_once(['.', ':', ',']).unwrap_or((&heading, ""));
    let link = file.strip_prefix(tests).expect("it is in there").display();
    let mut section = format!("\n## {title}\n\n");
    if !rest.trim().is_empty() {
        let _ = write!(section, "{heading}\n\n");
    }
    let _ = write!(section, "[tests/{link}](../tests/{link})\n\n{TABLE}");
    let mut comment = Vec::new();
    let mut is_test = false;
    for line in text.lines() {
        if let Some(said) = line.strip_prefix("///") {
            comment.push(said);
        } else if line.starts_with("#[") {
            is_test |= line.contains("test");
        } else {
            if let Some(name) = line.strip_prefix("async fn ").filter(|_| is_test) {
                let name = name.split('(').next().expect("a name");
                let _ = writeln!(section, "| {} | `{name}` |", words(comment.iter().copied()));
            }
            comment.clear();
            is_test = false;
        }
    }
    section
}

fn words<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.map(str::trim).collect::<Vec<_>>().join(" ")
}
