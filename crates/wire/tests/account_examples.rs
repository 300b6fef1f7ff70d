//! Every example under schemas/examples/accounts is a test, of the schemas and of the code.

use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::{Registry, Validator};
use serde_json::Value;
use wire::Account;

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

fn validator() -> Validator {
    let resources = files("events").into_iter().map(|path| {
        let schema = read(&path);
        (schema["$id"].as_str().expect("a schema has an $id").to_owned(), schema)
    });
    let registry = Registry::new().extend(resources).expect("schemas are resources");
    let registry = registry.prepare().expect("references are resolved");
    let schema = read(&schemas().join("events/account_changed.envelope.schema.json"));
    let options = jsonschema::draft202012::options();
    options.with_registry(&registry).build(&schema).expect("a valid schema")
}

#[test]
fn every_good_account_is_accepted_and_is_written_again_the_same() {
    let validator = validator();
    let paths = files("examples/accounts/good");
    assert!(paths.len() >= 4);
    for path in paths {
        let (name, value) = (path.display(), read(&path));
        assert!(validator.is_valid(&value), "{name}: the schema refuses it");
        let account = Account::parse(value.to_string().as_bytes());
        let account = account.unwrap_or_else(|invalid| panic!("{name}: {invalid}"));
        let written: Value = serde_json::from_slice(&account.to_json()).expect("JSON");
        assert_eq!(written, value, "{name}");
    }
}

#[test]
fn every_bad_account_is_refused_by_the_schema_and_by_the_code_at_the_same_field() {
    let validator = validator();
    let paths = files("examples/accounts/bad");
    assert!(paths.len() >= 16);
    for path in paths {
        let (name, value) = (path.display(), read(&path));
        assert!(!validator.is_valid(&value), "{name}: the schema accepts it");
        let expected = read(&path.with_extension("expected.json"));
        let invalid = Account::parse(value.to_string().as_bytes()).expect_err("it is bad");
        assert_eq!(invalid.pointer, expected["pointer"], "{name}: {invalid}");
        let contained = expected["detail_contains"].as_str().expect("words");
        assert!(invalid.detail.contains(contained), "{name}: {invalid}");
    }
}
