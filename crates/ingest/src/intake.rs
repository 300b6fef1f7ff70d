//! Decides whether an event is accepted, and what of it is kept.
//!
//! No clock, no IO: the account, the event and the time go in, a record for Kafka or a problem for
//! the sender comes out.

use std::borrow::Cow;

use crate::http::problem::{self, Problem};
use domain::redact::redact;
use domain::rules::check_arrival;
use domain::{AreaCode, Channel, EpochSeconds, Event, EventHash, Kind};
use serde::de::IgnoredAny;
use wire::{Attributes, CloudEvent, Invalid, type_of};

use crate::accounts::Account;

/// An event as it is to rest in Kafka.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// The hash of the case, so that a case lies in one partition.
    pub(crate) key: [u8; 8],
    /// The canonical form.
    pub(crate) value: Vec<u8>,
    /// The hash of the value.
    pub(crate) event: EventHash,
}

/// Parses an event in structured mode.
///
/// # Errors
///
/// `malformed-body` if it is no JSON object, `invalid-event` with the first field that is wrong.
pub(crate) fn parse(json: &[u8]) -> Result<CloudEvent<'_>, Problem> {
    CloudEvent::parse(json).map_err(|invalid| malformed(json).unwrap_or_else(|| refuse(invalid)))
}

/// Parses an event in binary mode.
///
/// # Errors
///
/// As [`parse`].
pub(crate) fn parse_binary<'a>(
    attributes: Result<Attributes, Invalid>,
    data: &'a [u8],
) -> Result<CloudEvent<'a>, Problem> {
    attributes
        .and_then(|attributes| CloudEvent::parse_binary(&attributes, data))
        .map_err(|invalid| malformed(data).unwrap_or_else(|| refuse(invalid)))
}

fn refuse(invalid: Invalid) -> Problem {
    Problem::new(problem::Kind::InvalidEvent, invalid.to_string()).errors([invalid.into()])
}

/// Whether a body of which something is wrong is not even a JSON object. It is asked only then.
fn malformed(json: &[u8]) -> Option<Problem> {
    let is_object = json.trim_ascii_start().starts_with(b"{")
        && std::str::from_utf8(json).is_ok()
        && serde_json::from_slice::<IgnoredAny>(json).is_ok();
    (!is_object).then(|| Problem::new(problem::Kind::MalformedBody, "Expected a JSON object."))
}

/// Decides about an event that was posted as one of `kind`. What is kept of it is the canonical
/// form, with free text redacted (D6).
///
/// # Errors
///
/// `invalid-event` if it is of another kind, or lies in the future or too far back;
/// `out-of-scope` if the account may not post it.
pub(crate) fn accept(
    account: &Account,
    kind: Kind,
    mut sent: CloudEvent,
    now: EpochSeconds,
) -> Result<Record, Problem> {
    if sent.event.kind() != kind {
        let detail = format!("expected {} at this address", type_of(kind));
        return Err(refuse(Invalid::new("/type", detail)));
    }
    check_scope(account, &sent)?;
    check_arrival(&sent.event, now, account.late_max())
        .map_err(|violation| refuse(violation.into()))?;
    redact_words(&mut sent.event);
    let value = sent.to_json();
    let event = EventHash::of(&value);
    Ok(Record { key: sent.event.key().case.0.to_be_bytes(), value, event })
}

fn check_scope(account: &Account, sent: &CloudEvent) -> Result<(), Problem> {
    let out_of_scope = |detail: &str| Err(Problem::new(problem::Kind::OutOfScope, detail));
    if sent.source != account.source {
        return out_of_scope("The source is not that of the account.");
    }
    let lies_within = |area: AreaCode| sent.event.area_code().lies_in(area);
    if !account.area_code.is_none_or(lies_within) {
        return out_of_scope("The account may not post for this area.");
    }
    let may_use = |channel: Channel| {
        account.channels.as_ref().is_none_or(|channels| channels.contains(&channel))
    };
    let may_use_its_channel = match &sent.event {
        Event::Service(service) => may_use(service.channel),
        Event::Review(review) => may_use(review.channel),
        Event::Disposition(_) => true, // a decision comes by no channel
    };
    if !may_use_its_channel {
        return out_of_scope("The account may not post for this channel.");
    }
    Ok(())
}

/// Everything that somebody could have typed. The names of items and departments come from lists,
/// but nothing holds a source to them.
fn redact_words(event: &mut Event) {
    let redact_one = |words: &mut Option<Cow<str>>| {
        if let Some(words) = words
            && let Cow::Owned(redacted) = redact(words)
        {
            *words = Cow::Owned(redacted);
        }
    };
    match event {
        Event::Service(service) => {
            redact_one(&mut service.item_name);
            redact_one(&mut service.department_name);
        }
        Event::Review(review) => redact_one(&mut review.text),
        Event::Disposition(_) => {}
    }
}

#[cfg(test)]
mod tests;
