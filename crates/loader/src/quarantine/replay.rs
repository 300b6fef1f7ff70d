//! Loads quarantined records that this version can read.
//!
//! A record is loaded at its own position, by the code with which the loader loads it: it becomes the
//! row that it would have become, so a replay counts once however often it is repeated.

use std::time::Duration;

use anyhow::{Context, bail};
use tables::{Engines, loading_rule};
use tokio::time::timeout;
use topics::{Content, Record, RecordAddress};

use crate::batch::Batch;
use crate::names::Names;
use crate::writer::Writer;

/// How many records are written together.
const BATCH_RECORDS: usize = 1000;

/// How long it may take to write them.
const WRITE_TIMEOUT: Duration = Duration::from_mins(2);

/// What has become of a record that was chosen for a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// It is loaded, and its bucket will be counted.
    Loaded,
    /// It still cannot be read, and stays as it is.
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

/// Replays records, and returns what has become of each.
///
/// # Errors
///
/// If an engine does not answer. What was written before is right, and the rest can be replayed later.
pub async fn replay(
    engines: &Engines,
    addresses: &[RecordAddress],
) -> anyhow::Result<Vec<(RecordAddress, Replayed)>> {
    loading_rule::check(&engines.client()).await?;
    let writer = Writer::of_command(engines)?;
    let mut replayed = Vec::new();
    for addresses in addresses.chunks(BATCH_RECORDS) {
        let mut batch = Batch::default();
        let mut names = Names::default();
        for (address, found) in engines.kafka().records(addresses.to_vec()).await? {
            let became = match found {
                Ok(record) => add(engines, &mut batch, &mut names, address, &record)?,
                Err(error) => Replayed::NotFound { detail: format!("{error:#}") },
            };
            replayed.push((address, became));
        }
        let written = timeout(WRITE_TIMEOUT, writer.write(&batch)).await;
        written.context("the engines did not take the records in time; try again")?;
    }
    Ok(replayed)
}

/// Adds a record to the batch, if this version can read it.
fn add(
    engines: &Engines,
    batch: &mut Batch,
    names: &mut Names,
    address: RecordAddress,
    record: &Record,
) -> anyhow::Result<Replayed> {
    let Content::Events(kind) = engines.kafka().topics().known(address.topic).content else {
        bail!("{address} is of no topic of events");
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
