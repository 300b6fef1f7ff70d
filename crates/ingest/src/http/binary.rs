//! Binary mode: the attributes of an event in `ce-` headers, as the HTTP binding of CloudEvents 1.0.2
//! has them.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue};
use percent_encoding::percent_decode_str;
use wire::{Attributes, Invalid, is_attribute_name};

/// Reads the attributes. As in structured mode, those that senders and intermediaries add are
/// accepted and not kept.
///
/// # Errors
///
/// The first attribute that is wrong or missing, by the place where it would stand in structured
/// mode.
pub(crate) fn attributes(headers: &HeaderMap) -> Result<Attributes<'_>, Invalid> {
    let names = headers.keys().filter_map(|name| name.as_str().strip_prefix("ce-"));
    for attribute in names {
        // `data` is no attribute: in structured mode it stands beside them.
        if !is_attribute_name(attribute) || attribute == "data" {
            return Err(Invalid::new(pointer(attribute), "is not a field of this event"));
        }
    }
    let optional = |attribute: &str, header: &str| {
        let mut values = headers.get_all(header).iter();
        let value = values.next();
        if values.next().is_some() {
            return Err(Invalid::new(pointer(attribute), "must not appear twice"));
        }
        value.map(|value| text(attribute, value)).transpose()
    };
    let required = |attribute: &str, header: &str| {
        optional(attribute, header)?.ok_or_else(|| Invalid::new(pointer(attribute), "is missing"))
    };
    Ok(Attributes {
        specversion: required("specversion", "ce-specversion")?,
        id: required("id", "ce-id")?,
        source: required("source", "ce-source")?,
        event_type: required("type", "ce-type")?,
        time: optional("time", "ce-time")?,
        datacontenttype: optional("datacontenttype", "ce-datacontenttype")?,
    })
}

fn pointer(attribute: &str) -> String {
    format!("/{}", attribute.replace('~', "~0"))
}

/// The value of a header: first a quoted string loses its quotes and escapes, which only senders of
/// older versions write, then there is one round of percent-decoding.
fn text<'h>(attribute: &str, value: &'h HeaderValue) -> Result<Cow<'h, str>, Invalid> {
    let wrong = || {
        let detail = "expected printable ASCII characters, and all others as percent-encoded UTF-8";
        Invalid::new(pointer(attribute), detail)
    };
    let text = value.to_str().map_err(|_| wrong())?;
    let decode = |text: &'h str| percent_decode_str(text).decode_utf8().map_err(|_| wrong());
    match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        None if text.contains('%') => decode(text),
        None => Ok(Cow::Borrowed(text)),
        Some(quoted) if !quoted.contains('\\') => decode(quoted),
        Some(quoted) => {
            let unescaped = unescaped(quoted);
            let decoded = percent_decode_str(&unescaped).decode_utf8().map_err(|_| wrong())?;
            Ok(Cow::Owned(decoded.into_owned()))
        }
    }
}

/// What stands in a quoted string of RFC 9110: a backslash stands before a character that is meant as
/// it is.
fn unescaped(quoted: &str) -> String {
    let mut characters = quoted.chars();
    let next = move || match characters.next()? {
        '\\' => characters.next(),
        character => Some(character),
    };
    std::iter::from_fn(next).collect()
}

#[cfg(test)]
mod tests {
    use wire::CloudEvent;

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

    fn parsed(headers: &HeaderMap) -> Result<(), Invalid> {
        const DATA: &[u8] = br#"{"area_code": "440106000000", "project_no": "TH20230705-00017",
            "item_code": "11440106000000000X2440106012000", "service_no": 1,
            "served_on": "2023-07-05", "channel": "hall"}"#;
        CloudEvent::parse_binary(&attributes(headers)?, DATA).map(|_| ())
    }

    #[test]
    fn attributes_are_read_and_those_that_others_add_are_taken_and_not_looked_at() {
        let mut headers = headers(&[
            ("ce-time", "0001-01-01T00:00:00Z"),
            ("ce-datacontenttype", "application/json; charset=utf-8"),
            ("ce-traceparent", "00-a"),
            ("ce-subject", "%zz"),
            ("ce-knativearrivaltime", "yesterday"),
            ("ce-knativearrivaltime", "today"),
            ("ce-1", ""),
        ]);
        headers.insert("ce-pubsubname", HeaderValue::from_bytes(b"\xff").expect("a value"));
        let attributes = attributes(&headers).expect("attributes");
        assert_eq!(attributes.source, "guangzhou/tianhe-hall");
        assert_eq!(attributes.event_type, "haochaping.service.v1");
        assert_eq!(parsed(&headers), Ok(()));
    }

    #[test]
    fn a_value_loses_its_quotes_first_and_is_then_decoded_once() {
        for (value, expected) in [
            ("simple", Some("simple")),
            ("Euro%20%E2%82%AC%20%F0%9F%98%80", Some("Euro € 😀")),
            ("a%2Bb%2bc", Some("a+b+c")),
            ("a+b", Some("a+b")),
            ("100%2525", Some("100%25")),
            ("100%", Some("100%")),
            ("%zz", Some("%zz")),
            ("\"quoted\"", Some("quoted")),
            ("\"a \\\"b\\\\ c\"", Some("a \"b\\ c")),
            ("\"a%20b\\%20\"", Some("a b ")),
            ("\"", Some("\"")),
            ("\"\"", Some("")),
            ("%22a%22", Some("\"a\"")),
            ("%FF", None),
            ("\"\\%C3\"", None),
        ] {
            let header = HeaderValue::from_static(value);
            let decoded = text("id", &header).ok();
            assert_eq!(decoded.as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn encoded_and_quoted_attributes_are_as_good_as_plain_ones() {
        let mut headers = headers(&[("ce-time", "2024-03-05T10:11:12%2B08:00")]);
        headers.insert("ce-type", HeaderValue::from_static("\"haochaping.service.v1\""));
        headers.insert("ce-source", HeaderValue::from_static("guangzhou%2Ftianhe-hall"));
        assert_eq!(parsed(&headers), Ok(()));
    }

    #[test]
    fn an_attribute_that_is_wrong_is_named_as_if_it_stood_in_the_event() {
        let cases = [
            (("ce-time", "yesterday"), "/time"),
            (("ce-datacontenttype", "application/xml"), "/datacontenttype"),
            (("ce-user-phone", "13800000000"), "/user-phone"),
            (("ce-data", "13800000000"), "/data"),
            (("ce-id", "another"), "/id"),
            (("ce-type", "another"), "/type"),
        ];
        for (header, pointer) in cases {
            let headers = headers(&[header]);
            let invalid = parsed(&headers).expect_err("a wrong attribute");
            assert_eq!(invalid.pointer, pointer);
            assert!(!invalid.detail.contains(header.1), "{invalid}");
        }
        for missing in ["specversion", "id", "source", "type"] {
            let mut headers = headers(&[]);
            headers.remove(format!("ce-{missing}"));
            let invalid = parsed(&headers).expect_err("a missing attribute");
            assert_eq!(invalid, Invalid::new(format!("/{missing}"), "is missing"));
        }
    }
}
