//! The public API answers as its OpenAPI description says.

use std::fs;
use std::path::Path;

use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

use crate::support::events::MONTH;
use crate::support::repository;
use crate::support::world;

const SCALE: &str = "0.0005";

/// The URL of the description, against which its references are resolved.
const FIGURES: &str = "file:///schemas/openapi/figures.yaml";
const LEDGER: &str = "file:///schemas/openapi/ledger.yaml";

/// URLs and the schemas of their responses.
const ANSWERS: [(&str, &str, &str); 17] = [
    ("/v1", FIGURES, "DataSets"),
    ("/v1/metrics", FIGURES, "Metrics"),
    ("/v1/metrics.csv-metadata.json", FIGURES, "TableMetadata"),
    ("/v1/provinces", FIGURES, "Provinces"),
    ("/v1/provinces/440000/months", FIGURES, "Months"),
    ("/v1/provinces/430000/months", FIGURES, "Months"),
    (MONTH, FIGURES, "Figures"),
    ("/v1/provinces/440000/months/2023-07/areas", FIGURES, "Rows"),
    ("/v1/provinces/440000/months/2023-07/areas?level=county&parent=440100", FIGURES, "Rows"),
    ("/v1/provinces/440000/months/2023-07/departments", FIGURES, "Rows"),
    ("/v1/provinces/440000/months/2023-07/items.json", FIGURES, "Rows"),
    ("/v1/provinces/440000/months/2023-07/items.csv-metadata.json", FIGURES, "TableMetadata"),
    ("/v1/provinces/440000/months/2023-07/items?channel=hall&limit=7", FIGURES, "Rows"),
    (
        "/v1/provinces/440000/months/2023-07/items?item=11440000SIM000001X2440000001001",
        FIGURES,
        "Rows",
    ),
    ("/v1/provinces/440000/months/2023-07/ledger", LEDGER, "Ledger"),
    ("/v1/provinces/440000/months/2023-07/ledger?by=partition&source=simulator", LEDGER, "Ledger"),
    ("/v1/provinces/440000/months/2023-07/ledger?source=nobody&offset=7", LEDGER, "Ledger"),
];

fn read(path: &str) -> Value {
    let text = fs::read_to_string(repository().join(path)).expect("the description can be read");
    // A reader of YAML knows no pairs of escapes, with which JSON writes rare characters.
    if Path::new(path).extension().is_some_and(|extension| extension == "json") {
        return serde_json::from_str(&text).expect("JSON");
    }
    serde_yaml_ng::from_str(&text).expect("YAML")
}

fn validator(registry: &Registry, file: &str, schema: &str) -> Validator {
    let schema = json!({"$ref": format!("{file}#/schemas/{schema}")});
    let options = jsonschema::draft202012::options();
    options.with_registry(registry).build(&schema).expect("a valid schema")
}

#[tokio::test]
async fn every_answer_of_the_public_api_is_as_it_is_described() {
    let world = world::start().await;
    world.simulate(SCALE, &[]).finish();
    println!("{}", world.reconcile(SCALE));
    world.until_items_are_counted(MONTH).await;

    let resources = [
        (FIGURES, read("schemas/openapi/figures.yaml")),
        (LEDGER, read("schemas/openapi/ledger.yaml")),
        ("file:///schemas/events/common.schema.json", read("schemas/events/common.schema.json")),
    ];
    let registry = Registry::new().extend(resources).expect("resources");
    let registry = registry.prepare().expect("references are resolved");
    for (address, file, schema) in ANSWERS {
        let answer = world.disclosed(address).await.unwrap_or_else(|| panic!("{address} answers"));
        let validator = validator(&registry, file, schema);
        let faults: Vec<_> =
            validator.iter_errors(&answer).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{address} is no {schema}: {faults:#?}");
    }

    // An unchanged response is not sent again.
    let tag = world.tag(MONTH).await;
    assert_eq!(world.status_if_none_match(MONTH, &tag).await, 304);
    assert_eq!(world.status_if_none_match(MONTH, "\"another\"").await, 200);

    // Every URL in the description exists.
    let description = read("schemas/openapi/disclosure.yaml");
    let paths = description["paths"].as_object().expect("paths").keys();
    for path in paths {
        let path = path.replace("{code}", "440000").replace("{month}", "2023-07");
        for extension in ["json", "csv", "csv-metadata.json"] {
            let path = path.replace("{extension}", extension);
            assert_eq!(world.status_if_none_match(&path, "\"another\"").await, 200, "{path}");
        }
    }
}
