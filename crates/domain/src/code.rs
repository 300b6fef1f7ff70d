//! Codes that others assign. They are stored inline and checked once, when they are parsed.

use std::fmt;
use std::str::FromStr;

use arrayvec::ArrayString;

/// A value does not have the form that its type demands. The message says what was expected and
/// never repeats the value, which may be about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct ParseError {
    expected: &'static str,
}

impl ParseError {
    /// `expected` completes the sentence "expected …".
    pub const fn new(expected: &'static str) -> Self {
        Self { expected }
    }
}

/// Declares a code: a short string that needs no allocation and cannot be malformed.
macro_rules! code {
    ($(#[$doc:meta])* $name:ident($capacity:literal), $expected:literal, $is_valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(ArrayString<$capacity>);

        impl $name {
            /// The code as it is written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                let is_valid: fn(&[u8]) -> bool = $is_valid;
                let expected = ParseError::new($expected);
                if !is_valid(text.as_bytes()) {
                    return Err(expected);
                }
                ArrayString::from(text).map($name).map_err(|_| expected)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
}

code!(
    /// The implementation code of a service item (实施编码 taskCode), that is, of what people apply
    /// for: 31 characters, or 33 with the code of a variant (业务办理项). The first 18 are the
    /// department's unified social credit code. DOMAIN: "Words".
    ItemCode(33),
    "an item code of 31 or 33 digits and capital letters",
    |text| matches!(text.len(), 31 | 33)
        && text.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
);

code!(
    /// The number of a case within its province (办件编号).
    ProjectNo(64),
    "a project number of 4 to 64 letters, digits and hyphens",
    |text| (4..=64).contains(&text.len())
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
);

code!(
    /// The code of a hall, a window in a hall, or a site.
    PlaceCode(32),
    "a code of 1 to 32 letters, digits, dots, hyphens and underscores",
    |text| (1..=32).contains(&text.len())
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
);

code!(
    /// The system that posts events, as a URI reference. An event's identity includes it.
    SourceId(64),
    "a source of 1 to 64 lowercase letters, digits, dots, slashes, hyphens and underscores that begins with a letter or a digit",
    |text| (1..=64).contains(&text.len())
        && (text[0].is_ascii_lowercase() || text[0].is_ascii_digit())
        && text.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._/-".contains(byte))
);

impl ItemCode {
    /// The unified social credit code of the department that offers the item.
    pub fn department(&self) -> &str {
        &self.0[..18]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_code_knows_its_department() {
        let item: ItemCode = "114401000075123456344012300100001".parse().expect("33 characters");
        assert_eq!(item.department(), "114401000075123456");
        assert!("11440100007512345634401230010000".parse::<ItemCode>().is_err(), "32 characters");
        assert!("1144010000751234563440123001000é".parse::<ItemCode>().is_err(), "not ASCII");
    }

    #[test]
    fn an_error_names_the_form_and_never_the_value() {
        let error = "张三 13800138000".parse::<ProjectNo>().expect_err("not a project number");
        assert_eq!(
            error.to_string(),
            "expected a project number of 4 to 64 letters, digits and hyphens"
        );
    }
}
