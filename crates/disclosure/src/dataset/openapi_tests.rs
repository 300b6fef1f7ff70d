//! The description of the API says of every figure what the dictionary says.

use ::figures::Slice;
use serde_json::Value as Json;

use super::dictionary::data_sets;
use super::{Column, measures, rows};
use crate::format::{documents, tables};
use crate::model::Row;
use crate::resource::Dimension;

/// A file of the description, as JSON.
fn description(text: &str) -> Json {
    serde_yaml_ng::from_str(text).expect("the description can be read")
}

fn schemas() -> Json {
    description(include_str!("../../../../schemas/openapi/figures.yaml"))["schemas"].take()
}

/// Checks what the description says of a column in the schema of its object.
fn assert_defined<L>(schemas: &Json, schema: &str, column: &Column<L>) {
    let Some(metric) = column.metric else { return };
    // The ends of an interval are described by themselves.
    if column.path.object.is_none() && column.id != metric.id {
        let words = schemas[schema]["properties"][column.id]["description"].as_str();
        assert!(words.is_some_and(|words| words.contains("95 % interval")), "{}", column.id);
        return;
    }
    let properties = &schemas[schema]["properties"];
    let words = match column.path.object {
        None => &properties[column.path.field]["description"],
        // The levels of active reviews and of all have one description.
        Some("active_levels") => return,
        // A rate is described where it stands, and its parts once for all rates.
        Some(object) if object == metric.id => &properties[object]["description"],
        Some(object) => {
            let reference = properties[object]["$ref"].as_str().expect("a reference");
            let schema = reference.rsplit('/').next().expect("a name");
            &schemas[schema]["properties"][column.path.field]["description"]
        }
    };
    let words = words.as_str().unwrap_or_else(|| panic!("{} is not described", column.id));
    let (_, definition) = metric.definition;
    assert!(words.starts_with(definition), "{}: {words}", column.id);
    assert!(words.contains(metric.name.0), "{} by its Chinese name: {words}", column.id);
}

#[test]
fn every_figure_is_described_as_the_dictionary_defines_it() {
    let schemas = schemas();
    for column in measures::of_month(|slice: &Slice| slice) {
        assert_defined(&schemas, "Slice", &column);
    }
    for dimension in [Dimension::Area, Dimension::Department, Dimension::Item] {
        for column in rows::row_columns(dimension, |row: &Row| row, |row: &Row| &row.slice) {
            assert_defined(&schemas, "Row", &column);
        }
    }
}

#[test]
fn the_examples_of_the_dictionary_are_entries_of_it() {
    let answer = documents::of_metrics();
    let answer: Json = serde_json::from_slice(answer.body()).expect("JSON");
    let example = &schemas()["Metric"]["examples"][0];
    let metrics = answer["metrics"].as_array().expect("a list");
    assert!(metrics.contains(example), "{example}");

    let text = include_str!("../../../../schemas/openapi/disclosure.yaml");
    let ok = &description(text)["paths"]["/v1/metrics"]["get"]["responses"]["200"];
    let example = ok["content"]["text/csv"]["example"].as_str().expect("an example");
    let answer = tables::of_metrics(false);
    let answer = std::str::from_utf8(answer.body()).expect("UTF-8");
    for line in example.lines() {
        assert!(answer.split("\r\n").any(|answered| answered == line), "{line}");
    }
}

/// The first line of an example of CSV, by the path of its address.
fn first_lines(description: &Json) -> Vec<(String, String)> {
    let paths = description["paths"].as_object().expect("paths").iter();
    let examples = paths.filter_map(|(path, item)| {
        let csv = &item["get"]["responses"]["200"]["content"]["text/csv"];
        let first = csv["example"].as_str()?.lines().next()?;
        Some((path.clone(), first.to_owned()))
    });
    examples.collect()
}

#[test]
fn the_examples_of_tables_have_the_columns_of_the_tables() {
    let text = include_str!("../../../../schemas/openapi/disclosure.yaml");
    let examples = first_lines(&description(text));
    for set in data_sets() {
        let path = format!("/v1{}", set.address);
        let example = examples.iter().find(|(of, _)| *of == path);
        let (_, first) = example.unwrap_or_else(|| panic!("{path} has an example"));
        let ids: Vec<_> = set.fields.iter().map(|field| field.id).collect();
        assert_eq!(*first, ids.join(","), "{path}");
    }
}
