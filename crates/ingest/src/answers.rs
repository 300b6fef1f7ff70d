//! What became of events, as their senders are told.

use std::time::Duration;

use crate::http::problem::{self, Problem};
use domain::{EventHash, Kind};
use topics::Topic;
use wire::{EventResult, Receipt};

use crate::publisher::Outcome;

/// How long a client is asked to wait after Kafka did not acknowledge: about as long as a leader
/// takes to move.
const UNACKNOWLEDGED_PAUSE: Duration = Duration::from_secs(5);

/// A receipt, or why there is none.
pub(crate) fn receipt(
    kind: Kind,
    event: EventHash,
    outcome: Option<Outcome>,
) -> Result<Receipt, Problem> {
    match outcome {
        Some(Outcome::Acknowledged { partition, offset }) => {
            let topic = <&str>::from(Topic::of(kind)).into();
            Ok(Receipt { event: event.to_string(), topic, partition, offset })
        }
        Some(Outcome::TooLarge) => {
            let detail = "The event is larger than can be stored.";
            Err(Problem::new(problem::Kind::TooLarge, detail))
        }
        Some(Outcome::Unacknowledged) | None => {
            let detail = "The event was not acknowledged in time, and may be stored all the same. \
                          Send it again under the same id.";
            Err(Problem::new(problem::Kind::NotAcknowledged, detail)
                .retry_after(UNACKNOWLEDGED_PAUSE))
        }
    }
}

/// A receipt or a problem, as one result of a batch.
pub(crate) fn result(answer: Result<Receipt, Problem>) -> EventResult {
    match answer {
        Ok(receipt) => EventResult::Accepted { receipt },
        Err(problem) if problem.kind() == problem::Kind::NotAcknowledged => {
            EventResult::Retry { problem: problem.body() }
        }
        Err(problem) => EventResult::Rejected { problem: problem.body() },
    }
}
