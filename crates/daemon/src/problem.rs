//! Problem details (RFC 9457): every HTTP error of every service.
//!
//! 4xx: the caller acts. 500: we have a bug, and its cause stays in the log. 503: wait.

use std::borrow::Cow;
use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use wire::FieldError;

/// The kinds of problems. schemas/problems.json explains them to callers; a test holds the two
/// together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::VariantArray)]
pub enum Kind {
    /// The body cannot be read as what its type says.
    MalformedBody,
    /// No key, or none that we know.
    Unauthenticated,
    /// The key is not for this area, channel, source or kind of event.
    OutOfScope,
    /// The request did not arrive in time.
    RequestTimeout,
    /// The body or the batch is too large.
    TooLarge,
    /// The type or the encoding of the body is none of those that are read.
    UnsupportedMediaType,
    /// A field of the event is wrong.
    InvalidEvent,
    /// More events than the account may post.
    RateLimited,
    /// Kafka did not acknowledge the event in time.
    NotAcknowledged,
    /// More work waits than can be taken on.
    Overloaded,
    /// There is no such province-level unit.
    UnknownProvince,
    /// The month is not written yyyy-mm.
    MalformedMonth,
    /// Nothing is known of the month.
    UnknownMonth,
    /// A parameter that does not exist.
    UnknownParameter,
    /// A parameter with a value that it cannot have.
    MalformedParameter,
    /// None of the formats that were asked for can be given.
    NotAcceptable,
    /// There is nothing at this address.
    NotFound,
    /// The address does not know this method.
    MethodNotAllowed,
    /// The fault is ours.
    Internal,
}

impl Kind {
    /// Name in the URN, title and status.
    pub fn facts(self) -> (&'static str, &'static str, StatusCode) {
        match self {
            Self::MalformedBody => ("malformed-body", "Malformed body", StatusCode::BAD_REQUEST),
            Self::Unauthenticated => {
                ("unauthenticated", "Unauthenticated", StatusCode::UNAUTHORIZED)
            }
            Self::OutOfScope => ("out-of-scope", "Out of scope", StatusCode::FORBIDDEN),
            Self::RequestTimeout => {
                ("request-timeout", "Request timeout", StatusCode::REQUEST_TIMEOUT)
            }
            Self::TooLarge => ("too-large", "Too large", StatusCode::PAYLOAD_TOO_LARGE),
            Self::UnsupportedMediaType => (
                "unsupported-media-type",
                "Unsupported media type",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ),
            Self::InvalidEvent => {
                ("invalid-event", "Invalid event", StatusCode::UNPROCESSABLE_ENTITY)
            }
            Self::RateLimited => ("rate-limited", "Rate limited", StatusCode::TOO_MANY_REQUESTS),
            Self::NotAcknowledged => {
                ("not-acknowledged", "Not acknowledged", StatusCode::SERVICE_UNAVAILABLE)
            }
            Self::Overloaded => ("overloaded", "Overloaded", StatusCode::SERVICE_UNAVAILABLE),
            Self::UnknownProvince => {
                ("unknown-province", "Unknown province", StatusCode::NOT_FOUND)
            }
            Self::MalformedMonth => ("malformed-month", "Malformed month", StatusCode::BAD_REQUEST),
            Self::UnknownMonth => ("unknown-month", "Unknown month", StatusCode::NOT_FOUND),
            Self::UnknownParameter => {
                ("unknown-parameter", "Unknown parameter", StatusCode::BAD_REQUEST)
            }
            Self::MalformedParameter => {
                ("malformed-parameter", "Malformed parameter", StatusCode::BAD_REQUEST)
            }
            Self::NotAcceptable => ("not-acceptable", "Not acceptable", StatusCode::NOT_ACCEPTABLE),
            Self::NotFound => ("not-found", "Not found", StatusCode::NOT_FOUND),
            Self::MethodNotAllowed => {
                ("method-not-allowed", "Method not allowed", StatusCode::METHOD_NOT_ALLOWED)
            }
            Self::Internal => ("internal", "Internal error", StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}

/// One problem, to be answered as `application/problem+json`.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: Kind,
    detail: String,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
}

impl Problem {
    /// `detail` says what is wrong this time and what to do; it never repeats what was sent.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), errors: Vec::new(), retry_after: None }
    }

    /// A bug of ours. The cause is logged here and stays here.
    pub fn internal(cause: &anyhow::Error) -> Self {
        tracing::error!(error = format!("{cause:#}"), "a request has failed");
        Self::new(Kind::Internal, "The fault is ours and was logged. Try again later.")
    }

    /// A field of an event that is wrong.
    pub fn invalid_event(invalid: wire::Invalid) -> Self {
        let mut problem = Self::new(Kind::InvalidEvent, invalid.to_string());
        problem.errors.push(invalid.into());
        problem
    }

    /// When to try again, in whole seconds.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Which kind it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The body.
    pub fn body(self) -> wire::Problem {
        let (slug, title, status) = self.kind.facts();
        wire::Problem {
            problem_type: Cow::Owned(format!("urn:haochaping:problem:{slug}")),
            title: Cow::Borrowed(title),
            status: status.as_u16(),
            detail: self.detail,
            errors: self.errors,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (_, _, status) = self.kind.facts();
        let retry_after = self.retry_after.map(|wait| wait.as_secs().max(1));
        let mut response = (status, Json(self.body())).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// For addresses that do not exist.
pub async fn not_found() -> Problem {
    Problem::new(Kind::NotFound, "There is nothing at this address. See the API's description.")
}

/// For methods that an address does not know.
pub async fn method_not_allowed() -> Problem {
    Problem::new(Kind::MethodNotAllowed, "The address does not know this method.")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use strum::VariantArray;

    use super::*;

    #[derive(Deserialize)]
    struct Explained {
        slug: String,
        title: String,
        status: u16,
    }

    #[test]
    fn every_kind_of_problem_is_explained_to_callers_as_it_is_answered() {
        let explained: Vec<Explained> =
            serde_json::from_str(include_str!("../../../schemas/problems.json")).expect("a list");
        let explained: BTreeMap<_, _> = explained
            .iter()
            .map(|kind| (kind.slug.as_str(), (kind.title.as_str(), kind.status)))
            .collect();
        let answered: BTreeMap<_, _> = Kind::VARIANTS
            .iter()
            .map(|kind| kind.facts())
            .map(|(slug, title, status)| (slug, (title, status.as_u16())))
            .collect();
        assert_eq!(explained, answered);
    }
}
