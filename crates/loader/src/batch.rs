//! What is written together: rows by month, the buckets that they touch, new names.

use std::collections::BTreeMap;

use domain::{Event, EventHash, Month, Province, ServedOn, SourceId, SubjectKey};
use wire::{CellSet, CloudEvent, Touched, TouchedDay};

use crate::names::{NameRow, Names};
use crate::row::{Appended, RecordRow};

/// The most days of one touch: with 300 bytes for each it stays far below the megabyte that a broker
/// takes.
const TOUCHED_DAYS_MAX: usize = 400;

/// A batch of rows. It is kept until it is durable, so that it can be written again as it is.
#[derive(Debug, Default)]
pub struct Batch {
    /// Rows by month, since one insert may not touch many partitions; nothing for rows without one.
    rows: BTreeMap<Option<Month>, Vec<RecordRow>>,
    touched: BTreeMap<Province, BTreeMap<ServedOn, CellSet>>,
    pub(crate) names: Vec<NameRow>,
}

impl Batch {
    /// Adds a record. What is not an event of its topic becomes a row of its own kind (D8): one
    /// poison record does not stop its partition.
    pub fn push(
        &mut self,
        appended: Appended,
        value: &[u8],
        kind: domain::Kind,
        source: Option<SourceId>,
        names: &mut Names,
    ) {
        let hash = EventHash::of(value);
        match CloudEvent::parse(value) {
            Ok(event) if event.event.kind() == kind => {
                let row = RecordRow::of_event(appended, hash, event.source, &event.event);
                if let Event::Service(service) = &event.event {
                    self.names.extend(names.new_ones(service));
                }
                let key = event.event.key();
                self.touch(key);
                self.rows.entry(Some(key.served_on.month())).or_default().push(row);
            }
            Ok(_) => self.quarantine(appended, hash, source, "/type: is of another topic".into()),
            Err(invalid) => self.quarantine(appended, hash, source, invalid.to_string()),
        }
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
        reason: String,
    ) {
        metrics::counter!("haochaping_loader_quarantined_total").increment(1);
        let position = appended.position;
        tracing::warn!(?position, "a record was quarantined");
        let row = RecordRow::of_quarantined(appended, hash, source, reason);
        self.rows.entry(None).or_default().push(row);
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

    /// The rows, month by month.
    pub fn rows(&self) -> impl Iterator<Item = &[RecordRow]> {
        self.rows.values().map(Vec::as_slice)
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.rows.values().map(Vec::len).sum()
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
