//! The schemas and the code accept the same events.
//!
//! Events are made from the schemas, valid ones and some beside, and good ones are changed. A
//! validator of JSON Schema and the code must then be of one opinion, in both directions.

use std::borrow::Cow;
use std::cell::Cell;

use domain::rules::check_text;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;
use wire::{Attributes, CloudEvent, Invalid};

use crate::fuzz;
use crate::generate::Sources;
use crate::schemas::{Schemas, examples};
use crate::spoil::changed;

/// The rules that JSON Schema cannot say: they compare one field with another.
const RULES_BETWEEN_FIELDS: [(&str, &str); 2] = [
    ("/data/rated_at", "must not be before the day of the service or visit"),
    ("/data/rated_at", "must be within 15 months of the service or visit"),
];

/// A pattern cannot say either in which year an instant lies in UTC. The first and the last day of the
/// years that are accepted, as they may be written in other offsets:
const DAYS_OF_TWO_YEARS: [&str; 4] = ["1969-12-31", "1970-01-01", "2099-12-31", "2100-01-01"];

/// Whether an instant of an event lies where its year depends on the offset.
pub fn is_at_the_turn_of_a_year(event: &Value) -> bool {
    let pointers = ["/data/rated_at", "/data/decided_at", "/data/review/rated_at"];
    let mut instants = pointers.iter().filter_map(|pointer| event.pointer(pointer)?.as_str());
    instants.any(|instant| DAYS_OF_TWO_YEARS.iter().any(|day| instant.starts_with(day)))
}

/// What the code says of an event, whoever sends it and whenever it arrives.
fn verdict(json: &[u8]) -> Result<(), Invalid> {
    let event = CloudEvent::parse(json)?;
    Ok(check_text(&event.event)?)
}

#[test]
fn the_code_accepts_what_the_schemas_accept_and_nothing_else() {
    let schemas = Schemas::load();
    let sources = Sources(Schemas::sources());
    let kinds = ["service", "review", "disposition"];
    let made = kinds.map(|kind| sources.values_of(&format!("{kind}.envelope.schema.json")));
    let made = prop::strategy::Union::new(made).prop_map(|event| event.to_string().into_bytes());
    let made = made.boxed();
    let events = prop_oneof![
        2 => made.clone(),
        2 => changed(made, 1..3),
        3 => changed(select(examples()), 0..3),
    ];
    let (accepted, refused) = (Cell::new(0_u64), Cell::new(0_u64));
    fuzz("agreement", &events, |json| {
        let text = String::from_utf8_lossy(&json);
        let verdict = verdict(&json);
        let Ok(value) = serde_json::from_slice::<Value>(&json) else {
            prop_assert!(verdict.is_err(), "it is no JSON, and is accepted: {}", text);
            return Ok(());
        };
        if is_at_the_turn_of_a_year(&value) {
            return Ok(());
        }
        match verdict {
            Ok(()) => {
                prop_assert!(schemas.accept(&value), "only the code accepts {}", text);
                accepted.set(accepted.get() + 1);
            }
            Err(invalid) => {
                let is_between_fields = RULES_BETWEEN_FIELDS
                    .contains(&(invalid.pointer.as_str(), invalid.detail.as_str()));
                prop_assert!(
                    is_between_fields || !schemas.accept(&value),
                    "only the schema accepts {}: {}",
                    text,
                    invalid
                );
                refused.set(refused.get() + 1);
            }
        }
        Ok(())
    });
    let (accepted, refused) = (accepted.get(), refused.get());
    println!("agreement: {accepted} accepted, {refused} refused");
    assert!(accepted > 100 && refused > 100, "{accepted} accepted, {refused} refused");
}

/// The same event in binary mode: its attributes, as texts, and its data.
fn in_binary_mode(event: &Value) -> Option<(Attributes<'_>, Vec<u8>)> {
    let text = |name: &str| event.get(name).and_then(Value::as_str).map(Cow::Borrowed);
    let attributes = Attributes {
        specversion: text("specversion")?,
        id: text("id")?,
        source: text("source")?,
        event_type: text("type")?,
        time: text("time"),
        datacontenttype: text("datacontenttype"),
    };
    let has_only_texts = ["time", "datacontenttype"]
        .iter()
        .all(|name| matches!(event.get(*name), None | Some(Value::Null | Value::String(_))));
    has_only_texts.then(|| (attributes, event["data"].to_string().into_bytes()))
}

#[test]
fn an_event_is_accepted_in_binary_mode_if_it_is_in_structured_mode() {
    let sources = Sources(Schemas::sources());
    let kinds = ["service", "review", "disposition"];
    let made = kinds.map(|kind| sources.values_of(&format!("{kind}.envelope.schema.json")));
    let made = prop::strategy::Union::new(made).prop_map(|event| event.to_string().into_bytes());
    let events = prop_oneof![1 => changed(made, 0..2), 2 => changed(select(examples()), 0..2)];
    let accepted = Cell::new(0_u64);
    fuzz("modes", &events, |json| {
        let Ok(mut value) = serde_json::from_slice::<Value>(&json) else { return Ok(()) };
        let Some(event) = value.as_object_mut() else { return Ok(()) };
        // In binary mode every other attribute is a text, and not looked at.
        let names = ["specversion", "id", "source", "type", "time", "datacontenttype", "data"];
        event.retain(|name, _| names.contains(&name.as_str()));
        let Some((attributes, data)) = in_binary_mode(&value) else { return Ok(()) };
        let json = value.to_string();
        let structured = CloudEvent::parse(json.as_bytes());
        let binary = CloudEvent::parse_binary(&attributes, &data);
        accepted.set(accepted.get() + u64::from(structured.is_ok()));
        prop_assert_eq!(structured.ok(), binary.ok(), "{}", json);
        Ok(())
    });
    assert!(accepted.get() > 100, "only {} events were accepted", accepted.get());
}
