//! Problem details (RFC 9457): the form of every HTTP error of every service. Each API defines its
//! own kinds of problems.
//!
//! This module decides status, body and headers. A problem must never repeat what the client sent,
//! nor reveal an internal cause.
//!
//! 4xx: the caller acts. 500: we have a bug, and its cause stays in the log. 503: wait.

use std::borrow::Cow;
use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use wire::FieldError;

/// What all problems of one kind have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The end of the URN that is the problem's `type`.
    pub slug: &'static str,
    /// The title, in a few words.
    pub title: &'static str,
    /// The status of the response.
    pub status: StatusCode,
}

impl Facts {
    /// The facts of a kind.
    pub const fn new(slug: &'static str, title: &'static str, status: StatusCode) -> Self {
        Self { slug, title, status }
    }
}

/// The kinds of problems of one API. `schemas/problems.json` explains all kinds to callers, and a
/// test compares the two.
pub trait ProblemKind: Copy {
    /// What all problems of this kind have in common.
    fn facts(self) -> Facts;
}

/// The kinds of problems that any service can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::VariantArray)]
pub enum Common {
    /// The service has more work than it can take on.
    Overloaded,
    /// There is nothing at this address.
    NotFound,
    /// The resource does not support this method.
    MethodNotAllowed,
    /// The service has a bug.
    Internal,
}

impl ProblemKind for Common {
    fn facts(self) -> Facts {
        match self {
            Self::Overloaded => {
                Facts::new("overloaded", "Overloaded", StatusCode::SERVICE_UNAVAILABLE)
            }
            Self::NotFound => Facts::new("not-found", "Not found", StatusCode::NOT_FOUND),
            Self::MethodNotAllowed => Facts::new(
                "method-not-allowed",
                "Method not allowed",
                StatusCode::METHOD_NOT_ALLOWED,
            ),
            Self::Internal => {
                Facts::new("internal", "Internal error", StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

/// A problem, which becomes a response of type `application/problem+json`.
#[derive(Clone, Debug)]
pub struct Problem<K = Common> {
    kind: K,
    detail: String,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
}

impl<K: ProblemKind> Problem<K> {
    /// A problem of a kind. `detail` says what is wrong in this case and what to do; it must not
    /// repeat what the client sent.
    pub fn new(kind: K, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), errors: Vec::new(), retry_after: None }
    }

    /// Adds the wrong fields.
    #[must_use]
    pub fn errors(mut self, errors: impl IntoIterator<Item = FieldError>) -> Self {
        self.errors.extend(errors);
        self
    }

    /// Adds the time after which to try again, in whole seconds.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Its kind.
    pub fn kind(&self) -> K {
        self.kind
    }

    /// The body.
    pub fn body(self) -> wire::Problem {
        let Facts { slug, title, status } = self.kind.facts();
        wire::Problem {
            problem_type: Cow::Owned(format!("urn:haochaping:problem:{slug}")),
            title: Cow::Borrowed(title),
            status: status.as_u16(),
            detail: self.detail,
            errors: self.errors,
        }
    }
}

impl<K: ProblemKind + From<Common>> Problem<K> {
    /// A bug of ours. The cause is logged here and goes no further.
    pub fn internal(cause: &anyhow::Error) -> Self {
        tracing::error!(error = format!("{cause:#}"), "a request has failed");
        Self::new(Common::Internal.into(), "The fault is ours and was logged. Try again later.")
    }
}

impl<K: ProblemKind> IntoResponse for Problem<K> {
    fn into_response(self) -> Response {
        let status = self.kind.facts().status;
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

/// The response for URLs that do not exist.
pub async fn not_found() -> Problem {
    Problem::new(Common::NotFound, "There is nothing at this address. See the API's description.")
}

/// The response for methods that a resource does not support.
pub async fn method_not_allowed() -> Problem {
    Problem::new(Common::MethodNotAllowed, "The address does not know this method.")
}
