//! How refusals and outcomes are answered: the only place where they become problems.

use std::time::Duration;

use wire::{EventResult, Receipt};

use super::problem::{Kind, Problem};
use crate::intake::{Refusal, Scope};
use crate::submit::{NotAccepted, NotTaken};

/// How long a client is asked to wait after Kafka did not acknowledge: about as long as a leader
/// takes to move.
const UNACKNOWLEDGED_PAUSE: Duration = Duration::from_secs(5);

/// How long a client is asked to wait when there is too much to do.
pub(crate) const OVERLOADED_PAUSE: Duration = Duration::from_secs(1);

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotJson(malformed) => {
                Self::new(Kind::MalformedBody, format!("This is not JSON: {malformed}."))
            }
            Refusal::NotAnObject => Self::new(Kind::MalformedBody, "Expected a JSON object."),
            Refusal::Invalid(invalid) => {
                Self::new(Kind::InvalidEvent, invalid.to_string()).errors([invalid.into()])
            }
            Refusal::OutOfScope(scope) => Self::new(
                Kind::OutOfScope,
                match scope {
                    Scope::Kind(kind) => {
                        format!("The account may not post events of the kind {kind}.")
                    }
                    Scope::Source => "The source is not that of the account.".to_owned(),
                    Scope::Area => "The account may not post events for this area.".to_owned(),
                    Scope::Channel => {
                        "The account may not post events through this channel.".to_owned()
                    }
                },
            ),
        }
    }
}

impl From<NotTaken> for Problem {
    fn from(not_taken: NotTaken) -> Self {
        match not_taken {
            NotTaken::RateLimited { wait } => {
                let detail =
                    "The account has posted more events than its rate allows. Nothing was stored.";
                Self::new(Kind::RateLimited, detail).retry_after(wait)
            }
            NotTaken::QueueFull => {
                let detail = "Too many events wait for Kafka. Nothing was stored.";
                Self::new(Kind::Overloaded, detail).retry_after(OVERLOADED_PAUSE)
            }
        }
    }
}

impl From<NotAccepted> for Problem {
    fn from(not_accepted: NotAccepted) -> Self {
        match not_accepted {
            NotAccepted::Refused(refusal) => refusal.into(),
            NotAccepted::TooLarge => {
                Self::new(Kind::TooLarge, "The event is larger than can be stored.")
            }
            NotAccepted::Unacknowledged => {
                let detail = "Kafka did not acknowledge the event in time, but may have stored \
                              it. Send the event again with the same id.";
                Self::new(Kind::NotAcknowledged, detail).retry_after(UNACKNOWLEDGED_PAUSE)
            }
        }
    }
}

/// What became of one event of a batch.
pub(crate) fn result(answer: Result<Receipt, NotAccepted>) -> EventResult {
    match answer {
        Ok(receipt) => EventResult::Accepted { receipt },
        Err(NotAccepted::Unacknowledged) => {
            EventResult::Retry { problem: Problem::from(NotAccepted::Unacknowledged).body() }
        }
        Err(not_accepted) => EventResult::Rejected { problem: Problem::from(not_accepted).body() },
    }
}
