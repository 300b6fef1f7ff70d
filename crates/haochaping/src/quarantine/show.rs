//! Prints the quarantine for people. It never prints a value of a record.
#![expect(clippy::print_stdout, reason = "it is what the person asked for")]

use domain::EpochSeconds;
use serde_json::{Value, json};
use tables::quarantine::Quarantined;
use topics::RecordAddress;

type Listed<'r> = &'r (Option<RecordAddress>, Quarantined);

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
    for (address, record) in records {
        let reason = short(&record.reason, 17);
        let address = name(*address, record);
        println!(
            "{address:<26}{:<11}{:<22}{reason:<18}{:<20}{}",
            record.state.to_string(),
            instant(record.appended_at),
            short(&record.pointer, 19),
            record.source
        );
    }
}

/// A JSON object for each record.
pub(super) fn lines(records: &[Listed]) {
    for (address, record) in records {
        println!("{}", object(&name(*address, record), record));
    }
}

/// All that is known of a record.
pub(super) fn one(address: RecordAddress, record: &Quarantined) {
    let text = serde_json::to_string_pretty(&object(&address.to_string(), record));
    println!("{}", text.expect("an object has only string keys"));
}

fn object(address: &str, record: &Quarantined) -> Value {
    let mut object = json!({
        "position": address,
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

/// The address of a record, or its position if its topic is no longer read.
fn name(address: Option<RecordAddress>, record: &Quarantined) -> String {
    let position = record.position;
    address.map_or_else(
        || format!("#{}/{}/{}", position.topic, position.partition, position.offset),
        |address| address.to_string(),
    )
}

fn instant(seconds: u32) -> String {
    EpochSeconds::new(seconds).to_string()
}

fn short(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}
