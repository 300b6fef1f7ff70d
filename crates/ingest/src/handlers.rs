//! The addresses that take in events.

use std::iter;

use crate::http::problem::{self, Problem};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::{EventHash, Kind};
use http::StatusCode;
use serde::Serialize;
use wire::{CloudEvent, Receipt, Results};

use crate::account_extractor::{MayPost, Posted};
use crate::accounts::Member;
use crate::answers::{receipt, result};
use crate::batch::split;
use crate::binary::attributes;
use crate::body::{EventBody, Mode, OVERLOADED_PAUSE};
use crate::intake::{accept, parse, parse_binary};
use crate::publisher::{Delivery, Publisher};
use crate::telemetry;
use daemon::Clock;

/// The most events of one batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchEventsMax(pub(crate) usize);

/// The answer to a single event.
#[derive(Serialize)]
struct Accepted {
    receipt: Receipt,
}

/// `POST /v1/services`, `/v1/reviews` and `/v1/dispositions`: accepts one event, or a batch.
///
/// 202 is a promise that the event will be counted or set aside with a reason, so it is sent only
/// after every in-sync replica has acknowledged the event (D1). Sending the same event again is
/// safe: identities are counted, not arrivals (D2). A batch is answered with 200 and one result for
/// each event, in their order: those that say `retry` are to be sent again, and only those.
///
/// # Errors
///
/// 422 names the field that is wrong, and nothing of the event is stored (D8); in a batch this is
/// the result of that event alone. What concerns a batch as a whole (its form and size, the account,
/// the rate, a full queue) is one error, and nothing of the batch is stored. 503 with `Retry-After`
/// if Kafka did not acknowledge the event within [`crate::Config::publish_timeout`]; it may have
/// been stored all the same, and the client repeats it with the same id.
pub(crate) async fn post_events<K: Posted>(
    State(publisher): State<Publisher>,
    State(clock): State<Clock>,
    State(events_max): State<BatchEventsMax>,
    account: MayPost<K>,
    body: EventBody,
) -> Result<Response, Problem> {
    let mode = body.mode;
    let hand_over = HandOver { publisher, clock, member: &account.member, kind: K::KIND };
    // All events are handed over before anything is awaited: a request that is dropped leaves
    // nothing half done, and no body is kept while Kafka works.
    let handed_over = match mode {
        Mode::Structured => hand_over.all(iter::once(parse(&body.json))),
        Mode::Binary => {
            hand_over.all(iter::once(parse_binary(attributes(&body.headers), &body.json)))
        }
        Mode::Batched => {
            let events = split(&body.json, events_max.0)?;
            hand_over.all(events.iter().map(|event| parse(event.get().as_bytes())))
        }
    };
    drop(body);
    let mut answers = handed_over?.answers().await;
    match mode {
        Mode::Structured | Mode::Binary => {
            let receipt = answers.next().expect("there was one event")?;
            Ok((StatusCode::ACCEPTED, Json(Accepted { receipt })).into_response())
        }
        Mode::Batched => {
            Ok(Json(Results { results: answers.map(result).collect() }).into_response())
        }
    }
}

/// What is needed to hand events over.
struct HandOver<'m> {
    publisher: Publisher,
    clock: Clock,
    member: &'m Member,
    kind: Kind,
}

impl HandOver<'_> {
    /// Decides about each event and hands those that are accepted to Kafka.
    ///
    /// # Errors
    ///
    /// `rate-limited` or `overloaded`, before any event was handed over.
    fn all<'e>(
        &self,
        events: impl ExactSizeIterator<Item = Result<CloudEvent<'e>, Problem>>,
    ) -> Result<HandedOver, Problem> {
        let (kind, now) = (self.kind, self.clock.now());
        let Member { account, rate } = self.member;
        rate.take(events.len())?;
        let submission = self.publisher.begin(kind, events.len()).map_err(|_| {
            let detail = "Too many events wait for Kafka. Nothing was stored.";
            Problem::new(problem::Kind::Overloaded, detail).retry_after(OVERLOADED_PAUSE)
        })?;
        let decided: Vec<Result<EventHash, Problem>> = events
            .enumerate()
            .map(|(index, event)| {
                let record = accept(account, kind, event?, now)?;
                submission.send(index, &account.source, &record);
                Ok(record.event)
            })
            .collect();
        telemetry::count_rejected(kind, decided.iter().filter(|event| event.is_err()).count());
        Ok(HandedOver { kind, decided, delivery: submission.finish() })
    }
}

/// The events of a request, after they were handed over.
struct HandedOver {
    kind: Kind,
    decided: Vec<Result<EventHash, Problem>>,
    delivery: Delivery,
}

impl HandedOver {
    /// What is to be answered for each event, in their order, once all is known.
    async fn answers(self) -> impl Iterator<Item = Result<Receipt, Problem>> {
        let Self { kind, decided, delivery } = self;
        let outcomes = delivery.outcomes().await;
        decided
            .into_iter()
            .zip(outcomes)
            .map(move |(event, outcome)| receipt(kind, event?, outcome))
    }
}
