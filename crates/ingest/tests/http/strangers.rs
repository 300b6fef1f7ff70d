//! What other systems send that is right, or wrong in ways that they must be told.

use axum::Router;
use axum::body::Body;
use futures_util::future::join_all;
use http::{HeaderName, HeaderValue, Request, StatusCode};
use ingest::Config;
use serde_json::{Value, json};

use crate::intake::{BATCH, EVENT, answer, config, example, hall, post, router};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// 服务很好, in GBK.
const GBK: &[u8] = b"\xb7\xfe\xce\xf1\xba\xdc\xba\xc3";

/// An intake with room for all events of a test. Kafka is away, so whoever is accepted is told after
/// three seconds that nothing was acknowledged.
fn intake() -> Router {
    router(&Config { queue_events_max: 1_000, ..config() }, &[hall()])
}

fn is_accepted((status, body): &(StatusCode, Value)) -> bool {
    *status == StatusCode::SERVICE_UNAVAILABLE
        && body["type"] == "urn:haochaping:problem:not-acknowledged"
}

/// A review, as a value.
fn review() -> Value {
    serde_json::from_str(&example("good/review-dissatisfied.json")).expect("JSON")
}

/// The hall's review, through a channel of the hall, with members set.
fn review_with(members: Value) -> String {
    let mut event = review();
    event["data"]["channel"] = "hall".into();
    let members: serde_json::Map<String, Value> = serde_json::from_value(members).expect("members");
    event.as_object_mut().expect("an object").extend(members);
    event.to_string()
}

/// The same in binary mode: the attributes as headers, with further ones.
fn binary(headers: &[(&'static str, &'static str)]) -> Request<Body> {
    let event: Value = serde_json::from_str(&review_with(json!({}))).expect("JSON");
    let mut request = post("/v1/reviews", "application/json", event["data"].to_string());
    for attribute in ["specversion", "id", "source", "type"] {
        let name = HeaderName::try_from(format!("ce-{attribute}")).expect("a name");
        let value = event[attribute].as_str().expect("a text");
        request.headers_mut().insert(name, HeaderValue::try_from(value).expect("a value"));
    }
    for (name, value) in headers {
        request.headers_mut().insert(*name, HeaderValue::from_static(value));
    }
    request
}

#[tokio::test]
async fn events_as_cloudevents_has_them_are_accepted_in_every_mode() {
    let attributes = [
        json!({"time": null}),
        json!({"subject": null, "datacontenttype": null, "traceparent": null}),
        json!({"datacontenttype": "application/json; charset=utf-8"}),
        json!({"datacontenttype": "application/json;charset=\"UTF8\""}),
        json!({"time": "1970-01-01T00:00:00+08:00"}),
        json!({"time": "0001-01-01T00:00:00Z"}),
        json!({"subject": "x", "dataschema": "https://example.org", "sampledrate": 30, "last": true}),
    ];
    let events: Vec<_> = attributes.into_iter().map(review_with).collect();
    let numbers = review_with(json!({})).replace("\"service_no\":1", "\"service_no\":1e0");
    let events = [events, vec![numbers]].concat();

    let router = intake();
    let structured = events.iter().map(|event| post("/v1/reviews", EVENT, event.clone()));
    let marked = [BYTE_ORDER_MARK, events[0].as_bytes()].concat();
    let batch = format!("[{}]", events.join(","));
    let marked_batch = [BYTE_ORDER_MARK, batch.as_bytes()].concat();
    let utf8 = |content_type| post("/v1/reviews", content_type, events[0].clone());
    let single: Vec<_> = structured
        .chain([
            post("/v1/reviews", EVENT, marked),
            utf8("application/cloudevents+json;charset=utf8"),
            utf8("Application/CloudEvents+JSON; Charset=\"UTF-8\""),
            binary(&[("ce-time", "2024-03-05T10:11:12%2B08:00")]),
            binary(&[("ce-type", "\"haochaping.review.v1\"")]),
            binary(&[("ce-time", "0001-01-01T00:00:00Z"), ("ce-subject", "%E6%9C%8D")]),
            binary(&[("content-type", "application/json; charset=utf8"), ("ce-knative", "x")]),
        ])
        .collect();
    let answers = join_all(single.into_iter().map(|request| answer(&router, request))).await;
    for (index, answer) in answers.iter().enumerate() {
        assert!(is_accepted(answer), "request {index}: {answer:?}");
    }
    for batch in [batch.into_bytes(), marked_batch] {
        let (status, body) = answer(&router, post("/v1/reviews", BATCH, batch)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let results = body["results"].as_array().expect("results");
        assert_eq!(results.len(), events.len());
        assert!(results.iter().all(|result| result["status"] == "retry"), "{body}");
    }
}

#[tokio::test]
async fn bytes_of_another_charset_are_refused_with_their_offset_and_in_a_batch_alone() {
    let in_gbk = |event: &str| {
        let (before, after) = event.split_once("TEXT").expect("a place");
        ([before.as_bytes(), GBK, after.as_bytes()].concat(), before.len())
    };
    let good = review_with(json!({}));
    let mut bad = review();
    bad["data"]["text"] = "TEXT".into();
    let (gbk, at) = in_gbk(&bad.to_string());
    let (status, problem) = answer(&intake(), post("/v1/reviews", EVENT, gbk.clone())).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        problem["detail"],
        format!("This is not JSON: the bytes at byte offset {at} are not UTF-8.")
    );

    let batch = [b"[", good.as_bytes(), b",", &gbk, b",", good.as_bytes(), b"]"].concat();
    let at = at + good.len() + 2;
    let (status, body) = answer(&intake(), post("/v1/reviews", BATCH, batch)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let statuses = ["retry", "rejected", "retry"];
    for (index, status) in statuses.into_iter().enumerate() {
        assert_eq!(body["results"][index]["status"], status, "{body}");
    }
    assert_eq!(
        body["results"][1]["problem"]["detail"],
        format!("This is not JSON: the bytes at byte offset {at} are not UTF-8.")
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_body_is_said_in_words_of_json_and_never_of_rust() {
    let event = review_with(json!({}));
    let cases = [
        (event.replace("\"hall\"", "\"hall\","), "expected the name of a field in double quotes"),
        (format!("{},}}", &event[..event.len() - 1]), "the comma at byte offset"),
        (event[..event.len() - 5].to_owned(), "before it is complete"),
        (event.replace("\"hall\"", "\"ha\0ll\""), "a NUL character at byte offset"),
        (event.replace("\"hall\"", "\"ha\nll\""), "a control character at byte offset"),
        (event.replace("\"hall\"", "hall"), "no JSON value at byte offset"),
        (format!("{event}{event}"), "more text after its end"),
        (format!(" \u{feff}{event}"), "a byte order mark at byte offset 1"),
        (String::new(), "it is empty"),
        ("[]".to_owned(), "Expected a JSON object."),
    ];
    let router = intake();
    for (body, words) in cases {
        let (status, problem) = answer(&router, post("/v1/reviews", EVENT, body.clone())).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}: {problem}");
        let detail = problem["detail"].as_str().expect("a text");
        assert!(detail.contains(words), "{body}: {detail}");
    }
    let batch = format!("[{event},{event},{}", &event[..event.len() - 1]);
    let (status, problem) = answer(&router, post("/v1/reviews", BATCH, batch)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let detail = problem["detail"].as_str().expect("a text");
    assert!(detail.contains("before it is complete") && detail.contains("index 2"), "{detail}");
}

/// Replaces every value of an event by a value of each type.
#[tokio::test]
async fn a_value_of_the_wrong_type_is_named_by_its_pointer_in_words_of_json() {
    let router = intake();
    for name in ["good/service-with-names.json", "good/review-dissatisfied.json"] {
        let event: Value = serde_json::from_str(&example(name)).expect("JSON");
        let address = if name.contains("service-") { "/v1/services" } else { "/v1/reviews" };
        let mut pointers = Vec::new();
        collect(&event, "", &mut pointers);
        assert!(pointers.len() >= 12, "{pointers:?}");
        for pointer in pointers {
            for wrong in
                [json!(null), json!(true), json!(7.5), json!(""), json!([[]]), json!({"x": 1})]
            {
                let mut spoilt = event.clone();
                *spoilt.pointer_mut(&pointer).expect("it was collected") = wrong.clone();
                let request = post(address, EVENT, spoilt.to_string());
                let (status, problem) = answer(&router, request).await;
                assert_eq!(
                    status,
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "{pointer} = {wrong}: {problem}"
                );
                let error = &problem["errors"][0];
                let at =
                    error["pointer"].as_str().unwrap_or_else(|| panic!("{pointer}: {problem}"));
                assert!(at.starts_with(&pointer), "{pointer} = {wrong}: {problem}");
                let detail = error["detail"].as_str().expect("a text");
                for rust in [
                    "struct",
                    "optional",
                    "borrowed",
                    "u8",
                    "u16",
                    "sequence",
                    "map",
                    "tuple",
                    "valid JSON",
                ] {
                    assert!(!detail.contains(rust), "{pointer} = {wrong}: {detail}");
                }
                assert!(
                    ["expected ", "must ", "is missing", "is not a field"]
                        .iter()
                        .any(|words| detail.starts_with(words)),
                    "{pointer} = {wrong}: {detail}"
                );
            }
        }
    }
}

fn collect(value: &Value, at: &str, pointers: &mut Vec<String>) {
    if let Value::Object(members) = value {
        for (name, value) in members {
            let at = format!("{at}/{name}");
            collect(value, &at, pointers);
            pointers.push(at);
        }
    }
}
