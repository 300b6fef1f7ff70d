//! Gives up records that can never be loaded, with a reason, as an event.

use std::time::Duration;

use anyhow::{Context, bail};
use domain::{DiscardReason, EpochSeconds, ParseError};
use tokio::time::timeout;
use wire::RecordDiscarded;

use crate::access::Access;
use crate::quarantine::Place;

/// How long the engines may take.
const WRITE_TIMEOUT: Duration = Duration::from_mins(1);

/// The most characters of a note.
const NOTE_CHARACTERS_MAX: usize = 200;

/// A few words beside the reason. Numbers that identify a person are taken out (D6).
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

/// Says that records are given up. When it returns, the table shows it.
///
/// # Errors
///
/// If an engine does not answer: then it is to be said again.
pub async fn discard(
    access: &Access,
    places: &[Place],
    reason: DiscardReason,
    note: &Note,
    decided_at: EpochSeconds,
) -> anyhow::Result<()> {
    let writer = access.writer()?;
    let mut discards = Vec::new();
    for place in places {
        let position = access.topics.position(*place);
        let Some(origin) = access.topics.origin(position) else {
            bail!("{place} is of no topic of events");
        };
        let note = note.0.clone();
        discards.push((position, RecordDiscarded { origin, reason, note, decided_at }));
    }
    let written = timeout(WRITE_TIMEOUT, writer.discard(&discards)).await;
    written.context("the engines did not answer in time; try again")?
}
