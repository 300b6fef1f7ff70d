//! The kinds of problems that the intake answers.

use daemon::problem::{Common, Facts, ProblemKind};
use http::StatusCode;

/// A problem of the intake.
pub(crate) type Problem = daemon::problem::Problem<Kind>;

/// Why a request or an event was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::VariantArray)]
pub(crate) enum Kind {
    /// The body cannot be read as what its type says.
    MalformedBody,
    /// No key, or none that is good.
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
    /// There is nothing at this address.
    NotFound,
    /// The address does not know this method.
    MethodNotAllowed,
    /// The fault is ours.
    Internal,
}

impl From<Common> for Kind {
    fn from(kind: Common) -> Self {
        match kind {
            Common::Overloaded => Self::Overloaded,
            Common::NotFound => Self::NotFound,
            Common::MethodNotAllowed => Self::MethodNotAllowed,
            Common::Internal => Self::Internal,
        }
    }
}

impl ProblemKind for Kind {
    fn facts(self) -> Facts {
        let (slug, title, status) = match self {
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
            Self::Overloaded => return Common::Overloaded.facts(),
            Self::NotFound => return Common::NotFound.facts(),
            Self::MethodNotAllowed => return Common::MethodNotAllowed.facts(),
            Self::Internal => return Common::Internal.facts(),
        };
        Facts::new(slug, title, status)
    }
}
