//! The envelope of events that the system itself makes: which attributes they have, and from whom
//! they are. What a type means and how its data look is decided by whoever reads it.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::envelope::SPEC_VERSION;
use crate::invalid::{Invalid, from_json};

/// The source of these events.
pub(crate) const SOURCE: &str = "haochaping";

/// An event of the system, with its data not read yet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnEvent<'a> {
    #[serde(borrow)]
    specversion: Cow<'a, str>,
    #[serde(rename = "id")]
    _id: serde::de::IgnoredAny,
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    pub(crate) event_type: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) data: &'a RawValue,
}

impl<'a> OwnEvent<'a> {
    /// Parses the envelope.
    ///
    /// # Errors
    ///
    /// The first field that is wrong.
    pub(crate) fn parse(json: &'a [u8]) -> Result<Self, Invalid> {
        let event: Self = from_json(json, "")?;
        if event.specversion != SPEC_VERSION {
            return Err(Invalid::new("/specversion", "expected 1.0"));
        }
        if event.source != SOURCE {
            return Err(Invalid::new("/source", "expected haochaping"));
        }
        Ok(event)
    }
}
