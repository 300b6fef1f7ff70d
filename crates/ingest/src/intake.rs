//! Decides whether an event is accepted, and what of it is kept.
//!
//! No clock, no IO, no HTTP: the account, the event and the time go in, a record for Kafka or a
//! [`Refusal`] comes out. It must never let a field through that it has not understood, nor a number
//! that identifies a person (D6).

mod refusal;

use std::borrow::Cow;
use std::time::Duration;

use accounts::{Account, Reach};
use domain::redact::redact;
use domain::rules::{check_arrival, check_text};
use domain::text::without_controls;
use domain::{Channel, EpochSeconds, Event, EventHash, Kind};
use wire::{Attributes, CloudEvent, Invalid, Malformed, type_of};

pub(crate) use self::refusal::{Refusal, Scope};

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

/// Parses an event in structured mode, which stands at an offset of the body.
///
/// # Errors
///
/// If it is no JSON object; otherwise the first field that is wrong.
pub(crate) fn parse(json: &[u8], offset: usize) -> Result<CloudEvent<'_>, Refusal> {
    CloudEvent::parse(json).map_err(|invalid| refuse(json, offset, invalid))
}

/// Parses an event in binary mode, whose data stands at an offset of the body.
///
/// # Errors
///
/// As [`parse`].
pub(crate) fn parse_binary<'a>(
    attributes: Result<Attributes, Invalid>,
    data: &'a [u8],
    offset: usize,
) -> Result<CloudEvent<'a>, Refusal> {
    attributes
        .and_then(|attributes| CloudEvent::parse_binary(&attributes, data))
        .map_err(|invalid| refuse(data, offset, invalid))
}

/// Of a body that is not even a JSON object this is said, and not which field is wrong. Whether it
/// is one is found out only for bodies with which something is wrong.
fn refuse(json: &[u8], offset: usize, invalid: Invalid) -> Refusal {
    match Malformed::find(json) {
        Some(malformed) => Refusal::NotJson(malformed.after(offset)),
        None if json.trim_ascii_start().starts_with(b"{") => Refusal::Invalid(invalid),
        None => Refusal::NotAnObject,
    }
}

/// Decides whether an account may post events of a kind at all.
///
/// # Errors
///
/// If it may not.
pub(crate) fn may_post(account: &Account, kind: Kind) -> Result<(), Refusal> {
    if account.posts.contains(&kind) { Ok(()) } else { Err(Refusal::OutOfScope(Scope::Kind(kind))) }
}

/// Decides about an event that was posted as one of `kind`. What is kept of it is the canonical
/// form, with free text redacted (D6).
///
/// # Errors
///
/// If it is of another kind, if it lies in the future or too far back, or if the account may not
/// post it.
pub(crate) fn accept(
    account: &Account,
    kind: Kind,
    mut sent: CloudEvent,
    now: EpochSeconds,
) -> Result<Record, Refusal> {
    if sent.event.kind() != kind {
        let detail = format!("expected {} at this address", type_of(kind));
        return Err(Invalid::new("/type", detail).into());
    }
    check_scope(account, &sent)?;
    check_text(&sent.event).map_err(Invalid::from)?;
    check_arrival(&sent.event, now, late_max(account)).map_err(Invalid::from)?;
    clean_words(&mut sent.event);
    let value = sent.to_json();
    let event = EventHash::of(&value);
    Ok(Record { key: sent.event.key().case.0.to_be_bytes(), value, event })
}

/// How far back what an account posts may lie.
fn late_max(account: &Account) -> Duration {
    Duration::from_hours(24 * u64::from(account.late_days))
}

fn check_scope(account: &Account, sent: &CloudEvent) -> Result<(), Refusal> {
    let out_of_scope = |scope| Err(Refusal::OutOfScope(scope));
    if sent.source != account.source {
        return out_of_scope(Scope::Source);
    }
    let is_within_reach = match account.reach {
        Reach::Area(area) => sent.event.area_code().lies_in(area),
        Reach::Nationwide => true,
    };
    if !is_within_reach {
        return out_of_scope(Scope::Area);
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
        return out_of_scope(Scope::Channel);
    }
    Ok(())
}

/// Redacts everything that somebody could have typed. The names of items and departments come from
/// lists, but nothing holds a source to them. Words lose their controls first, so that none of them
/// hides a number.
fn clean_words(event: &mut Event) {
    let clean = |words: &mut Option<Cow<str>>, clean: fn(&str) -> Cow<str>| {
        if let Some(words) = words
            && let Cow::Owned(cleaned) = clean(words)
        {
            *words = Cow::Owned(cleaned);
        }
    };
    match event {
        Event::Service(service) => {
            clean(&mut service.item_name, redact);
            clean(&mut service.department_name, redact);
        }
        Event::Review(review) => {
            clean(&mut review.text, without_controls);
            clean(&mut review.text, redact);
        }
        Event::Disposition(_) => {}
    }
}

#[cfg(test)]
mod tests;
