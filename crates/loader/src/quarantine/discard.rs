//! Discards records that can never be loaded, with a reason, as an event.

use std::time::Duration;

use anyhow::{Context, bail};
use domain::{DiscardReason, EpochSeconds, ParseError};
use tables::Engines;
use tokio::time::timeout;
use topics::RecordAddress;
use wire::RecordDiscarded;

use crate::writer::Writer;

/// How long the engines may take.
const WRITE_TIMEOUT: Duration = Duration::from_mins(1);

/// The most characters of a note.
const NOTE_CHARACTERS_MAX: usize = 200;

/// A few words in addition to the reason. Numbers that identify a person are removed (D6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note(String);

impl std::str::FromStr for Note {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let redacted = domain::redact::redact(text.trim());
        if redacted.chars().count() > NOTE_CHARACTERS_MAX {
            return Err(ParseError::new("at most 200 characters"));
        }
        Ok(Self(redacted.into_owned()))
    }
}

/// Discards records. When it returns, the table shows it.
///
/// # Errors
///
/// If an engine does not answer. Then it can be repeated.
pub async fn discard(
    engines: &Engines,
    addresses: &[RecordAddress],
    reason: DiscardReason,
    note: &Note,
    decided_at: EpochSeconds,
) -> anyhow::Result<()> {
    let writer = Writer::of_command(engines)?;
    let topics = engines.kafka().topics();
    let mut discards = Vec::new();
    for address in addresses {
        let position = topics.position(*address);
        let Some(origin) = topics.origin(position) else {
            bail!("{address} is of no topic of events");
        };
        let note = note.0.clone();
        discards.push((position, RecordDiscarded { origin, reason, note, decided_at }));
    }
    let written = timeout(WRITE_TIMEOUT, writer.discard(&discards)).await;
    written.context("the engines did not answer in time; try again")?
}
