//! Fuzzes events as JSON, touches, and Kafka records as the loader receives them.

use std::time::{Duration, Instant};

use counter::pace::Pace;
use counter::schedule::{Schedule, pieces};
use domain::identity::Position;
use domain::rules::check_text;
use domain::{Kind, redact};
use loader::{Batch, Names};
use proptest::prelude::*;
use serde_json::{Value, json};
use strum::VariantArray;
use topics::Appended;
use wire::{Attributes, CloudEvent, QuarantineEntry, Touched, type_of};

use crate::agreement::is_at_the_turn_of_a_year;
use crate::schemas::{Schemas, examples};
use crate::spoil::spoilt;
use crate::{fuzz, tells_nothing};

#[test]
fn an_event_is_refused_or_obeys_the_schema_and_is_the_same_when_read_again() {
    let schemas = Schemas::load();
    fuzz("events", &spoilt(examples()), |json| {
        let event = match CloudEvent::parse(&json) {
            Ok(event) => event,
            Err(invalid) => return tells_nothing("an event", &invalid.to_string()),
        };
        let canonical = event.to_json();
        prop_assert_eq!(CloudEvent::parse(&canonical), Ok(event.clone()));
        // Names and words are judged at the door alone.
        let judged =
            if check_text(&event.event).is_ok() { vec![&json, &canonical] } else { vec![] };
        for json in judged {
            let value: Value = serde_json::from_slice(json)
                .map_err(|error| TestCaseError::fail(format!("it is accepted: {error}")))?;
            if is_at_the_turn_of_a_year(&value) {
                continue;
            }
            prop_assert!(schemas.accept(&value), "the schema refuses {}", value);
        }
        Ok(())
    });
}

#[test]
fn data_of_a_binary_event_is_refused_or_is_the_same_when_read_again() {
    let data = |json: Vec<u8>| {
        let event: Value = serde_json::from_slice(&json).expect("an example");
        event["data"].to_string().into_bytes()
    };
    let data = spoilt(examples().into_iter().map(data).collect());
    let words = || prop_oneof![4 => Just(None), 1 => any::<String>().prop_map(Some)];
    let kind = prop::sample::select(Kind::VARIANTS);
    let inputs = (data, kind, words(), words(), words(), words());
    fuzz("binary events", &inputs, |(data, kind, id, source, event_type, time)| {
        let attributes = Attributes {
            specversion: "1.0".into(),
            id: id.as_deref().unwrap_or("ee3a6f02-6946-7243-8de8-81c2bd576ebe").into(),
            source: source.as_deref().unwrap_or("guangzhou/tianhe-hall").into(),
            event_type: event_type.as_deref().unwrap_or(type_of(kind)).into(),
            time: time.as_deref().map(Into::into),
            datacontenttype: None,
        };
        match CloudEvent::parse_binary(&attributes, &data) {
            Ok(event) => {
                let canonical = event.to_json();
                prop_assert_eq!(CloudEvent::parse(&canonical), Ok(event.clone()));
            }
            Err(invalid) => tells_nothing("a binary event", &invalid.to_string())?,
        }
        Ok(())
    });
}

/// Whatever another producer writes into a topic becomes exactly one row and stops nothing.
#[test]
fn any_record_is_exactly_one_row() {
    let records =
        prop::collection::vec((spoilt(examples()), prop::sample::select(Kind::VARIANTS)), 1..4);
    fuzz("records", &records, |records| {
        let (mut batch, mut names) = (Batch::default(), Names::default());
        for (offset, (value, kind)) in (0_u64..).zip(&records) {
            let position = Position { topic: 1, partition: 0, offset };
            let appended = Appended { position, at: 1_700_000_000, simulated: false };
            batch.push(appended, value, *kind, || None, &mut names);
        }
        prop_assert_eq!(batch.len(), records.len());
        for touched in batch.touched() {
            let json = serde_json::to_vec(&touched).expect("JSON");
            prop_assert_eq!(serde_json::from_slice::<Touched>(&json).expect("a touch"), touched);
        }
        Ok(())
    });
}

#[test]
fn an_entry_of_the_quarantine_is_refused_or_is_the_same_when_read_again() {
    let entry = |id: &str, event_type: &str, data: Value| {
        let (specversion, source) = ("1.0", "haochaping");
        json!({"specversion": specversion, "id": id, "source": source, "type": event_type, "data": data})
            .to_string()
            .into_bytes()
    };
    let topic_id = "348b88fa-fec6-724c-8c9f-427fbd3c692b";
    let origin = json!({"topic": "reviews", "topic_id": topic_id, "partition": 3, "offset": 17});
    let quarantined = json!({
        "origin": origin, "reason": "invalid_field", "pointer": "/data/level",
        "detail": "expected a level", "source": "guangzhou/tianhe-hall", "event": "0f".repeat(32),
    });
    let discarded = json!({
        "origin": origin, "reason": "test", "note": "a test", "decided_at": "2023-08-14T00:00:00Z",
    });
    let good = [
        entry("a", "haochaping.record_quarantined.v1", quarantined),
        entry("b", "haochaping.record_discarded.v1", discarded),
    ];
    assert!(good.iter().all(|json| QuarantineEntry::parse(json).is_ok()));
    fuzz("entries", &spoilt(good.to_vec()), |json| {
        match QuarantineEntry::parse(&json) {
            Ok(entry) => prop_assert_eq!(QuarantineEntry::parse(&entry.to_json()), Ok(entry)),
            Err(invalid) => tells_nothing("an entry", &invalid.to_string())?,
        }
        Ok(())
    });
}

#[test]
fn a_touch_is_refused_or_recounted() {
    let cells = "0123456789abcdef".repeat(16);
    let day = |day: u8| format!(r#"{{"served_on": "2023-07-{day:02}", "cells": "{cells}"}}"#);
    let touch = format!(r#"{{"province": 44, "days": [{}, {}]}}"#, day(5), day(31));
    fuzz("touches", &spoilt(vec![touch.into_bytes()]), |json| {
        let Ok(touched) = serde_json::from_slice::<Touched>(&json) else { return Ok(()) };
        let again = serde_json::to_vec(&touched).expect("JSON");
        prop_assert_eq!(
            serde_json::from_slice::<Touched>(&again).expect("a touch"),
            touched.clone()
        );
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let pace = Pace::Live { even: second, rest_max: second };
        let mut schedule = Schedule::new(pace, now);
        schedule.on_touch(0, 0, &touched, now);
        let round = schedule.begin(now).expect("a touch waits");
        let counted: usize = pieces(&round.buckets, 100, |_, cells| cells.len().into())
            .iter()
            .map(tables::buckets::Buckets::len)
            .sum();
        prop_assert_eq!(counted, round.buckets.len());
        Ok(())
    });
}

/// Redacting a text twice gives the same as redacting it once.
#[test]
fn redacted_words_are_the_same_when_redacted_again() {
    let words =
        prop_oneof![any::<String>(), "([0-9]{1,20}|[0-9a-z._-]{1,8}|[@＠ .,_+()-]|\\PC){0,30}",];
    fuzz("words", &words, |words| {
        let once = redact::redact(&words).into_owned();
        prop_assert_eq!(redact::redact(&once), once.as_str());
        Ok(())
    });
}
