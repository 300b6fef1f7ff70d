//! The metrics of the intake.

use std::time::Duration;

use domain::Kind;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use strum::{IntoStaticStr, VariantArray};

const EVENTS: &str = "haochaping_ingest_events_total";
const IN_FLIGHT: &str = "haochaping_ingest_in_flight";
const PUBLISH: &str = "haochaping_ingest_publish_seconds";
const REQUEST: &str = "haochaping_ingest_request_seconds";

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Became {
    /// Kafka has acknowledged it.
    Accepted,
    /// It was refused.
    Rejected,
    /// Its sender was asked to send it again.
    Retry,
}

/// Says what the metrics mean, and shows those that have not moved yet.
pub(crate) fn describe() {
    describe_counter!(EVENTS, "Events by what became of them: accepted, rejected, retry.");
    describe_gauge!(IN_FLIGHT, "Events that wait for Kafka's acknowledgement.");
    describe_histogram!(PUBLISH, "From a request's first event to Kafka's last acknowledgement.");
    describe_histogram!(REQUEST, "From the head of a request to its answer, by status.");
    for kind in Kind::VARIANTS {
        for became in Became::VARIANTS {
            count(*kind, *became, 0);
        }
    }
    gauge!(IN_FLIGHT).set(0);
}

/// So many events of a request became this.
pub(crate) fn count(kind: Kind, became: Became, events: usize) {
    let (kind, became): (&str, &str) = (kind.into(), became.into());
    counter!(EVENTS, "kind" => kind, "outcome" => became).increment(events as u64);
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

/// A request was answered.
pub(crate) fn answered(status: u16, after: Duration) {
    histogram!(REQUEST, "status" => status.to_string()).record(after);
}
