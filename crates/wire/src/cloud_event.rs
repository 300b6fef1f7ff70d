//! The envelope: CloudEvents 1.0 in JSON.

use std::borrow::Cow;

use domain::{Event, Kind, SourceId};
use serde::Serialize;
use strum::VariantArray;
use uuid::Uuid;

use crate::adapt::parse_uuid;
use crate::data::{DataOf, DispositionData, ReviewData, ServiceData};
use crate::envelope::{
    EXPECTED_JSON, EXPECTED_TIME, EXPECTED_VERSION, Envelope, SPEC_VERSION, is_json_in_utf8,
};
use crate::invalid::{Invalid, from_json};
use crate::rfc3339::is_date_time;

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
/// data. Further ones are not kept, and not looked at.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    /// `ce-specversion`.
    pub specversion: Cow<'a, str>,
    /// `ce-id`.
    pub id: Cow<'a, str>,
    /// `ce-source`.
    pub source: Cow<'a, str>,
    /// `ce-type`.
    pub event_type: Cow<'a, str>,
    /// `ce-time`.
    pub time: Option<Cow<'a, str>>,
    /// `ce-datacontenttype`, which should be `content-type` and nothing else.
    pub datacontenttype: Option<Cow<'a, str>>,
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
        let event = parse_data(kind_of(&envelope.event_type)?, envelope.data.get().as_bytes())?;
        Ok(Self { id: envelope.id, source: envelope.source, event })
    }

    /// Parses an event in binary mode: the attributes separately, the data as JSON.
    ///
    /// # Errors
    ///
    /// The first wrong field. Attributes are named as if they were in an envelope.
    pub fn parse_binary(attributes: &Attributes, data: &'a [u8]) -> Result<Self, Invalid> {
        if attributes.specversion != SPEC_VERSION {
            return Err(Invalid::new("/specversion", EXPECTED_VERSION));
        }
        if attributes.time.as_ref().is_some_and(|time| !is_date_time(time)) {
            return Err(Invalid::new("/time", EXPECTED_TIME));
        }
        if attributes.datacontenttype.as_ref().is_some_and(|content| !is_json_in_utf8(content)) {
            return Err(Invalid::new("/datacontenttype", EXPECTED_JSON));
        }
        let id =
            parse_uuid(&attributes.id).map_err(|error| Invalid::new("/id", error.to_string()))?;
        let source = attributes
            .source
            .parse::<SourceId>()
            .map_err(|error| Invalid::new("/source", error.to_string()))?;
        let event = parse_data(kind_of(&attributes.event_type)?, data)?;
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
