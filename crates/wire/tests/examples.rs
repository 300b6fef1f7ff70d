//! Every example under schemas/ is a test of the schemas, of the code, and of their agreement.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::EpochSeconds;
use domain::rules::{check_arrival, check_text};
use jsonschema::{Registry, Validator};
use serde::Deserialize;
use serde_json::Value;
use wire::{CloudEvent, Invalid};

/// The time at which the examples arrive. It is fixed, so that "the future" is fixed too.
const NOW: &str = "2023-08-14T00:00:00Z";

/// No example is later than this.
const LATE_MAX: Duration = Duration::from_hours(24 * 365 * 10);

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas")
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("an example can be read");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files of a folder that end in `.json`, without the expectations, in order.
fn examples(folder: &str) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(schemas().join("examples").join(folder))
        .expect("the folder exists")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter(|path| !path.to_string_lossy().ends_with(".expected.json"))
        .collect();
    paths.sort();
    paths
}

/// The JSON Schemas of whole events, by kind.
struct Schemas(Vec<(&'static str, Validator)>);

impl Schemas {
    fn load() -> Self {
        let all: Vec<Value> = fs::read_dir(schemas().join("events"))
            .expect("the folder exists")
            .map(|entry| read(&entry.expect("an entry").path()))
            .collect();
        let id = |schema: &Value| schema["$id"].as_str().expect("a schema has an $id").to_owned();
        let resources = all.iter().map(|schema| (id(schema), schema.clone()));
        let registry = Registry::new().extend(resources).expect("schemas are resources");
        let registry = registry.prepare().expect("references are resolved");
        let kinds = ["service", "review", "disposition"];
        let validator = |kind| {
            let schema = read(&schemas().join(format!("events/{kind}.envelope.schema.json")));
            jsonschema::draft202012::options()
                .with_registry(&registry)
                .should_validate_formats(true)
                .build(&schema)
                .expect("a valid schema")
        };
        Self(kinds.map(|kind| (kind, validator(kind))).into())
    }

    fn accept(&self, event: &Value) -> bool {
        self.0.iter().any(|(_, validator)| validator.is_valid(event))
    }
}

fn intake(json: &[u8]) -> Result<(), Invalid> {
    let now: EpochSeconds = NOW.parse().expect("an instant");
    let event = CloudEvent::parse(json)?;
    check_text(&event.event)?;
    Ok(check_arrival(&event.event, now, LATE_MAX)?)
}

#[test]
fn every_good_example_is_accepted_and_is_the_same_after_it_was_written_again() {
    let schemas = Schemas::load();
    let paths = examples("good");
    assert!(paths.len() >= 12);
    for path in paths {
        let name = path.display();
        let json = fs::read(&path).expect("an example can be read");
        assert!(schemas.accept(&read(&path)), "{name}: the schema refuses it");
        intake(&json).unwrap_or_else(|invalid| panic!("{name}: {invalid}"));

        let event = CloudEvent::parse(&json).expect("it was accepted");
        let canonical = event.to_json();
        assert_eq!(CloudEvent::parse(&canonical).as_ref(), Ok(&event), "{name}");
        let canonical: Value = serde_json::from_slice(&canonical).expect("JSON");
        assert!(schemas.accept(&canonical), "{name}: the schema refuses {canonical}");
    }
}

#[derive(Deserialize)]
struct Expected {
    pointer: String,
    detail_contains: String,
    rule: Rule,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Rule {
    Schema,
    Time,
}

#[test]
fn every_bad_example_is_refused_with_a_pointer_to_the_field_that_is_wrong() {
    let schemas = Schemas::load();
    let paths = examples("bad");
    assert!(paths.len() >= 40);
    let mut wrong = Vec::new();
    for path in paths {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let expected: Expected =
            serde_json::from_value(read(&path.with_extension("expected.json"))).expect("a fault");
        let refused_by_schema = !schemas.accept(&read(&path));
        if refused_by_schema != (expected.rule == Rule::Schema) {
            wrong.push(format!("{name}: refused by the schema: {refused_by_schema}"));
        }
        match intake(&fs::read(&path).expect("an example can be read")) {
            Ok(()) => wrong.push(format!("{name}: accepted")),
            Err(invalid) => {
                if invalid.pointer != expected.pointer
                    || !invalid.detail.contains(&expected.detail_contains)
                {
                    let Expected { pointer, detail_contains, .. } = expected;
                    wrong.push(format!("{name}: {invalid}; expected {pointer}: {detail_contains}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
