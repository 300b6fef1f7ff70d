//! What the topic `quarantine` says, as events to be published and as rows of the table.

use clickhouse::Row;
use domain::{EventHash, Position, SourceId};
use serde::Serialize;
use topics::KnownTopics;
use wire::{Origin, QuarantineEntry, RecordQuarantined};

use crate::quarantine::reason::Fault;

/// A record that a batch could not read, to be told of in the topic.
#[derive(Clone, Debug)]
pub(crate) struct NewlyQuarantined {
    pub(crate) position: Position,
    pub(crate) source: Option<SourceId>,
    pub(crate) hash: EventHash,
    pub(crate) fault: Fault,
}

impl NewlyQuarantined {
    /// The event that says so; nothing if its topic is not one of these.
    pub(crate) fn entry(&self, topics: &KnownTopics) -> Option<QuarantineEntry> {
        Some(QuarantineEntry::Quarantined(RecordQuarantined {
            origin: topics.origin(self.position)?,
            reason: self.fault.reason,
            pointer: self.fault.pointer.clone(),
            detail: self.fault.detail.clone(),
            source: self.source,
            event: self.hash,
        }))
    }
}

/// A row of the table `quarantine`, in the order of its columns.
#[derive(Clone, Debug, PartialEq, Eq, Row, Serialize)]
pub(crate) struct EntryRow {
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
pub(crate) struct EntryPlace {
    pub(crate) partition: u16,
    pub(crate) offset: u64,
}

/// A record of the topic `quarantine` that says nothing which this version understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

impl EntryRow {
    /// The row of an entry about the record at `position`.
    pub(crate) fn new(position: Position, place: EntryPlace, entry: &QuarantineEntry) -> Self {
        let mut row = Self {
            topic: position.topic,
            partition: position.partition,
            offset: position.offset,
            entry: QUARANTINED,
            entry_partition: place.partition,
            entry_offset: place.offset,
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

    /// The row of a record of the topic `quarantine`. One that is not to be understood is never
    /// quarantined itself.
    pub(crate) fn of_record(
        place: EntryPlace,
        value: &[u8],
        number_of: impl FnOnce(&Origin) -> Option<u8>,
    ) -> Result<Self, Unreadable> {
        let entry = QuarantineEntry::parse(value).map_err(|_| Unreadable)?;
        let origin = entry.origin();
        let topic = number_of(&origin).ok_or(Unreadable)?;
        let position = Position { topic, partition: origin.partition, offset: origin.offset };
        Ok(Self::new(position, place, &entry))
    }
}

/// The key of an entry: everything about one record is in one partition, in order.
pub(crate) fn key(origin: &Origin) -> String {
    origin.to_string()
}
