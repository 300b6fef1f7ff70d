//! The envelope: CloudEvents 1.0 in JSON.

use std::borrow::Cow;

use domain::{Event, Kind, SourceId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_with::{BorrowCow, DisplayFromStr, Same, serde_as};
use strum::VariantArray;
use uuid::Uuid;

use crate::adapt::{AnyText, Hyphenated, Instant, Present, parse_uuid};
use crate::data::{DataOf, DispositionData, ReviewData, ServiceData};
use crate::invalid::{Invalid, from_json};

/// The supported version of CloudEvents.
pub const SPEC_VERSION: &str = "1.0";

/// A checked event with its envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudEvent<'a> {
    /// The source's own number of the event.
    pub id: Uuid,
    /// The system that sent the event.
    pub source: SourceId,
    /// The event itself.
    pub event: Event<'a>,
}

/// The `type` attribute of a kind of event. It ends with the version of the schema.
pub fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Service => "haochaping.service.v1",
        Kind::Review => "haochaping.review.v1",
        Kind::Disposition => "haochaping.disposition.v1",
    }
}

fn kind_of(type_name: &str) -> Result<Kind, Invalid> {
    Kind::VARIANTS.iter().copied().find(|kind| type_of(*kind) == type_name).ok_or_else(|| {
        Invalid::new(
            "/type",
            "expected haochaping.service.v1, haochaping.review.v1 or haochaping.disposition.v1",
        )
    })
}

/// The attributes of an event in binary mode, where they are `ce-*` headers and the body is the
/// data.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    /// `ce-specversion`.
    pub specversion: &'a str,
    /// `ce-id`.
    pub id: &'a str,
    /// `ce-source`.
    pub source: &'a str,
    /// `ce-type`.
    pub event_type: &'a str,
}

/// The attributes that an envelope may have. Every other attribute is refused, since one that
/// nobody looks at could be about a person.
#[serde_as]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    #[serde(borrow)]
    specversion: Cow<'a, str>,
    #[serde_as(as = "Hyphenated")]
    id: Uuid,
    #[serde_as(as = "DisplayFromStr")]
    source: SourceId,
    #[serde(borrow, rename = "type")]
    event_type: Cow<'a, str>,
    #[serde_as(as = "Present<BorrowCow>")]
    #[serde(borrow, default)]
    datacontenttype: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: &'a RawValue,
    // These are accepted and discarded.
    #[serde_as(as = "Present<Same>")]
    #[serde(default, rename = "time")]
    _time: Option<Instant>,
    #[serde_as(as = "Present<Same>")]
    #[serde(default, rename = "traceparent")]
    _traceparent: Option<AnyText>,
    #[serde_as(as = "Present<Same>")]
    #[serde(default, rename = "tracestate")]
    _tracestate: Option<AnyText>,
}

impl<'a> CloudEvent<'a> {
    /// Parses an event in structured mode, as HTTP carries it and Kafka stores it, and checks the
    /// rules that do not depend on the time.
    ///
    /// # Errors
    ///
    /// The first wrong field.
    pub fn parse(json: &'a [u8]) -> Result<Self, Invalid> {
        let envelope: Envelope = from_json(json, "")?;
        if envelope.specversion != SPEC_VERSION {
            return Err(Invalid::new("/specversion", "expected 1.0"));
        }
        if envelope.datacontenttype.is_some_and(|content| content != "application/json") {
            return Err(Invalid::new("/datacontenttype", "expected application/json"));
        }
        let kind = kind_of(&envelope.event_type)?;
        let event = parse_data(kind, envelope.data.get().as_bytes())?;
        Ok(Self { id: envelope.id, source: envelope.source, event })
    }

    /// Parses an event in binary mode: the attributes separately, the data as JSON.
    ///
    /// # Errors
    ///
    /// The first wrong field. Attributes are named as if they were in an envelope.
    pub fn parse_binary(attributes: &Attributes, data: &'a [u8]) -> Result<Self, Invalid> {
        if attributes.specversion != SPEC_VERSION {
            return Err(Invalid::new("/specversion", "expected 1.0"));
        }
        let id =
            parse_uuid(attributes.id).map_err(|error| Invalid::new("/id", error.to_string()))?;
        let source = attributes
            .source
            .parse::<SourceId>()
            .map_err(|error| Invalid::new("/source", error.to_string()))?;
        let event = parse_data(kind_of(attributes.event_type)?, data)?;
        Ok(Self { id, source, event })
    }

    /// The canonical form: the bytes that are stored in Kafka and whose hash identifies the event.
    pub fn to_json(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Canonical<'r, 'a> {
            specversion: &'static str,
            id: &'r uuid::fmt::Hyphenated,
            source: &'r str,
            #[serde(rename = "type")]
            event_type: &'static str,
            data: DataOf<'r, 'a>,
        }
        let canonical = Canonical {
            specversion: SPEC_VERSION,
            id: self.id.as_hyphenated(),
            source: self.source.as_str(),
            event_type: type_of(self.event.kind()),
            data: DataOf(&self.event),
        };
        let mut json = Vec::with_capacity(512);
        serde_json::to_writer(&mut json, &canonical).expect("an event has only string keys");
        json
    }
}

fn parse_data(kind: Kind, json: &[u8]) -> Result<Event<'_>, Invalid> {
    const AT: &str = "/data";
    let event = match kind {
        Kind::Service => Event::Service(from_json::<ServiceData>(json, AT)?.0),
        Kind::Review => Event::Review(from_json::<ReviewData>(json, AT)?.0),
        Kind::Disposition => Event::Disposition(from_json::<DispositionData>(json, AT)?.0),
    };
    domain::rules::check(&event)?;
    Ok(event)
}
