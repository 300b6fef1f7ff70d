//! `haochaping bench` at a size so small that its figures mean nothing. The tests check that it
//! runs to its end, that both sides did the same work, and that it writes its results where it is
//! told to.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{run, run_well, run_with};

#[test]
fn a_row_measures_both_sides_with_the_same_records_and_writes_what_it_found() {
    let folder = TempDir::new().expect("a folder");
    let [json, markdown] = ["found.json", "found.md"].map(|name| folder.path().join(name));
    fs::write(&markdown, "before\n<!-- bench -->\n<!-- /bench -->\nafter\n")
        .expect("it is written");
    let [json_text, markdown_text] = [&json, &markdown].map(|path| path.to_str().expect("UTF-8"));
    let size = ["--rounds", "1", "--records", "3000"];
    let files = ["--json", json_text, "--markdown", markdown_text];
    // The bench fails and prints no figure if the two tables differ.
    let said = run_well(&[&["bench", "load"], &size[..], &files[..]].concat());

    let ratio = said.trim_end().lines().last().and_then(|line| line.strip_prefix("ratio "));
    let ratio: f64 = ratio.expect("the ratio comes last").parse().expect("a number");
    let found: Value = serde_json::from_slice(&fs::read(&json).expect("JSON")).expect("JSON");
    let measured = &found["rows"][0]["outcome"]["measured"];
    let line = &measured["lines"][0];
    let rate = |side: &str| line[side]["median"].as_f64().expect("a number");
    assert!((line["ratio"].as_f64().expect("a number") - ratio).abs() < 0.01, "{line}");
    assert!(rate("ours") > 0.0 && rate("reference") > 0.0, "{line}");
    assert_eq!(measured["details"]["records"], 3_000);
    let table = fs::read_to_string(&markdown).expect("Markdown");
    assert!(table.starts_with("before\n<!-- bench -->\nMeasured by"), "{table}");
    assert!(table.contains("| load: rows stored and committed |"), "{table}");
    assert!(table.ends_with("<!-- /bench -->\nafter\n"), "{table}");
}

#[test]
fn a_file_without_a_place_for_the_table_is_refused_before_anything_is_measured() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("README.md");
    fs::write(&file, "no marks").expect("it is written");
    let refused = run(&["bench", "load", "--markdown", file.to_str().expect("UTF-8")]);
    assert_eq!(refused.code, Some(1), "{refused}");
    let reason = "<!-- bench --> must stand in the document once";
    assert!(refused.err.contains(reason), "{refused}");
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "no marks");
}

/// As after `. keys/environment` in the README.
#[test]
fn the_bench_ignores_the_engines_that_the_shell_has_configured() {
    let another = [
        ("HAOCHAPING_CLICKHOUSE_USER", "haochaping"),
        ("HAOCHAPING_CLICKHOUSE_PASSWORD", "of another engine"),
    ];
    let bench = run_with(&["bench", "month", "--rounds", "1", "--records", "3000"], &another);
    assert!(bench.succeeded(), "{bench}");
    assert!(bench.words().contains("month: a month, JSON"), "{bench}");
}

/// The row compares the public API's figures for an item, a county and a channel with a count over
/// the records. It fails if one differs, or if none has a review.
#[test]
fn a_slice_is_what_the_records_say() {
    let said = run_well(&["bench", "slices", "--rounds", "1", "--records", "30000"]);
    assert!(said.contains("slices: a slice never requested before, p50"), "{said}");
}
