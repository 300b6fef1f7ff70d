//! The addresses that take in events.

use std::iter;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use daemon::Clock;
use http::StatusCode;
use serde::Serialize;
use topics::state::Followed;
use wire::{Receipt, Results};

use super::account::Posted;
use super::answers::result;
use super::batch::split;
use super::binary::attributes;
use super::body::Mode;
use super::post::Post;
use super::problem::Problem;
use crate::intake::{parse, parse_binary};
use crate::members::Members;
use crate::publisher::Publisher;
use crate::submit::Submit;

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
/// been stored nevertheless, and the client repeats it with the same id.
pub(crate) async fn post_events<K: Posted>(
    State(publisher): State<Publisher>,
    State(clock): State<Clock>,
    State(members): State<Followed<Members>>,
    State(events_max): State<BatchEventsMax>,
    Post { account, body }: Post<K>,
) -> Result<Response, Problem> {
    let (mode, now) = (body.mode, clock.now());
    let member = account.member(&members, now)?;
    let submit = Submit { publisher: &publisher, member: &member, kind: K::KIND, now };
    // All events are handed over before anything is awaited: a request that is dropped leaves
    // nothing half done, and no body is kept while Kafka works.
    let (json, offset) = body.json();
    let submitted = match mode {
        Mode::Structured => submit.events(iter::once(parse(json, offset))),
        Mode::Binary => {
            submit.events(iter::once(parse_binary(attributes(&body.headers), json, offset)))
        }
        Mode::Batched => {
            let events = split(json, offset, events_max.0)?;
            submit.events(events.iter().map(|(event, start)| parse(event, offset + start)))
        }
    };
    drop(body);
    let mut receipts = submitted?.receipts().await;
    match mode {
        Mode::Structured | Mode::Binary => {
            let receipt = receipts.next().expect("there was one event")?;
            Ok((StatusCode::ACCEPTED, Json(Accepted { receipt })).into_response())
        }
        Mode::Batched => {
            Ok(Json(Results { results: receipts.map(result).collect() }).into_response())
        }
    }
}
