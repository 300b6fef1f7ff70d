//! Decides why a record cannot be loaded. No IO.
//!
//! What is said about it must never repeat anything that the record holds: not a value, and not the
//! name of a field that no schema has.

use domain::{Kind, QuarantineReason};
use wire::{Invalid, RecordQuarantined, TypeName};

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// In one word.
    pub(crate) reason: QuarantineReason,
    /// The field, as a JSON Pointer; empty for the record as a whole.
    pub(crate) pointer: String,
    /// In more words.
    pub(crate) detail: String,
}

/// Why a value that is no event of `kind` cannot be loaded. `invalid` is what the parser found: nothing
/// if the event is a valid one of another kind.
pub(crate) fn fault_of(value: &[u8], kind: Kind, invalid: Option<&Invalid>) -> Fault {
    let of_type = |reason, detail: &str| Fault {
        reason,
        pointer: "/type".to_owned(),
        detail: detail.to_owned(),
    };
    match TypeName::of(value) {
        Err(_) => Fault {
            reason: QuarantineReason::NotJson,
            pointer: String::new(),
            detail: "is not valid JSON".to_owned(),
        },
        Ok(TypeName::Newer(newer)) if newer == kind => {
            of_type(QuarantineReason::NewerSchema, "is newer than this version can read")
        }
        Ok(TypeName::Of(other) | TypeName::Newer(other)) if other != kind => {
            of_type(QuarantineReason::OfAnotherTopic, "is of another topic")
        }
        Ok(TypeName::OfQuarantine) => {
            of_type(QuarantineReason::OfAnotherTopic, "is of another topic")
        }
        Ok(TypeName::Unknown) => {
            of_type(QuarantineReason::UnknownType, "is not a type of this system")
        }
        Ok(TypeName::Of(_) | TypeName::Newer(_) | TypeName::Missing) => {
            let (pointer, detail) = invalid.map_or((String::new(), "cannot be read"), |invalid| {
                (without_foreign_names(invalid), invalid.detail.as_str())
            });
            let detail = RecordQuarantined::bounded(detail);
            Fault { reason: QuarantineReason::InvalidField, pointer, detail }
        }
    }
}

/// The pointer without the names of unknown fields: somebody may have put a value where a name
/// belongs.
fn without_foreign_names(invalid: &Invalid) -> String {
    let is_ours = |token: &str| {
        token.len() <= 32 && token.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    let is_an_index = |token: &str| {
        (1..=2).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_digit())
    };
    let pointer = if invalid.detail == UNKNOWN_FIELD {
        invalid.pointer.rsplit_once('/').map(|(parent, _)| format!("{parent}/?"))
    } else {
        None
    };
    let pointer = pointer.as_deref().unwrap_or(&invalid.pointer);
    let token = |token| if is_ours(token) || is_an_index(token) { token } else { "?" };
    let tokens: Vec<_> = pointer.split('/').map(token).collect();
    RecordQuarantined::bounded(&tokens.join("/"))
}

/// The detail of a field that no schema has.
const UNKNOWN_FIELD: &str = "is not a field of this event";

#[cfg(test)]
mod tests {
    use wire::CloudEvent;

    use super::*;

    fn fault(value: &str, kind: Kind) -> Fault {
        match CloudEvent::parse(value.as_bytes()) {
            Ok(event) => {
                assert_ne!(event.event.kind(), kind, "it can be loaded");
                fault_of(value.as_bytes(), kind, None)
            }
            Err(invalid) => fault_of(value.as_bytes(), kind, Some(&invalid)),
        }
    }

    const DISPOSITION: &str =
        include_str!("../../../schemas/examples/good/disposition-restore.json");

    #[test]
    fn every_poison_has_its_reason_and_a_pointer_to_what_is_wrong() {
        let cases = [
            ("\u{0}binary".to_owned(), QuarantineReason::NotJson, ""),
            (String::new(), QuarantineReason::NotJson, ""),
            (r#"{"A": 1}"#.to_owned(), QuarantineReason::InvalidField, "/?"),
            (r#"{"a": 1}"#.to_owned(), QuarantineReason::InvalidField, "/specversion"),
            ("3".to_owned(), QuarantineReason::InvalidField, ""),
            (r#"{"type": "com.example.order"}"#.to_owned(), QuarantineReason::UnknownType, "/type"),
            (
                DISPOSITION.replace("disposition.v1", "disposition.v2"),
                QuarantineReason::NewerSchema,
                "/type",
            ),
            (
                DISPOSITION.replace("\"restore\"", "\"forget\""),
                QuarantineReason::InvalidField,
                "/data/action",
            ),
            (
                DISPOSITION.replace("\"action\"", "\"13800138000\""),
                QuarantineReason::InvalidField,
                "/data/?",
            ),
            (
                DISPOSITION.replace("\"action\"", "\"zhangsan\""),
                QuarantineReason::InvalidField,
                "/data/?",
            ),
        ];
        for (value, reason, pointer) in cases {
            let fault = fault(&value, Kind::Disposition);
            assert_eq!((fault.reason, fault.pointer.as_str()), (reason, pointer), "{value}");
            for word in ["13800138000", "zhangsan", "forget", "binary", "com.example"] {
                assert!(!format!("{fault:?}").contains(word), "{fault:?} repeats {word}");
            }
        }
        let strayed = fault(DISPOSITION, Kind::Review);
        assert_eq!(strayed.reason, QuarantineReason::OfAnotherTopic);
        let strayed = fault(&DISPOSITION.replace("disposition.v1", "disposition.v2"), Kind::Review);
        assert_eq!(strayed.reason, QuarantineReason::OfAnotherTopic);
    }
}
