//! Decides what is said in the topic `quarantine`, and what of that becomes a row of the table.

use domain::{EventHash, Position, SourceId};
use tables::layout::{EntryPosition, EntryRow};
use topics::KnownTopics;
use wire::{Origin, QuarantineEntry, RecordQuarantined};

use crate::fault::Fault;

/// A record that a batch could not read, to be announced in the topic.
#[derive(Clone, Debug)]
pub(crate) struct NewlyQuarantined {
    pub(crate) position: Position,
    pub(crate) source: Option<SourceId>,
    pub(crate) hash: EventHash,
    pub(crate) fault: Fault,
}

impl NewlyQuarantined {
    /// The event that announces it; nothing if its topic is not one of these.
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

/// A record of the topic `quarantine` that this version does not understand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// The row of a record of the topic `quarantine`. One that cannot be understood is never quarantined
/// itself.
pub(crate) fn entry_row(
    at: EntryPosition,
    value: &[u8],
    number_of: impl FnOnce(&Origin) -> Option<u8>,
) -> Result<EntryRow, Unreadable> {
    let entry = QuarantineEntry::parse(value).map_err(|_| Unreadable)?;
    let origin = entry.origin();
    let topic = number_of(&origin).ok_or(Unreadable)?;
    let position = Position { topic, partition: origin.partition, offset: origin.offset };
    Ok(EntryRow::new(position, at, &entry))
}

/// The key of an entry: everything about one record is in one partition, in order.
pub(crate) fn key(origin: &Origin) -> String {
    origin.to_string()
}
