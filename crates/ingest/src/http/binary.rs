//! Binary mode: the attributes of an event in `ce-` headers.

use domain::EpochSeconds;
use http::{HeaderMap, HeaderValue};
use wire::{Attributes, Invalid};

/// Reads the attributes. As in structured mode, one that is not known is refused, and time and
/// trace context are accepted and not kept.
///
/// # Errors
///
/// The first attribute that is wrong or missing, by the place where it would stand in structured
/// mode.
pub(crate) fn attributes(headers: &HeaderMap) -> Result<Attributes<'_>, Invalid> {
    for (name, value) in headers {
        let Some(attribute) = name.as_str().strip_prefix("ce-") else { continue };
        match attribute {
            "specversion" | "id" | "source" | "type" | "traceparent" | "tracestate" => {}
            "time" => {
                text(attribute, value)?
                    .parse::<EpochSeconds>()
                    .map_err(|error| Invalid::new("/time", error.to_string()))?;
            }
            unknown => {
                let pointer = format!("/{}", unknown.replace('~', "~0"));
                return Err(Invalid::new(pointer, "is not a field of this event"));
            }
        }
        if headers.get_all(name).iter().nth(1).is_some() {
            return Err(Invalid::new(format!("/{attribute}"), "must not appear twice"));
        }
    }
    let required = |attribute: &str, header: &str| {
        let value = headers.get(header);
        let value = value.ok_or_else(|| Invalid::new(format!("/{attribute}"), "is missing"))?;
        text(attribute, value)
    };
    Ok(Attributes {
        specversion: required("specversion", "ce-specversion")?,
        id: required("id", "ce-id")?,
        source: required("source", "ce-source")?,
        event_type: required("type", "ce-type")?,
    })
}

/// None of our attributes has a character that the binding would percent-encode.
fn text<'h>(attribute: &str, value: &'h HeaderValue) -> Result<&'h str, Invalid> {
    value
        .to_str()
        .map_err(|_| Invalid::new(format!("/{attribute}"), "expected printable ASCII characters"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(more: &[(&'static str, &'static str)]) -> HeaderMap {
        let usual = [
            ("content-type", "application/json"),
            ("ce-specversion", "1.0"),
            ("ce-id", "ee3a6f02-6946-7243-8de8-81c2bd576ebe"),
            ("ce-source", "guangzhou/tianhe-hall"),
            ("ce-type", "haochaping.service.v1"),
        ];
        let mut headers = HeaderMap::new();
        for (name, value) in usual.iter().chain(more) {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn attributes_are_read_and_what_is_not_kept_is_checked() {
        let headers = headers(&[("ce-time", "2023-07-05T02:11:12Z"), ("ce-traceparent", "00-a")]);
        let attributes = attributes(&headers).expect("attributes");
        assert_eq!(attributes.source, "guangzhou/tianhe-hall");
        assert_eq!(attributes.event_type, "haochaping.service.v1");
    }

    #[test]
    fn an_attribute_that_is_wrong_is_named_as_if_it_stood_in_the_event() {
        let cases = [
            (("ce-time", "yesterday"), "/time"),
            (("ce-userphone", "13800000000"), "/userphone"),
            (("ce-id", "another"), "/id"),
        ];
        for (header, pointer) in cases {
            let headers = headers(&[header]);
            let invalid = attributes(&headers).expect_err("a wrong attribute");
            assert_eq!(invalid.pointer, pointer);
            assert!(!invalid.detail.contains(header.1), "{invalid}");
        }
        for missing in ["specversion", "id", "source", "type"] {
            let mut headers = headers(&[]);
            headers.remove(format!("ce-{missing}"));
            let invalid = attributes(&headers).expect_err("a missing attribute");
            assert_eq!(invalid, Invalid::new(format!("/{missing}"), "is missing"));
        }
    }
}
