//! An answer as it is cached and sent: its bytes, and the tag with which a client asks whether they
//! have changed.

use ::figures::Freshness;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::EpochSeconds;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LAST_MODIFIED, LINK,
};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::moment;

/// Bytes that may be given to many.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    body: Bytes,
    content_type: &'static str,
    /// Under which name a browser is to store it.
    file_name: Option<String>,
    /// Where else to go (RFC 8288).
    links: Option<String>,
    /// When Kafka took the latest record that it rests on.
    as_of: Option<EpochSeconds>,
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

/// The name of a file, with the first digits of a digest at its end.
pub(crate) fn file_name(stem: &str, digest: &str, extension: &str) -> String {
    format!("{stem}-{}.{extension}", &digest[..8])
}

/// The value of `Content-Disposition` for a file.
pub(crate) fn disposition(file_name: &str) -> HeaderValue {
    let disposition = format!("attachment; filename=\"{file_name}\"");
    HeaderValue::try_from(disposition).expect("our names are ASCII")
}

/// The value of `Last-Modified`.
pub(crate) fn last_modified(at: EpochSeconds) -> HeaderValue {
    HeaderValue::try_from(moment::http_date(at)).expect("a date of HTTP is ASCII")
}

impl Answer {
    pub(crate) fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let etag = format!("\"{}\"", blake3::hash(&body).to_hex());
        let etag = HeaderValue::try_from(etag).expect("hexadecimal digits in quotes");
        Self {
            body,
            content_type,
            file_name: None,
            links: None,
            as_of: None,
            etag,
            freshness: Freshness::Changing,
        }
    }

    /// To be stored as a file rather than shown. Its name ends in a digest: other bytes have another
    /// name.
    pub(crate) fn named(mut self, stem: &str, extension: &str) -> Self {
        let etag = self.etag.to_str().expect("it is ASCII");
        self.file_name = Some(file_name(stem, etag.trim_matches('"'), extension));
        self
    }

    /// With links to other answers, as the value of `Link` has them.
    pub(crate) fn linked(mut self, links: Option<String>) -> Self {
        self.links = links;
        self
    }

    /// With the moment up to which it is current.
    pub(crate) fn current_as_of(mut self, as_of: EpochSeconds) -> Self {
        self.as_of = Some(as_of);
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
        let disposition = self.file_name.as_ref().map(|name| disposition(name));
        let links = self
            .links
            .as_ref()
            .map(|links| HeaderValue::try_from(links).expect("addresses of the API are ASCII"));
        let as_of = self.as_of.map(last_modified);
        for (name, value) in
            [(CONTENT_DISPOSITION, disposition), (LINK, links), (LAST_MODIFIED, as_of)]
        {
            if let Some(value) = value {
                response.headers_mut().insert(name, value);
            }
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
    fn other_bytes_have_another_name() {
        let name = |body: &'static str| {
            let answer = Answer::new("text/csv", body).named("440000-2023-07", "csv");
            answer.respond(&HeaderMap::new()).headers()[CONTENT_DISPOSITION].clone()
        };
        assert_eq!(name("a,b\n"), "attachment; filename=\"440000-2023-07-bb8c3eaa.csv\"");
        assert_ne!(name("a,b\n"), name("a,c\n"));
    }

    #[test]
    fn an_answer_says_up_to_when_it_is_current_and_where_to_go_on() {
        let as_of = "2023-08-15T02:10:05Z".parse().expect("an instant");
        let links = Some("</v1/provinces.json>; rel=\"next\"".to_owned());
        let answer = Answer::new("application/json", "{}").linked(links).current_as_of(as_of);
        let response = answer.respond(&HeaderMap::new());
        assert_eq!(response.headers()[LAST_MODIFIED], "Tue, 15 Aug 2023 02:10:05 GMT");
        assert_eq!(response.headers()[LINK], "</v1/provinces.json>; rel=\"next\"");
    }
}
