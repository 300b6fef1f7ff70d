//! JSON Schema and the code see the same characters.

use std::path::Path;

use domain::rules::check_text;
use jsonschema::Validator;
use serde_json::{Value, json};
use wire::CloudEvent;

fn schemas() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas")
}

fn read(name: &str) -> Value {
    let text = std::fs::read_to_string(schemas().join(name)).expect("a file");
    serde_json::from_str(&text).expect("JSON")
}

fn validator(definition: &str) -> Validator {
    let mut schema = read("events/common.schema.json");
    schema["$ref"] = format!("#/$defs/{definition}").into();
    jsonschema::draft202012::options().build(&schema).expect("a valid schema")
}

/// Whether the code accepts a service or a review with this text in a field.
fn accepts(event: &Value, field: &str, text: &str) -> bool {
    let mut event = event.clone();
    event["data"][field] = text.into();
    let json = event.to_string();
    CloudEvent::parse(json.as_bytes()).is_ok_and(|event| check_text(&event.event).is_ok())
}

/// Every character alone, and after one that can be seen.
#[test]
fn a_character_is_seen_and_stands_in_a_name_for_the_schema_if_it_does_for_the_code() {
    let (name, words) = (validator("item_name"), validator("visible"));
    let service = read("examples/good/service.json");
    let review = read("examples/good/review-very-dissatisfied-with-text.json");
    // Beyond these planes nothing is assigned, except for private use. Nobody would notice what becomes
    // of one ideograph, syllable or hieroglyph among thousands.
    let planes = (0..0x2_0000).chain(0xE_0000..0xE_1010);
    let is_of_many =
        |number| matches!(number, 0x3400..=0xD7FF | 0xE000..=0xF8FF | 0x1_2000..=0x1_BBFF);
    let numbers = planes.filter(|number| !is_of_many(*number));
    for c in numbers.filter_map(char::from_u32) {
        let alone = c.to_string();
        assert_eq!(
            words.is_valid(&json!(alone)),
            accepts(&review, "text", &alone),
            "{c:?} as words"
        );
        for text in [alone, format!("a{c}")] {
            let of_schema = name.is_valid(&json!(text));
            assert_eq!(of_schema, accepts(&service, "item_name", &text), "{text:?} as a name");
        }
    }
}
