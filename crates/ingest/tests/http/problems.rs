//! What is wrong with a request, as its client sees it.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::{StreamExt, stream};
use http::{Request, StatusCode, header};
use ingest::Config;
use insta::assert_snapshot;
use tokio::time::timeout;

use crate::intake::{BATCH, EVENT, answer, config, example, hall, post, router, seen};

#[tokio::test]
async fn a_body_that_cannot_be_read_is_malformed() {
    let router = router(&config(), &[hall()]);
    assert_snapshot!(seen(&router, post("/v1/services", EVENT, "{\"id\": ")).await, @r#"
    400 Bad Request
    content-type: application/problem+json
    {
      "detail": "This is not JSON: it ends at byte offset 7 before it is complete.",
      "status": 400,
      "title": "Malformed body",
      "type": "urn:haochaping:problem:malformed-body"
    }
    "#);
    assert_snapshot!(seen(&router, post("/v1/services", BATCH, "{}")).await, @r#"
    400 Bad Request
    content-type: application/problem+json
    {
      "detail": "Expected a JSON array of events.",
      "status": 400,
      "title": "Malformed body",
      "type": "urn:haochaping:problem:malformed-body"
    }
    "#);
    let mut request = post("/v1/services", EVENT, "{}");
    request.headers_mut().insert(header::CONTENT_ENCODING, "gzip".parse().expect("a value"));
    assert_snapshot!(seen(&router, request).await, @r#"
    400 Bad Request
    content-type: application/problem+json
    {
      "detail": "The body does not decompress.",
      "status": 400,
      "title": "Malformed body",
      "type": "urn:haochaping:problem:malformed-body"
    }
    "#);
}

#[tokio::test]
async fn an_address_or_a_method_that_does_not_exist_is_said() {
    let router = router(&config(), &[hall()]);
    assert_snapshot!(seen(&router, post("/v1/service", EVENT, "{}")).await, @r#"
    404 Not Found
    content-type: application/problem+json
    {
      "detail": "There is nothing at this address. See the API's description.",
      "status": 404,
      "title": "Not found",
      "type": "urn:haochaping:problem:not-found"
    }
    "#);
    let request = Request::get("/v1/services").body(Body::empty()).expect("a request");
    assert_snapshot!(seen(&router, request).await, @r#"
    405 Method Not Allowed
    content-type: application/problem+json
    allow: POST
    {
      "detail": "The address does not know this method.",
      "status": 405,
      "title": "Method not allowed",
      "type": "urn:haochaping:problem:method-not-allowed"
    }
    "#);
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_not_waited_for() {
    let router = router(&Config { body_timeout_ms: 50, ..config() }, &[hall()]);
    let never = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    let seen = timeout(Duration::from_secs(2), seen(&router, post("/v1/services", EVENT, never)));
    assert_snapshot!(seen.await.expect("an answer"), @r#"
    408 Request Timeout
    content-type: application/problem+json
    {
      "detail": "The body did not arrive in time. Nothing was stored.",
      "status": 408,
      "title": "Request timeout",
      "type": "urn:haochaping:problem:request-timeout"
    }
    "#);
}

#[tokio::test]
async fn a_body_is_bounded_whether_or_not_it_says_how_large_it_is() {
    let router = router(&config(), &[hall()]);
    let large = vec![b' '; 16_385];
    assert_snapshot!(seen(&router, post("/v1/services", EVENT, large.clone())).await, @r#"
    413 Payload Too Large
    content-type: application/problem+json
    {
      "detail": "A body may have at most 16384 bytes, also after it was decompressed. Nothing was stored.",
      "status": 413,
      "title": "Too large",
      "type": "urn:haochaping:problem:too-large"
    }
    "#);

    let chunk = Bytes::from(large[..1_639].to_vec());
    let chunks = stream::iter((0..10).map(move |_| Ok::<_, Infallible>(chunk.clone())));
    let chunked = post("/v1/services", EVENT, Body::from_stream(chunks));
    assert_eq!(answer(&router, chunked).await.0, StatusCode::PAYLOAD_TOO_LARGE);

    let bomb = zstd::encode_all(large.as_slice(), 1).expect("memory");
    let mut request = post("/v1/services", EVENT, bomb);
    request.headers_mut().insert(header::CONTENT_ENCODING, "zstd".parse().expect("a value"));
    assert_eq!(answer(&router, request).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_batch_has_a_bounded_number_of_events() {
    let router = router(&config(), &[hall()]);
    let batch = format!("[{}]", ["{}"; 11].join(","));
    assert_snapshot!(seen(&router, post("/v1/services", BATCH, batch)).await, @r#"
    413 Payload Too Large
    content-type: application/problem+json
    {
      "detail": "A batch may have at most 10 events. Nothing was stored.",
      "status": 413,
      "title": "Too large",
      "type": "urn:haochaping:problem:too-large"
    }
    "#);
}

#[tokio::test]
async fn bodies_together_are_bounded_too() {
    let bounds = Config { body_bytes_max: 100, bodies_bytes_max: 100, ..config() };
    let router = router(&bounds, &[hall()]);
    let half = stream::iter([Ok::<_, Infallible>(Bytes::from(vec![b' '; 60]))]);
    let half = half.chain(stream::pending());
    let waiting = answer(&router, post("/v1/services", EVENT, Body::from_stream(half)));
    tokio::pin!(waiting);
    assert!(timeout(Duration::from_millis(50), &mut waiting).await.is_err());
    let second = post("/v1/services", EVENT, vec![b' '; 60]);
    assert_snapshot!(seen(&router, second).await, @r#"
    503 Service Unavailable
    content-type: application/problem+json
    retry-after: 1
    {
      "detail": "Too many bodies are being received. Nothing was stored.",
      "status": 503,
      "title": "Overloaded",
      "type": "urn:haochaping:problem:overloaded"
    }
    "#);
}

#[tokio::test]
async fn a_type_or_an_encoding_that_is_not_read_is_said() {
    let router = router(&config(), &[hall()]);
    assert_snapshot!(seen(&router, post("/v1/services", "text/csv", "")).await, @r#"
    415 Unsupported Media Type
    content-type: application/problem+json
    {
      "detail": "The content type must be application/cloudevents+json for one event, application/cloudevents-batch+json for a list of them, or application/json with the attributes of the event as ce- headers; in UTF-8.",
      "status": 415,
      "title": "Unsupported media type",
      "type": "urn:haochaping:problem:unsupported-media-type"
    }
    "#);
    let mut request = post("/v1/services", EVENT, "{}");
    request.headers_mut().insert(header::CONTENT_ENCODING, "br".parse().expect("a value"));
    assert_snapshot!(seen(&router, request).await, @r#"
    415 Unsupported Media Type
    content-type: application/problem+json
    {
      "detail": "The content encoding must be gzip or zstd, or absent.",
      "status": 415,
      "title": "Unsupported media type",
      "type": "urn:haochaping:problem:unsupported-media-type"
    }
    "#);
    let gbk = post("/v1/services", "application/cloudevents+json; charset=gbk", "{}");
    assert_snapshot!(seen(&router, gbk).await, @r#"
    415 Unsupported Media Type
    content-type: application/problem+json
    {
      "detail": "The charset of the content type must be utf-8, or absent.",
      "status": 415,
      "title": "Unsupported media type",
      "type": "urn:haochaping:problem:unsupported-media-type"
    }
    "#);
}

#[tokio::test]
async fn an_event_that_is_wrong_is_answered_with_its_field() {
    let router = router(&config(), &[hall()]);
    let review = example("bad/review-bad-without-tag-or-text.json");
    assert_snapshot!(seen(&router, post("/v1/reviews", EVENT, review)).await, @r#"
    422 Unprocessable Entity
    content-type: application/problem+json
    {
      "detail": "/data/tags: must not be empty unless text says why the review is bad",
      "errors": [
        {
          "detail": "must not be empty unless text says why the review is bad",
          "pointer": "/data/tags"
        }
      ],
      "status": 422,
      "title": "Invalid event",
      "type": "urn:haochaping:problem:invalid-event"
    }
    "#);
}

#[tokio::test]
async fn in_binary_mode_a_header_is_named_as_if_it_stood_in_the_event() {
    let router = router(&config(), &[hall()]);
    let mut request = post("/v1/services", "application/json", "{}");
    request.headers_mut().insert("ce-specversion", "1.0".parse().expect("a value"));
    assert_snapshot!(seen(&router, request).await, @r#"
    422 Unprocessable Entity
    content-type: application/problem+json
    {
      "detail": "/id: is missing",
      "errors": [
        {
          "detail": "is missing",
          "pointer": "/id"
        }
      ],
      "status": 422,
      "title": "Invalid event",
      "type": "urn:haochaping:problem:invalid-event"
    }
    "#);
}

#[tokio::test]
async fn a_batch_is_answered_event_by_event() {
    let router = router(&config(), &[hall()]);
    let service = example("good/service.json");
    let events = [
        service.replace("440106000000", "430102000000"),
        service.replace("2023-07-05", "2023-08-15"),
        "3".to_owned(),
    ];
    let batch = format!("[{}]", events.join(","));
    assert_snapshot!(seen(&router, post("/v1/services", BATCH, batch)).await, @r#"
    200 OK
    content-type: application/json
    {
      "results": [
        {
          "problem": {
            "detail": "The account may not post events for this area.",
            "status": 403,
            "title": "Out of scope",
            "type": "urn:haochaping:problem:out-of-scope"
          },
          "status": "rejected"
        },
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
            "detail": "Expected a JSON object.",
            "status": 400,
            "title": "Malformed body",
            "type": "urn:haochaping:problem:malformed-body"
          },
          "status": "rejected"
        }
      ]
    }
    "#);
    assert_snapshot!(seen(&router, post("/v1/services", BATCH, "[]")).await, @r#"
    200 OK
    content-type: application/json
    {
      "results": []
    }
    "#);
}
