//! The examples and the schemas of the repository.

use std::fs;
use std::path::PathBuf;

use jsonschema::{Registry, Validator};
use serde_json::Value;

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../schemas").join(name)
}

fn files(name: &str) -> Vec<Vec<u8>> {
    let mut paths: Vec<_> = fs::read_dir(folder(name))
        .expect("the folder exists")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter(|path| !path.to_string_lossy().ends_with(".expected.json"))
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("it can be read")).collect()
}

/// All examples, good and bad.
pub fn examples() -> Vec<Vec<u8>> {
    [files("examples/good"), files("examples/bad")].concat()
}

/// The schemas of events.
pub struct Schemas(Vec<Validator>);

impl Schemas {
    /// All schemas of events by their names.
    pub fn sources() -> Vec<(String, Value)> {
        let all = files("events");
        let parse = |json: &Vec<u8>| serde_json::from_slice::<Value>(json).expect("a schema");
        let named = all.iter().map(parse).map(|schema| {
            let id = schema["$id"].as_str().expect("a schema has an $id").to_owned();
            (id, schema)
        });
        named.collect()
    }

    pub fn load() -> Self {
        let named = Self::sources();
        let registry = Registry::new().extend(named.clone()).expect("schemas are resources");
        let registry = registry.prepare().expect("references are resolved");
        let of_events = named.iter().filter(|(id, _)| id.contains(".envelope."));
        let validator = |(_, schema): &(String, Value)| {
            jsonschema::draft202012::options()
                .with_registry(&registry)
                .should_validate_formats(true)
                .build(schema)
                .expect("a valid schema")
        };
        Self(of_events.map(validator).collect())
    }

    pub fn accept(&self, event: &Value) -> bool {
        self.0.iter().any(|validator| validator.is_valid(event))
    }
}
