//! Decides whether a client prefers JSON or CSV (RFC 9110, section 12.5.1).

use http::HeaderMap;
use http::header::ACCEPT;

use super::Format;

/// The better liked of the two, JSON if both are liked alike; nothing if neither is accepted.
pub(crate) fn preferred(headers: &HeaderMap) -> Option<Format> {
    let lists: Vec<_> = headers.get_all(ACCEPT).iter().filter_map(|v| v.to_str().ok()).collect();
    if lists.is_empty() {
        return Some(Format::Json);
    }
    let ranges: Vec<_> = lists.iter().flat_map(|list| list.split(',')).filter_map(range).collect();
    let json = quality(&ranges, "application/json");
    let csv = quality(&ranges, "text/csv");
    if json == 0 && csv == 0 {
        None
    } else if csv > json {
        Some(Format::Csv)
    } else {
        Some(Format::Json)
    }
}

/// A media range and its quality in thousandths. A parameter other than `q` does not matter: both
/// formats have one form only.
fn range(element: &str) -> Option<(String, u16)> {
    let mut parts = element.split(';').map(str::trim);
    let range = parts.next().filter(|range| !range.is_empty())?.to_ascii_lowercase();
    let q = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some((range, q.map_or(1_000, thousandths)))
}

/// `0.25` is 250. What cannot be read is not accepted.
fn thousandths(q: &str) -> u16 {
    let (whole, fraction) = q.split_once('.').unwrap_or((q, ""));
    let is_number = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    match (whole, format!("{fraction:0<3}").parse()) {
        ("0", Ok(thousandths)) if is_number => thousandths,
        ("1", Ok(0)) if is_number => 1_000,
        _ => 0,
    }
}

/// The quality that the most specific range gives to a type.
fn quality(ranges: &[(String, u16)], media_type: &str) -> u16 {
    let (kind, _) = media_type.split_once('/').expect("a type and a subtype");
    let specific = [media_type.to_owned(), format!("{kind}/*"), "*/*".to_owned()];
    specific
        .iter()
        .find_map(|wanted| ranges.iter().find(|(range, _)| range == wanted))
        .map_or(0, |(_, quality)| *quality)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_better_liked_format_is_given() {
        let preferred = |accept: &'static str| {
            preferred(&HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]))
        };
        let (json, csv) = (Some(Format::Json), Some(Format::Csv));
        assert_eq!(super::preferred(&HeaderMap::new()), json);
        for (accept, expected) in [
            ("*/*", json),
            ("text/csv", csv),
            ("text/*, application/json;q=0.5", csv),
            ("text/csv;q=0.4, application/json;q=0.5", json),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", json),
            ("*/*;q=0.1, application/json;q=0", csv),
            ("TEXT/CSV; header=present; q=1.0", csv),
            ("text/html", None),
            ("*/*;q=0", None),
            ("application/json;q=2", None),
        ] {
            assert_eq!(preferred(accept), expected, "{accept}");
        }
    }
}
