//! What is answered while Kafka does not acknowledge (D1).

use std::num::NonZeroU32;
use std::time::Duration;

use http::StatusCode;
use ingest::Config;
use insta::assert_snapshot;
use tokio::time::{Instant, timeout};

use crate::intake::{BATCH, EVENT, answer, config, example, hall, post, router, seen};

#[tokio::test]
async fn success_is_not_said_without_kafka() {
    let router = router(&config(), &[hall()]);
    let service = example("good/service.json");
    let request = post("/v1/services", EVENT, service.clone());
    assert_snapshot!(seen(&router, request).await, @r#"
    503 Service Unavailable
    content-type: application/problem+json
    retry-after: 5
    {
      "detail": "Kafka did not acknowledge the event in time, but may have stored it. Send the event again with the same id.",
      "status": 503,
      "title": "Not acknowledged",
      "type": "urn:haochaping:problem:not-acknowledged"
    }
    "#);

    let batch = format!("[{},{}]", service.replace("2023-07-05", "2023-08-15"), service);
    assert_snapshot!(seen(&router, post("/v1/services", BATCH, batch)).await, @r#"
    200 OK
    content-type: application/json
    {
      "results": [
        {
          "problem": {
            "detail": "/data/served_on: must not be in the future",
            "errors": [
              {
                "detail": "must not be in the future",
                "pointer": "/data/served_on"
              }
            ],
            "status": 422,
            "title": "Invalid event",
            "type": "urn:haochaping:problem:invalid-event"
          },
          "status": "rejected"
        },
        {
          "problem": {
            "detail": "Kafka did not acknowledge the event in time, but may have stored it. Send the event again with the same id.",
            "status": 503,
            "title": "Not acknowledged",
            "type": "urn:haochaping:problem:not-acknowledged"
          },
          "status": "retry"
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn more_events_than_fit_into_the_queue_are_not_taken_on() {
    let one = NonZeroU32::new(1).expect("not zero");
    let router =
        router(&Config { batch_events_max: one, queue_events_max: 1, ..config() }, &[hall()]);
    let request = || post("/v1/services", EVENT, example("good/service.json"));
    let (first, second) = tokio::join!(seen(&router, request()), seen(&router, request()));
    assert!(first.contains("not-acknowledged"), "{first}");
    assert_snapshot!(second, @r#"
    503 Service Unavailable
    content-type: application/problem+json
    retry-after: 1
    {
      "detail": "Too many events wait for Kafka. Nothing was stored.",
      "status": 503,
      "title": "Overloaded",
      "type": "urn:haochaping:problem:overloaded"
    }
    "#);
}

/// A client that goes away while Kafka works: its event keeps its place until Kafka has reported,
/// and not longer.
#[tokio::test]
async fn a_request_that_is_dropped_holds_its_place_until_kafka_has_reported() {
    let one = NonZeroU32::new(1).expect("not zero");
    let router =
        router(&Config { batch_events_max: one, queue_events_max: 1, ..config() }, &[hall()]);
    let request = || post("/v1/services", EVENT, example("good/service.json"));
    let dropped = timeout(Duration::from_millis(100), answer(&router, request())).await;
    assert!(dropped.is_err(), "there is no Kafka to acknowledge it");
    let problem = |(_, body): (StatusCode, serde_json::Value)| body["type"].clone();

    let next = answer(&router, request()).await;
    assert_eq!(problem(next), "urn:haochaping:problem:overloaded");
    let deadline = Instant::now() + Duration::from_secs(20);
    while problem(answer(&router, request()).await) == "urn:haochaping:problem:overloaded" {
        assert!(Instant::now() < deadline, "the place was never given back");
        tokio::task::yield_now().await;
    }
}
