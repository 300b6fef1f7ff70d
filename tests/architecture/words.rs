//! Plain English: no document, schema or source has a word over which a native reader stumbles,
//! neither in prose nor in a name.

use crate::{files, read};

/// Words that a native reader stumbles over, each with what to write instead.
const STUMBLES: [(&str, &str); 11] = [
    ("anew", "again"),
    ("nought", "zero"),
    ("for ever", "permanently"),
    ("in vain", "without effect"),
    ("surroundings", "environment"),
    ("lay beside", "compare with"),
    ("lays beside", "compares with"),
    ("laid beside", "compared with"),
    ("all the same", "nevertheless"),
    ("who asks", "the reader, the caller, the client"),
    ("who asked", "the reader, the caller, the client"),
];

/// Migrations that are applied: their text is hashed, so it can never be edited.
const APPLIED: [&str; 4] = [
    "schemas/clickhouse/0001_topics.sql",
    "schemas/clickhouse/0003_counts.sql",
    "schemas/clickhouse/0010_item_counts.sql",
    "schemas/clickhouse/0011_records.sql",
];

/// This file must contain the words.
const THIS: &str = "tests/architecture/words.rs";

/// The beginnings of comment lines in any of our languages.
const MARKERS: [&str; 6] = ["//!", "///", "//", "#", "--", "*"];

/// A text as one line of lowercase words, so that a phrase is found across the end of a line and
/// within a name.
fn one_line(text: &str) -> String {
    let words = text.lines().flat_map(|line| {
        let line = line.trim_start();
        let marker = MARKERS.iter().find(|marker| line.starts_with(*marker));
        line[marker.map_or(0, |marker| marker.len())..].split(|c: char| !c.is_alphanumeric())
    });
    let mut line = String::from(" ");
    for word in words.filter(|word| !word.is_empty()) {
        line.push_str(&word.to_lowercase());
        line.push(' ');
    }
    line
}

/// The entries of [`STUMBLES`] that occur in a text.
fn stumbles(text: &str) -> Vec<(&'static str, &'static str)> {
    let line = one_line(text);
    let is_there = |phrase: &str| line.contains(&format!(" {phrase} "));
    STUMBLES.into_iter().filter(|(phrase, _)| is_there(phrase)).collect()
}

/// The documents in the root, and every text below the folders that hold texts of ours.
fn texts() -> Vec<String> {
    let endings = [".rs", ".md", ".toml", ".yaml", ".json", ".sql", ".css", ".sh"];
    let mut paths: Vec<_> = ["crates", "docs", "schemas", "tests"]
        .into_iter()
        .flat_map(|folder| files(folder, ""))
        .filter(|path| endings.iter().any(|ending| path.ends_with(ending)))
        .collect();
    // Most scripts have no ending.
    paths.extend(["deploy", ".ci"].into_iter().flat_map(|folder| files(folder, "")));
    let root = std::fs::read_dir(crate::root()).expect("the root can be read");
    let names = root.map(|entry| entry.expect("an entry").file_name().into_string());
    paths.extend(
        names
            .filter_map(Result::ok)
            .filter(|name| endings.iter().any(|ending| name.ends_with(ending))),
    );
    paths
}

#[test]
fn a_native_reader_stumbles_over_no_word() {
    let paths = texts();
    assert!(paths.len() > 300, "too few texts were found: {}", paths.len());
    let mut wrong = Vec::new();
    let is_excused = |path: &str| path == THIS || APPLIED.contains(&path);
    for path in paths.iter().filter(|path| !is_excused(path)) {
        let found = stumbles(&read(path)).into_iter();
        wrong.extend(found.map(|(phrase, instead)| format!("{path}: {phrase}: write {instead}")));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_phrase_is_found_across_the_end_of_a_line_and_within_a_name() {
    let found = |text| stumbles(text).into_iter().map(|(phrase, _)| phrase).collect::<Vec<_>>();
    assert_eq!(found("    /// It counts all\n    /// the same."), ["all the same"]);
    assert_eq!(found("fn a_topic_that_is_made_anew() {}"), ["anew"]);
    assert!(found("a new topic, and all of the same kind").is_empty());
}
