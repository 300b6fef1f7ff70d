//! Why the intake refuses an event.

use domain::Kind;
use wire::{Invalid, Malformed};

/// Why an event is not accepted, whoever asks and by whatever protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// What was sent as an event is not even JSON.
    NotJson(Malformed),
    /// What was sent as an event is another JSON value than an object.
    NotAnObject,
    /// A field is wrong.
    Invalid(Invalid),
    /// The account may not post it.
    OutOfScope(Scope),
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// The bound of an account that an event crosses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// It is of a kind that the account does not post.
    Kind(Kind),
    /// It names another source.
    Source,
    /// It lies in another area.
    Area,
    /// It came by another channel.
    Channel,
}
