//! What describes the columns of a table, beside the table: metadata of CSV on the Web (W3C, "Metadata
//! Vocabulary for Tabular Data"), at the address of the table with `-metadata.json` after it, where its
//! readers look. It comes from the same columns as the table.

use ::figures::Words;
use http::Uri;
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::cache::Answer;
use crate::dataset::Kind;
use crate::dataset::dictionary::{DataSet, Field, INDEX, data_sets};
use crate::resource::{Dimension, Resource, dimension};

/// The media type of the metadata.
const CONTENT_TYPE: &str = "application/csvm+json";

/// Describes the table of a resource, which lies beside the address that was asked for.
pub(crate) fn of_resource(resource: &Resource, asked_for: &Uri) -> Answer {
    of_table_at(data_set(resource), asked_for)
}

/// Describes the list of data sets.
pub(crate) fn of_index(asked_for: &Uri) -> Answer {
    of_table_at(INDEX, asked_for)
}

fn of_table_at(address: &str, asked_for: &Uri) -> Answer {
    let set = data_sets().into_iter().find(|set| set.address == address);
    let last = asked_for.path().rsplit('/').next().unwrap_or_default();
    let table = last.trim_end_matches("-metadata.json");
    let query = asked_for.query().map(|query| format!("?{query}")).unwrap_or_default();
    of(&set.expect("a test asks for every resource"), &format!("{table}{query}"))
}

/// Under which address the dictionary has a resource.
fn data_set(resource: &Resource) -> &'static str {
    match resource {
        Resource::Provinces => "/provinces",
        Resource::Metrics => "/metrics",
        Resource::Months(_) => "/provinces/{code}/months",
        Resource::Figures(..) => "/provinces/{code}/months/{month}",
        Resource::Rows(_, _, breakdown, _) => match dimension(breakdown) {
            Dimension::Area => "/provinces/{code}/months/{month}/areas",
            Dimension::Department => "/provinces/{code}/months/{month}/departments",
            Dimension::Item => "/provinces/{code}/months/{month}/items",
        },
        Resource::Ledger(..) => "/provinces/{code}/months/{month}/ledger",
    }
}

/// Describes a table. `url` is its address, as seen from the metadata.
pub(crate) fn of(set: &DataSet, url: &str) -> Answer {
    let columns: Vec<_> = set.fields.iter().map(column).collect();
    let body = json!({
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "zh"}],
        "url": url,
        "dc:title": in_both(set.title),
        "dialect": {
            "encoding": "utf-8",
            "header": true,
            "delimiter": ",",
            "quoteChar": "\"",
            "doubleQuote": true,
            "lineTerminators": ["\r\n"],
        },
        "tableSchema": {"columns": columns},
    });
    let bytes = serde_json::to_vec(&body).expect("keys of bodies are texts");
    Answer::new(CONTENT_TYPE, bytes)
}

/// A column by its name in the first line, with what people call it.
#[derive(Serialize)]
struct ColumnBody {
    name: &'static str,
    titles: &'static str,
    #[serde(rename = "dc:title")]
    title: Json,
    datatype: &'static str,
    /// What stands in a field that is not known.
    null: &'static str,
}

fn column(field: &Field) -> ColumnBody {
    let Field { id, title, kind, .. } = *field;
    let title = in_both(title);
    ColumnBody { name: id, titles: id, title, datatype: datatype(kind), null: "" }
}

fn in_both((zh, en): Words) -> Json {
    json!([{"@value": zh, "@language": "zh"}, {"@value": en, "@language": "en"}])
}

/// The type, by its name in CSV on the Web. A code is a text, although it may have digits only: it has
/// more of them than a number keeps.
fn datatype(kind: Kind) -> &'static str {
    match kind {
        Kind::Code | Kind::Text => "string",
        Kind::Month => "gYearMonth",
        Kind::Moment => "dateTimeStamp",
        Kind::Flag => "boolean",
        Kind::Count => "nonNegativeInteger",
        Kind::Number => "double",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::dictionary::data_sets;

    #[test]
    fn every_column_is_described_by_its_name_and_codes_are_texts() {
        for set in data_sets() {
            let answer = of(&set, "table.csv");
            let body: Json = serde_json::from_slice(answer.body()).expect("JSON");
            let columns = body["tableSchema"]["columns"].as_array().expect("columns");
            let names: Vec<_> = columns.iter().map(|column| &column["name"]).collect();
            let ids: Vec<_> = set.fields.iter().map(|field| field.id).collect();
            assert_eq!(names, ids, "{}", set.address);
            let code = columns.iter().find(|column| column["name"] == "code");
            assert!(code.is_none_or(|code| code["datatype"] == "string"), "{}", set.address);
        }
    }

    #[test]
    fn a_table_is_described_as_csv_on_the_web_has_it() {
        let sets = data_sets();
        let set = sets.iter().find(|set| set.address.ends_with("/areas")).expect("areas");
        let body: Json = serde_json::from_slice(of(set, "areas.csv").body()).expect("JSON");
        insta::assert_json_snapshot!(body["tableSchema"]["columns"][11], @r#"
        {
          "datatype": "string",
          "dc:title": [
            {
              "@language": "zh",
              "@value": "所属地区代码"
            },
            {
              "@language": "en",
              "@value": "Part of the area"
            }
          ],
          "name": "parent",
          "null": "",
          "titles": "parent"
        }
        "#);
        assert_eq!(body["url"], "areas.csv");
        assert_eq!(body["@context"][0], "http://www.w3.org/ns/csvw");
    }
}
