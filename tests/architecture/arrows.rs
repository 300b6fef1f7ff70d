//! The direction of the arrows between crates.

use std::collections::BTreeSet;
use std::fs;

use toml::Table;

use crate::{read, root};

/// All crates, in the order in which arrows point: a crate knows only those before it.
const ORDER: [&str; 20] = [
    "domain",
    "wire",
    "client",
    "services",
    "daemon",
    "topics",
    "tables",
    "figures",
    "accounts",
    "ingest",
    "loader",
    "counter",
    "auditor",
    "disclosure",
    "embedded",
    "simulator",
    "testbed",
    "torture",
    "bench",
    "haochaping",
];

/// Arrows that the order would allow and a promise forbids, with the promise.
const FORBIDDEN: [(&str, &str, &str); 5] = [
    ("auditor", "loader", "an audit that used what it audits would share its faults"),
    ("auditor", "counter", "an audit that used what it audits would share its faults"),
    ("counter", "loader", "what is counted is read from the tables, as anybody could read it"),
    ("disclosure", "loader", "the public reads what rests in the tables"),
    ("disclosure", "counter", "the public reads what rests in the tables"),
];

/// Crates that decide purely, and the crates of others that would give them IO, a clock or a runtime.
const PURE: [&str; 3] = ["domain", "wire", "figures"];
const IMPURE: [&str; 8] =
    ["axum", "clickhouse", "hyper", "metrics", "rdkafka", "reqwest", "rustix", "tokio"];

/// Crates that alone speak to an engine, and the client of it.
const CLIENTS: [(&str, &[&str]); 2] = [("rdkafka-sys", &["topics"]), ("libloading", &["embedded"])];

fn manifest(path: &str) -> Table {
    read(path).parse().unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn depends_on(manifest: &Table, section: &str) -> BTreeSet<String> {
    let dependencies = manifest.get(section).and_then(toml::Value::as_table);
    dependencies.map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

/// What a crate depends on as a product.
fn dependencies(name: &str) -> BTreeSet<String> {
    depends_on(&manifest(&format!("crates/{name}/Cargo.toml")), "dependencies")
}

#[test]
fn every_crate_has_its_place_in_the_order() {
    let found: BTreeSet<String> = fs::read_dir(root().join("crates"))
        .expect("there are crates")
        .map(|entry| entry.expect("a folder").file_name().into_string().expect("UTF-8"))
        .collect();
    let listed: BTreeSet<String> = ORDER.map(str::to_owned).into();
    assert_eq!(found, listed);
}

/// The map lists the crates in the order in which arrows point, each with the files to begin with.
#[test]
fn the_map_has_every_crate_in_the_order_and_files_that_exist() {
    let text = read("ARCHITECTURE.md");
    let (_, map) = text.split_once("| begin reading at |").expect("there is a map");
    let lines: Vec<_> = map.lines().skip(2).take_while(|line| line.starts_with("| [")).collect();
    let mut listed = Vec::new();
    for line in lines {
        let code = |text: &str| -> Vec<String> {
            text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
        };
        let cells: Vec<_> = line.trim_matches('|').split(" | ").collect();
        let [name, _, files] = cells[..] else { panic!("{line}") };
        let name = code(name).swap_remove(0);
        let files = code(files);
        assert!(!files.is_empty(), "{line}");
        for file in files {
            let path = format!("crates/{name}/src/{file}");
            assert!(root().join(&path).exists(), "ARCHITECTURE.md names {path}");
        }
        listed.push(name);
    }
    assert_eq!(listed, ORDER);
}

#[test]
fn a_crate_knows_only_those_before_it() {
    for (position, name) in ORDER.iter().enumerate() {
        let manifest = manifest(&format!("crates/{name}/Cargo.toml"));
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for known in depends_on(&manifest, section) {
                if let Some(its_position) = ORDER.iter().position(|it| *it == known) {
                    assert!(its_position < position, "{name} must not know {known} ({section})");
                }
            }
        }
    }
}

#[test]
fn arrows_that_would_break_a_promise_are_not_drawn() {
    let mut wrong = Vec::new();
    for (name, known, why) in FORBIDDEN {
        if dependencies(name).contains(known) {
            wrong.push(format!("{name} must not know {known}: {why}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_decides_purely_has_no_io_no_clock_and_no_runtime() {
    for name in PURE {
        for known in dependencies(name) {
            assert!(!IMPURE.contains(&&*known), "{name} decides purely and must not know {known}");
        }
    }
    assert!(!dependencies("domain").contains("serde"), "how events look is decided in wire");
}

#[test]
fn a_library_of_c_is_spoken_to_in_one_crate() {
    for name in ORDER {
        for known in dependencies(name) {
            let allowed = CLIENTS.iter().find(|(client, _)| *client == known);
            if let Some((client, allowed)) = allowed {
                assert!(allowed.contains(&name), "{name} must not know {client}");
            }
        }
    }
}

/// The packages of tests that run no engine depend on nothing that would start one.
#[test]
fn tests_without_engines_depend_only_on_what_they_test() {
    for package in ["model", "fuzz", "architecture"] {
        let known =
            depends_on(&manifest(&format!("tests/{package}/Cargo.toml")), "dev-dependencies");
        for heavy in ["embedded", "testbed", "torture", "bench", "haochaping"] {
            assert!(!known.contains(heavy), "tests/{package} must not know {heavy}");
        }
    }
}
