//! The metrics of the intake.

use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use domain::Kind;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use crate::publisher::Outcome;

const EVENTS: &str = "haochaping_ingest_events_total";
const IN_FLIGHT: &str = "haochaping_ingest_in_flight";
const PUBLISH: &str = "haochaping_ingest_publish_seconds";
const REQUEST: &str = "haochaping_ingest_request_seconds";

/// Says what the metrics mean, and shows those that have not moved yet.
pub(crate) fn describe() {
    describe_counter!(EVENTS, "Events by what became of them: accepted, rejected, retry.");
    describe_gauge!(IN_FLIGHT, "Events that wait for Kafka's acknowledgement.");
    describe_histogram!(PUBLISH, "From a request's first event to Kafka's last acknowledgement.");
    describe_histogram!(REQUEST, "From the head of a request to its answer, by status.");
    for kind in [Kind::Service, Kind::Review, Kind::Disposition] {
        for outcome in ["accepted", "rejected", "retry"] {
            count(kind, outcome, 0);
        }
    }
    gauge!(IN_FLIGHT).set(0);
}

fn count(kind: Kind, outcome: &'static str, events: usize) {
    let kind: &str = kind.into();
    counter!(EVENTS, "kind" => kind, "outcome" => outcome).increment(events as u64);
}

/// Events that were refused before they were handed over.
pub(crate) fn count_rejected(kind: Kind, events: usize) {
    if events > 0 {
        count(kind, "rejected", events);
    }
}

/// What became of events that were handed over.
pub(crate) fn count_outcomes(kind: Kind, outcomes: &[Option<Outcome>]) {
    let (mut accepted, mut rejected, mut retry) = (0, 0, 0);
    for outcome in outcomes.iter().flatten() {
        match outcome {
            Outcome::Acknowledged { .. } => accepted += 1,
            Outcome::TooLarge => rejected += 1,
            Outcome::Unacknowledged => retry += 1,
        }
    }
    for (outcome, events) in [("accepted", accepted), ("rejected", rejected), ("retry", retry)] {
        if events > 0 {
            count(kind, outcome, events);
        }
    }
}

/// Events take their places in the queue.
pub(crate) fn in_flight(events: u32) {
    gauge!(IN_FLIGHT).increment(f64::from(events));
}

/// Events leave their places in the queue.
pub(crate) fn no_longer_in_flight(events: u32) {
    gauge!(IN_FLIGHT).decrement(f64::from(events));
}

/// The events of a request were acknowledged or not.
pub(crate) fn published(after: Duration) {
    histogram!(PUBLISH).record(after);
}

/// Measures every request.
pub(crate) async fn measure(request: Request, next: Next) -> Response {
    let since = Instant::now();
    let response = next.run(request).await;
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        tracing::debug!(status = status.as_u16(), "a request was not answered with success");
    }
    let status = status.as_str().to_owned();
    histogram!(REQUEST, "status" => status).record(since.elapsed());
    response
}
