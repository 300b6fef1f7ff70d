//! The kinds of problems that the public API can answer with.

use daemon::problem::{Common, Facts, ProblemKind};
use http::StatusCode;

/// A problem of the public API.
pub(crate) type Problem = daemon::problem::Problem<Kind>;

/// Why a request was not answered with what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::VariantArray)]
pub(crate) enum Kind {
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
    /// HTTP before 1.1, in which a table that breaks off looks whole.
    HttpTooOld,
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
            Self::HttpTooOld => {
                ("http-too-old", "HTTP/1.1 is needed", StatusCode::HTTP_VERSION_NOT_SUPPORTED)
            }
            Self::Overloaded => return Common::Overloaded.facts(),
            Self::NotFound => return Common::NotFound.facts(),
            Self::MethodNotAllowed => return Common::MethodNotAllowed.facts(),
            Self::Internal => return Common::Internal.facts(),
        };
        Facts::new(slug, title, status)
    }
}
