//! Decides what a record becomes, and gathers what is written together: rows by month, the buckets that
//! they touch, new names, what is said about records that could not be loaded, and records that are
//! appended again. No IO.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use domain::{Event, EventHash, Kind, Month, Position, Province, ServedOn, SourceId, SubjectKey};
use rdkafka::message::OwnedMessage;
use tables::layout::{EntryRow, NameRow, RecordRow, Rows};
use topics::Appended;
use wire::{CellSet, CloudEvent, Touched, TouchedDay};

use crate::fault::{Fault, fault_of};
use crate::names::Names;
use crate::quarantined::NewlyQuarantined;

/// The most days of one touch: at 300 bytes each it stays far below the megabyte that a broker
/// accepts.
const TOUCHED_DAYS_MAX: usize = 400;

/// A batch of rows. It is kept until it is durable, so that it can be written again as it is.
#[derive(Debug, Default)]
pub struct Batch {
    /// Rows by month, since one insert may not touch many partitions.
    months: BTreeMap<Month, Rows>,
    /// Rows of records that could not be read: they have no month.
    unreadable: Vec<RecordRow>,
    touched: BTreeMap<Province, BTreeMap<ServedOn, CellSet>>,
    pub(crate) names: Vec<NameRow>,
    /// Records of it that could not be read.
    pub(crate) quarantined: Vec<NewlyQuarantined>,
    /// What the topic `quarantine` says.
    pub(crate) entries: Vec<EntryRow>,
    /// Records whose offsets are taken: see [`Slot::Taken`](crate::core::Slot::Taken).
    pub(crate) again: Vec<OwnedMessage>,
}

impl Batch {
    /// Adds a record. One that is not an event of its topic becomes a row of its own kind (D8), so that
    /// a poison record does not stop its partition. Only for such a record is `source` called: it
    /// returns who posted it, if that is known.
    pub fn push(
        &mut self,
        appended: Appended,
        value: &[u8],
        kind: Kind,
        source: impl FnOnce() -> Option<SourceId>,
        names: &mut Names,
    ) {
        if let Some(fault) = self.push_readable(appended, value, kind, names) {
            self.quarantine(appended, EventHash::of(value), source(), fault);
        }
    }

    /// Adds a record if it is an event of its topic; otherwise returns what is wrong with it.
    pub(crate) fn push_readable(
        &mut self,
        appended: Appended,
        value: &[u8],
        kind: Kind,
        names: &mut Names,
    ) -> Option<Fault> {
        let event = match CloudEvent::parse(value) {
            Ok(event) if event.event.kind() == kind => event,
            Ok(_) => return Some(fault_of(value, kind, None)),
            Err(invalid) => return Some(fault_of(value, kind, Some(&invalid))),
        };
        let hash = EventHash::of(value);
        let key = event.event.key();
        let row = RecordRow::of_event(appended, hash, event.source, &event.event, key);
        if let Event::Service(service) = &event.event {
            self.names.extend(names.new_ones(service));
        }
        self.touch(key);
        self.months.entry(key.served_on.month()).or_default().push(row);
        None
    }

    fn touch(&mut self, key: SubjectKey) {
        let days = self.touched.entry(key.province).or_default();
        days.entry(key.served_on).or_insert(CellSet::EMPTY).insert(key.case.cell());
    }

    fn quarantine(
        &mut self,
        appended: Appended,
        hash: EventHash,
        source: Option<SourceId>,
        fault: Fault,
    ) {
        let reason: &'static str = fault.reason.into();
        metrics::counter!("haochaping_loader_quarantined_total", "reason" => reason).increment(1);
        let position = appended.position;
        tracing::warn!(?position, reason, "a record was quarantined");
        let row = RecordRow::of_quarantined(appended, hash, source, reason);
        self.unreadable.push(row);
        self.quarantined.push(NewlyQuarantined { position, source, hash, fault });
    }

    /// The records that could not be read.
    pub(crate) fn quarantined_positions(&self) -> impl Iterator<Item = Position> {
        self.quarantined.iter().map(|quarantined| quarantined.position)
    }

    /// A batch of only those of them that are at `positions`.
    pub(crate) fn only_quarantined(&self, positions: &BTreeSet<Position>) -> Self {
        let is_chosen = |position: Position| positions.contains(&position);
        let unreadable = self.unreadable.iter().filter(|row| is_chosen(row.position()));
        let quarantined = self.quarantined.iter().filter(|it| is_chosen(it.position));
        Self {
            unreadable: unreadable.cloned().collect(),
            quarantined: quarantined.cloned().collect(),
            ..Self::default()
        }
    }

    /// The buckets that have new rows, in messages of one province and a bounded number of days.
    pub fn touched(&self) -> impl Iterator<Item = Touched> {
        self.touched.iter().flat_map(|(province, days)| {
            let day = |(served_on, cells): (&ServedOn, &CellSet)| TouchedDay {
                served_on: *served_on,
                cells: cells.clone(),
            };
            let days: Vec<_> = days.iter().map(day).collect();
            let message =
                |days: &[TouchedDay]| Touched { province: *province, days: days.to_vec() };
            days.chunks(TOUCHED_DAYS_MAX).map(message).collect::<Vec<_>>()
        })
    }

    /// The rows, one item for each insert.
    pub fn inserts(&self) -> impl Iterator<Item = Cow<'_, Rows>> {
        let unreadable = self.unreadable.iter().cloned().collect::<Rows>();
        let unreadable = (!unreadable.is_empty()).then_some(Cow::Owned(unreadable));
        self.months.values().map(Cow::Borrowed).chain(unreadable)
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.months.values().map(Rows::len).sum::<usize>() + self.unreadable.len()
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
