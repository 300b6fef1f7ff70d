//! Decides whether a media type says that something is written in UTF-8, and of which type it is.
//!
//! The grammar is that of RFC 9110 without two things that nobody writes: a semicolon within quotes,
//! and an escape within them.

/// A media type, such as `application/json; charset=utf-8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaType<'a> {
    essence: &'a str,
    /// False if it names another charset, or one twice.
    pub is_utf8: bool,
}

impl<'a> MediaType<'a> {
    /// Parses a media type, or returns `None` if the text is none.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(|part| part.trim_matches([' ', '\t']));
        let essence = parts.next().expect("a split has a first part");
        let (kind, subtype) = essence.split_once('/')?;
        if !(is_token(kind) && is_token(subtype)) {
            return None;
        }
        let (mut is_utf8, mut has_charset) = (true, false);
        for parameter in parts.filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=')?;
            let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            let is_value = quoted.map_or_else(|| is_token(value), is_quotable);
            if !(is_token(name) && is_value) {
                return None;
            }
            if name.eq_ignore_ascii_case("charset") {
                let charset = quoted.unwrap_or(value);
                let names_utf8 =
                    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8");
                is_utf8 = names_utf8 && !has_charset;
                has_charset = true;
                if !is_utf8 {
                    break;
                }
            }
        }
        Some(Self { essence, is_utf8 })
    }

    /// Whether it is of this type, whatever its parameters are.
    pub fn is(&self, essence: &str) -> bool {
        self.essence.eq_ignore_ascii_case(essence)
    }
}

fn is_token(text: &str) -> bool {
    let belongs = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(belongs)
}

fn is_quotable(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~') && byte != b'"' && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_told_from_its_parameters_and_utf_8_from_other_charsets() {
        for utf8 in [
            "application/json",
            "Application/JSON;charset=utf-8",
            "application/json ; charset=\"UTF-8\"",
            "application/json; charset=utf8",
            "application/json; CHARSET=UTF8; profile=\"a b\"",
            "application/json;",
        ] {
            let media_type = MediaType::parse(utf8).expect("a media type");
            assert!(media_type.is("application/json") && media_type.is_utf8, "{utf8}");
        }
        for other in [
            "application/json; charset=gbk",
            "application/json; charset=utf-8; charset=gbk",
            "application/json; charset=utf-8; charset=utf-8",
        ] {
            assert!(!MediaType::parse(other).expect("a media type").is_utf8, "{other}");
        }
        for wrong in
            ["", "json", "application/", "/json", "a/b; charset", "a/b; c=\"", "a b/c", "a/b/c"]
        {
            assert_eq!(MediaType::parse(wrong), None, "{wrong}");
        }
    }
}
