//! Inputs that fuzzing found, each as an example.

use serde_json::Value;
use wire::CloudEvent;

/// Replaces one field of a good review with raw JSON, and returns the error, if any.
fn review_with(field: &str, json: &str) -> Option<String> {
    let review = include_str!("../../schemas/examples/good/review-satisfied.json");
    let mut review: Value = serde_json::from_str(review).expect("an example");
    let (parent, key) = field.rsplit_once('/').expect("a pointer");
    let parent = review.pointer_mut(parent).expect("it is there");
    parent[key] = "RAW".into();
    let review = review.to_string().replace("\"RAW\"", json);
    CloudEvent::parse(review.as_bytes()).err().map(|invalid| invalid.pointer)
}

/// Attributes that are accepted and discarded used to be unchecked: they could hold anything, even
/// numbers that other JSON parsers cannot represent.
#[test]
fn a_discarded_attribute_must_obey_the_schema() {
    for field in ["/time", "/traceparent", "/tracestate", "/datacontenttype"] {
        assert_eq!(review_with(field, "null"), None, "null is unset");
        for wrong in ["1e400", "{\"phone\": 1}", "[]", "\"\\ud800\""] {
            assert_eq!(review_with(field, wrong).as_deref(), Some(field), "{wrong}");
        }
    }
    assert_eq!(review_with("/traceparent", "\"what nobody reads\""), None);
    assert_eq!(review_with("/time", "\"2023-07-05t10:11:12.25z\""), None);
}

/// Parsers of times are more lenient than the schema, each in its own way. A source would see an
/// event accepted here and refused elsewhere, or read as another instant.
#[test]
fn an_instant_must_have_the_form_of_the_schema() {
    for wrong in [
        "2023-07-05 10:11:12Z",
        "2023-07-05t10:11:12z",
        "20230705T101112Z",
        "2023-07-05T10:11Z",
        "2023-07-05T10:11:12,5Z",
        "2023-07-05T10:11:12+0800",
        "2023-07-05T10:11:12+25:59",
        "2023-07-05T10:11:12+08:00[Asia/Shanghai]",
        "2023-07-05T23:59:61Z",
        "2100-01-01T00:00:00Z",
    ] {
        let pointer = review_with("/data/rated_at", &format!("\"{wrong}\""));
        assert_eq!(pointer.as_deref(), Some("/data/rated_at"), "{wrong}");
    }
}
