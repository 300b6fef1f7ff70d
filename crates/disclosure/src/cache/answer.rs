//! An answer as it is cached and sent: its bytes, and the tag with which a client asks whether they
//! have changed.

use ::figures::Freshness;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};

/// Bytes that may be given to many.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    body: Bytes,
    content_type: &'static str,
    /// Under which name a browser is to store it.
    file_name: Option<String>,
    etag: HeaderValue,
    freshness: Freshness,
}

/// For how long an answer may be repeated without asking, as `Cache-Control` says it.
pub(crate) fn cache_control(freshness: Freshness) -> HeaderValue {
    HeaderValue::from_static(match freshness {
        Freshness::Changing => "public, max-age=1",
        Freshness::Immutable => "public, max-age=31536000, immutable",
    })
}

impl Answer {
    pub(crate) fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let etag = format!("\"{}\"", blake3::hash(&body).to_hex());
        let etag = HeaderValue::try_from(etag).expect("hexadecimal digits in quotes");
        Self { body, content_type, file_name: None, etag, freshness: Freshness::Changing }
    }

    /// To be stored as a file rather than shown.
    pub(crate) fn named(mut self, name: String) -> Self {
        self.file_name = Some(name);
        self
    }

    /// How long it stays as it is.
    pub(crate) fn fresh(self, freshness: Freshness) -> Self {
        Self { freshness, ..self }
    }

    pub(crate) fn body(&self) -> &Bytes {
        &self.body
    }

    /// How much memory it takes.
    pub(crate) fn size(&self) -> u32 {
        u32::try_from(self.body.len() + 512).unwrap_or(u32::MAX)
    }

    /// All of it, or 304 if the client has the same already.
    pub(crate) fn respond(&self, request: &HeaderMap) -> Response {
        let validators =
            [(ETAG, self.etag.clone()), (CACHE_CONTROL, cache_control(self.freshness))];
        if self.matches(request) {
            return (StatusCode::NOT_MODIFIED, validators).into_response();
        }
        let content_type = [(CONTENT_TYPE, HeaderValue::from_static(self.content_type))];
        let mut response = (validators, content_type, self.body.clone()).into_response();
        if let Some(name) = &self.file_name {
            let disposition = format!("attachment; filename=\"{name}\"");
            let disposition = HeaderValue::try_from(disposition).expect("our names are ASCII");
            response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
        }
        response
    }

    /// Whether the client has it. `If-None-Match` compares weakly: what a proxy has compressed is
    /// still the same figures.
    pub(crate) fn matches(&self, request: &HeaderMap) -> bool {
        let lists = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let mut tags = lists.flat_map(|list| list.split(',')).map(str::trim);
        tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.etag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking_for_other_than(tags: &str) -> HeaderMap {
        HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_str(tags).expect("a header"))])
    }

    #[test]
    fn a_client_that_has_the_same_bytes_is_not_sent_them_again() {
        let answer = Answer::new("text/plain", "figures");
        let etag = answer.etag.to_str().expect("ASCII");
        for same in [etag, "*", &format!("W/{etag}"), &format!("\"other\", {etag}")] {
            let response = answer.respond(&asking_for_other_than(same));
            assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{same}");
            assert_eq!(response.headers()[ETAG], etag);
        }
        let fresh = answer.respond(&asking_for_other_than("\"other\""));
        assert_eq!(fresh.status(), StatusCode::OK);
        assert_ne!(Answer::new("text/plain", "other figures").etag, answer.etag);
    }

    #[test]
    fn a_file_has_a_name() {
        let response = Answer::new("text/csv", "a,b\n")
            .named("440000-2023-07.csv".into())
            .respond(&HeaderMap::new());
        assert_eq!(
            response.headers()[CONTENT_DISPOSITION],
            "attachment; filename=\"440000-2023-07.csv\""
        );
    }
}
