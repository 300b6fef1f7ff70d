//! Every example under schemas/examples/quarantine is a test of the schemas and of the code.

use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::{Registry, Validator};
use serde_json::Value;
use wire::QuarantineEntry;

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas")
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("an example can be read");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(schemas().join(folder)).expect("the folder exists");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| !path.to_string_lossy().ends_with(".expected.json"));
    paths.sort();
    paths
}

fn validators() -> Vec<Validator> {
    let resources = files("events").into_iter().map(|path| {
        let schema = read(&path);
        (schema["$id"].as_str().expect("a schema has an $id").to_owned(), schema)
    });
    let registry = Registry::new().extend(resources).expect("schemas are resources");
    let registry = registry.prepare().expect("references are resolved");
    let validator = |name| {
        let schema = read(&schemas().join(format!("events/{name}.envelope.schema.json")));
        let options = jsonschema::draft202012::options();
        options.with_registry(&registry).build(&schema).expect("a valid schema")
    };
    ["record_quarantined", "record_discarded"].map(validator).into()
}

#[test]
fn every_good_entry_is_accepted_and_is_written_again_byte_for_byte_the_same() {
    let validators = validators();
    let paths = files("examples/quarantine/good");
    assert!(paths.len() >= 5);
    for path in paths {
        let (name, value) = (path.display(), read(&path));
        assert!(validators.iter().any(|it| it.is_valid(&value)), "{name}: the schema refuses it");
        let json = value.to_string();
        let entry =
            QuarantineEntry::parse(json.as_bytes()).unwrap_or_else(|it| panic!("{name}: {it}"));
        let written: Value = serde_json::from_slice(&entry.to_json()).expect("JSON");
        assert_eq!(written, value, "{name}");
    }
}

#[test]
fn every_bad_entry_is_refused_by_the_schema_and_by_the_code_at_the_same_field() {
    let validators = validators();
    let paths = files("examples/quarantine/bad");
    assert!(paths.len() >= 10);
    for path in paths {
        let (name, value) = (path.display(), read(&path));
        assert!(!validators.iter().any(|it| it.is_valid(&value)), "{name}: the schema accepts it");
        let expected = read(&path.with_extension("expected.json"));
        let invalid = QuarantineEntry::parse(value.to_string().as_bytes()).expect_err("it is bad");
        assert_eq!(invalid.pointer, expected["pointer"], "{name}: {invalid}");
        let contained = expected["detail_contains"].as_str().expect("words");
        assert!(invalid.detail.contains(contained), "{name}: {invalid}");
    }
}
