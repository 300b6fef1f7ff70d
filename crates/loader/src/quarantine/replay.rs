//! Loads records after all that could not be loaded when they came.
//!
//! A record is loaded at its own position, by the code by which the loader loads it: it becomes the
//! row that it would have become, so a replay counts once however often it is repeated.

use std::time::Duration;

use anyhow::{Context, bail};
use tokio::time::timeout;

use crate::access::Access;
use crate::batch::Batch;
use crate::names::Names;
use crate::quarantine::Place;
use crate::read::{Record, read};
use crate::rule;
use crate::topics::Content;

/// How many records are written together.
const BATCH_RECORDS: usize = 1000;

/// How long it may take to write them.
const WRITE_TIMEOUT: Duration = Duration::from_mins(2);

/// What has become of a record that was to be replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// It is loaded, and its bucket will be counted.
    Loaded,
    /// It still cannot be read, and is left as it is.
    Left {
        /// In one word.
        reason: &'static str,
        /// The field that is wrong.
        pointer: String,
        /// What is wrong with it.
        detail: String,
    },
    /// It could not be found.
    NotFound {
        /// Why.
        detail: String,
    },
}

/// Replays records, and says of each what has become of it.
///
/// # Errors
///
/// If an engine does not answer. What was written by then is right, and the rest can be replayed later.
pub async fn replay(access: &Access, places: &[Place]) -> anyhow::Result<Vec<(Place, Replayed)>> {
    rule::check(&access.client()).await?;
    let writer = access.writer()?;
    let mut replayed = Vec::new();
    for places in places.chunks(BATCH_RECORDS) {
        let mut batch = Batch::default();
        let mut names = Names::default();
        for (place, found) in read(access, places.to_vec()).await? {
            let became = match found {
                Ok(record) => add(access, &mut batch, &mut names, place, &record)?,
                Err(error) => Replayed::NotFound { detail: format!("{error:#}") },
            };
            replayed.push((place, became));
        }
        let written = timeout(WRITE_TIMEOUT, writer.write(&batch)).await;
        written.context("the engines did not take the records in time; try again")?;
    }
    Ok(replayed)
}

/// Adds a record to what is written, if it can be read by now.
fn add(
    access: &Access,
    batch: &mut Batch,
    names: &mut Names,
    place: Place,
    record: &Record,
) -> anyhow::Result<Replayed> {
    let Content::Events(kind) = access.topics.known(place.topic).content else {
        bail!("{place} is of no topic of events");
    };
    let fault = batch.push_readable(record.appended, &record.value, kind, names);
    Ok(match fault {
        None => Replayed::Loaded,
        Some(fault) => Replayed::Left {
            reason: fault.reason.into(),
            pointer: fault.pointer,
            detail: fault.detail,
        },
    })
}
