//! A row of the table `quarantine`.

use clickhouse::Row;
use domain::Position;
use serde::Serialize;
use wire::QuarantineEntry;

/// An entry about a record that could not be loaded, in the order of the table's columns.
#[derive(Clone, Debug, PartialEq, Eq, Row, Serialize)]
pub struct EntryRow {
    topic: u8,
    partition: u16,
    offset: u64,
    entry: i8,
    entry_partition: u16,
    entry_offset: u64,
    reason: String,
    pointer: String,
    detail: String,
    source: String,
    event: String,
    note: String,
    decided_at: u32,
}

const QUARANTINED: i8 = 1;
const DISCARDED: i8 = 2;

/// Where an entry rests in the topic `quarantine`.
#[derive(Clone, Copy, Debug)]
pub struct EntryPosition {
    /// The partition.
    pub partition: u16,
    /// The offset.
    pub offset: u64,
}

impl EntryRow {
    /// The row of the entry at `at` about the record at `position`.
    pub fn new(position: Position, at: EntryPosition, entry: &QuarantineEntry) -> Self {
        let mut row = Self {
            topic: position.topic,
            partition: position.partition,
            offset: position.offset,
            entry: QUARANTINED,
            entry_partition: at.partition,
            entry_offset: at.offset,
            reason: String::new(),
            pointer: String::new(),
            detail: String::new(),
            source: String::new(),
            event: String::new(),
            note: String::new(),
            decided_at: 0,
        };
        match entry {
            QuarantineEntry::Quarantined(quarantined) => {
                row.reason = quarantined.reason.to_string();
                row.pointer.clone_from(&quarantined.pointer);
                row.detail.clone_from(&quarantined.detail);
                row.source = quarantined.source.map_or_else(String::new, |it| it.to_string());
                row.event = quarantined.event.to_string();
            }
            QuarantineEntry::Discarded(discarded) => {
                row.entry = DISCARDED;
                row.reason = discarded.reason.to_string();
                row.note.clone_from(&discarded.note);
                row.decided_at = discarded.decided_at.get();
            }
        }
        row
    }
}
