//! Posting events: takes those of one request from the decision to Kafka, and says what became of
//! each.
//!
//! It decides the order of the steps: rate, room in the queue, decision, hand-over. Before the
//! hand-over of the first event nothing is stored; after it nothing is taken back. It must never
//! give a receipt for an event that Kafka has not acknowledged (D1).

use std::time::Duration;

use domain::{EpochSeconds, EventHash, Kind};
use topics::Topic;
use wire::{CloudEvent, Receipt};

use crate::intake::{Refusal, accept};
use crate::members::Member;
use crate::publisher::{Delivery, Outcome, Publisher};
use crate::telemetry::{self, Became};

/// Why none of the events of a request was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// The account posts faster than it may.
    RateLimited {
        /// The time after which as many events may be posted.
        wait: Duration,
    },
    /// Too many events wait for Kafka.
    QueueFull,
}

/// Why there is no receipt for an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotAccepted {
    /// The intake refuses it.
    Refused(Refusal),
    /// Kafka takes none so large.
    TooLarge,
    /// Nobody knows whether it is stored.
    Unacknowledged,
}

impl From<Refusal> for NotAccepted {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The events of one request: whose they are, and what they were posted as.
pub(crate) struct Submit<'m> {
    pub(crate) publisher: &'m Publisher,
    pub(crate) member: &'m Member,
    pub(crate) kind: Kind,
    pub(crate) now: EpochSeconds,
}

impl Submit<'_> {
    /// Decides about each event and hands those that are accepted to Kafka. Never blocks.
    ///
    /// # Errors
    ///
    /// Before any event was handed over.
    pub(crate) fn events<'e>(
        &self,
        events: impl ExactSizeIterator<Item = Result<CloudEvent<'e>, Refusal>>,
    ) -> Result<Submitted, NotTaken> {
        let Self { publisher, kind, now, member: Member { account, rate } } = self;
        let (kind, now) = (*kind, *now);
        rate.take(events.len()).map_err(|wait| NotTaken::RateLimited { wait })?;
        let submission = publisher.begin(kind, events.len()).map_err(|_| NotTaken::QueueFull)?;
        let decided: Vec<Result<EventHash, Refusal>> = events
            .enumerate()
            .map(|(index, event)| {
                let record = accept(account, kind, event?, now)?;
                submission.send(index, account, &record);
                Ok(record.event)
            })
            .collect();
        let refused = decided.iter().filter(|event| event.is_err()).count();
        telemetry::count(kind, Became::Rejected, refused);
        Ok(Submitted { kind, decided, delivery: submission.finish() })
    }
}

/// The events of a request, after they were handed over.
pub(crate) struct Submitted {
    kind: Kind,
    decided: Vec<Result<EventHash, Refusal>>,
    delivery: Delivery,
}

impl Submitted {
    /// A receipt for each event, in their order, or why there is none; once all is known.
    pub(crate) async fn receipts(self) -> impl Iterator<Item = Result<Receipt, NotAccepted>> {
        let Self { kind, decided, delivery } = self;
        let outcomes = delivery.outcomes().await;
        decided
            .into_iter()
            .zip(outcomes)
            .map(move |(event, outcome)| receipt(kind, event?, outcome))
    }
}

fn receipt(kind: Kind, event: EventHash, outcome: Option<Outcome>) -> Result<Receipt, NotAccepted> {
    match outcome {
        Some(Outcome::Acknowledged { partition, offset }) => {
            let topic = <&str>::from(Topic::of(kind)).into();
            Ok(Receipt { event: event.to_string(), topic, partition, offset })
        }
        Some(Outcome::TooLarge) => Err(NotAccepted::TooLarge),
        Some(Outcome::Unacknowledged) | None => Err(NotAccepted::Unacknowledged),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_event_that_kafka_has_acknowledged_gets_a_receipt() {
        let event = EventHash::of(b"{}");
        let receipt = |outcome| receipt(Kind::Review, event, outcome);
        let acknowledged = receipt(Some(Outcome::Acknowledged { partition: 3, offset: 7 }));
        let acknowledged = acknowledged.expect("a receipt");
        assert_eq!((acknowledged.partition, acknowledged.offset), (3, 7));
        assert_eq!(acknowledged.topic, "reviews");
        assert_eq!(receipt(Some(Outcome::TooLarge)), Err(NotAccepted::TooLarge));
        assert_eq!(receipt(Some(Outcome::Unacknowledged)), Err(NotAccepted::Unacknowledged));
        assert_eq!(receipt(None), Err(NotAccepted::Unacknowledged));
    }
}
