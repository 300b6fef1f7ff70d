//! SQL that reads or defines tables stands in `tables`, and nowhere else.

use std::collections::BTreeMap;

use crate::source::texts;
use crate::{files, read};

/// What a text of SQL has in it. Capitals, as the project writes SQL everywhere.
const WORDS: [&str; 21] = [
    "SELECT ",
    "FROM ",
    "WHERE ",
    "PREWHERE ",
    "GROUP BY ",
    "ORDER BY ",
    "LIMIT BY ",
    " FINAL",
    "INSERT INTO ",
    "CREATE TABLE",
    "CREATE DATABASE",
    "CREATE VIEW",
    "CREATE MATERIALIZED",
    "ALTER TABLE",
    "DROP TABLE",
    "DROP DATABASE",
    "RENAME TABLE",
    "EXCHANGE TABLES",
    "OPTIMIZE TABLE",
    "TRUNCATE TABLE",
    "DETACH TABLE",
];

/// Where SQL may stand outside `tables`, and why.
const ALLOWED: [(&str, &str); 3] = [
    ("crates/bench/src/", "measurements have references and databases of their own"),
    ("crates/testbed/src/", "a test looks at what is stored as a stranger would"),
    (
        "crates/torture/src/",
        "an oracle that asked by the product's own text would share its faults",
    ),
];

fn is_sql(text: &str) -> bool {
    WORDS.iter().any(|word| text.contains(word))
}

/// Texts of SQL by file, of all crates but `tables`, without tests.
fn found() -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for path in files("crates", ".rs") {
        let is_product = path.contains("/src/") && !path.ends_with("/tests.rs");
        if !is_product || path.contains("/tests/") || path.starts_with("crates/tables/") {
            continue;
        }
        let statements: Vec<_> = texts(&read(&path)).into_iter().filter(|it| is_sql(it)).collect();
        if !statements.is_empty() {
            found.insert(path, statements);
        }
    }
    found
}

#[test]
fn sql_that_reads_or_defines_tables_stands_in_tables_alone() {
    let mut wrong = Vec::new();
    for (path, statements) in found() {
        let is_allowed = ALLOWED.iter().any(|(allowed, _)| path.starts_with(allowed));
        if !is_allowed {
            let first = statements[0].lines().next().unwrap_or_default();
            wrong.push(format!("{path}: {} texts, the first begins: {first}", statements.len()));
        }
    }
    assert!(wrong.is_empty(), "SQL belongs into crates/tables:\n{}", wrong.join("\n"));
}

/// A permission that nobody needs any more would let SQL come back unseen.
#[test]
fn every_permission_for_sql_elsewhere_is_needed() {
    let found = found();
    for (allowed, why) in ALLOWED {
        assert!(found.keys().any(|path| path.starts_with(allowed)), "{allowed} has no SQL: {why}");
    }
}
