//! What a person reads of the quarantine. Never a value of a record.
#![expect(clippy::print_stdout, reason = "it is what the person asked for")]

use domain::EpochSeconds;
use loader::quarantine::{Place, Quarantined};
use serde_json::{Value, json};

type Listed<'r> = &'r (Option<Place>, Quarantined);

/// Says a sentence.
pub(super) fn say(sentence: &str) {
    println!("{sentence}");
}

/// A line for each record.
pub(super) fn table(records: &[Listed]) {
    if records.is_empty() {
        println!("Nothing.");
        return;
    }
    println!(
        "{:<26}{:<11}{:<22}{:<18}{:<20}SOURCE",
        "POSITION", "STATE", "SINCE", "REASON", "FIELD"
    );
    for (place, record) in records {
        let reason = short(&record.reason, 17);
        let place = name(*place, record);
        println!(
            "{place:<26}{:<11}{:<22}{reason:<18}{:<20}{}",
            record.state.to_string(),
            instant(record.appended_at),
            short(&record.pointer, 19),
            record.source
        );
    }
}

/// A JSON object for each record.
pub(super) fn lines(records: &[Listed]) {
    for (place, record) in records {
        println!("{}", object(&name(*place, record), record));
    }
}

/// All that is known of a record.
pub(super) fn one(place: Place, record: &Quarantined) {
    let text = serde_json::to_string_pretty(&object(&place.to_string(), record));
    println!("{}", text.expect("an object has only string keys"));
}

fn object(place: &str, record: &Quarantined) -> Value {
    let mut object = json!({
        "position": place,
        "state": record.state.to_string(),
        "appended_at": instant(record.appended_at),
        "reason": record.reason,
        "pointer": record.pointer,
        "detail": record.detail,
        "source": record.source,
        "event": record.event,
    });
    if let Some(discard) = &record.discard {
        object["discarded"] = json!({
            "reason": discard.reason,
            "note": discard.note,
            "decided_at": instant(discard.decided_at),
        });
    }
    object
}

/// A position, be it of a topic that is not read any more.
fn name(place: Option<Place>, record: &Quarantined) -> String {
    let position = record.position;
    place.map_or_else(
        || format!("#{}/{}/{}", position.topic, position.partition, position.offset),
        |place| place.to_string(),
    )
}

fn instant(seconds: u32) -> String {
    EpochSeconds::new(seconds).to_string()
}

fn short(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}
