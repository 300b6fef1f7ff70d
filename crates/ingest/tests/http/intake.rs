//! An intake whose Kafka nobody can reach, and what its clients see.

use std::fmt::Write;
use std::net::TcpListener;
use std::num::NonZeroU32;
use std::path::Path;

use accounts::{Account, AccountKey, Reach};
use axum::Router;
use axum::body::{Body, to_bytes};
use daemon::Clock;
use domain::{Channel, EpochSeconds, Kind};
use http::{HeaderName, Request, StatusCode, header};
use ingest::{Config, IngestState, Members};
use serde_json::Value;
use topics::KafkaConfig;
use topics::state::Followed;
use tower::ServiceExt;

/// The clock of schemas/examples.
const NOW: &str = "2023-08-14T00:00:00Z";

/// An address at which nobody listens.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// Small bounds, so that they are reached.
pub(crate) fn config() -> Config {
    Config {
        listen: "127.0.0.1:0".parse().expect("an address"),
        admin_listen: "127.0.0.1:0".parse().expect("an address"),
        kafka: KafkaConfig { kafka_brokers: nowhere(), topic_prefix: "haochaping.".into() },
        body_bytes_max: 16_384,
        bodies_bytes_max: 65_536,
        batch_events_max: NonZeroU32::new(10).expect("not zero"),
        body_timeout_ms: 10_000,
        publish_timeout_ms: 3_000,
        queue_events_max: 10,
        connections_max: 10,
    }
}

/// A hall in Guangzhou that posts services and reviews.
pub(crate) fn hall() -> Account {
    Account {
        source: "guangzhou/tianhe-hall".parse().expect("a source"),
        keys: vec![key("hcp_hall")],
        reach: Reach::Area("440100000000".parse().expect("an area")),
        revision: NonZeroU32::MIN,
        changed_at: now(),
        channels: Some([Channel::Hall].into()),
        posts: [Kind::Service, Kind::Review].into(),
        simulated: false,
        events_per_second: None,
        late_days: 60,
    }
}

/// What the clock says.
pub(crate) fn now() -> EpochSeconds {
    NOW.parse().expect("an instant")
}

/// A key that is good.
pub(crate) fn key(text: &str) -> AccountKey {
    let hash = blake3::hash(text.as_bytes());
    AccountKey { hash, made_at: now(), expires_at: None, revoked_at: None }
}

/// The router of an intake that knows these accounts.
pub(crate) fn router(config: &Config, accounts: &[Account]) -> Router {
    let members = Members::of(accounts.iter().cloned(), config.batch_events_max);
    router_with(config, Followed::fixed(members))
}

/// The router of an intake that follows accounts.
pub(crate) fn router_with(config: &Config, members: Followed<Members>) -> Router {
    let state = IngestState::new(config, members, Clock::Fixed(now()));
    ingest::router(state.expect("a state"))
}

/// A request of the hall, as JSON of CloudEvents.
pub(crate) fn post(path: &str, content_type: &str, body: impl Into<Body>) -> Request<Body> {
    post_as("hcp_hall", path, content_type, body)
}

/// A request with a key.
pub(crate) fn post_as(
    key: &str,
    path: &str,
    content_type: &str,
    body: impl Into<Body>,
) -> Request<Body> {
    Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .header(header::CONTENT_TYPE, content_type)
        .body(body.into())
        .expect("a request")
}

/// Status and body of an answer.
pub(crate) async fn answer(router: &Router, request: Request<Body>) -> (StatusCode, Value) {
    let response = router.clone().oneshot(request).await.expect("infallible");
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    (status, serde_json::from_slice(&body).expect("JSON"))
}

/// What a client sees: status, headers that matter, body.
pub(crate) async fn seen(router: &Router, request: Request<Body>) -> String {
    let response = router.clone().oneshot(request).await.expect("infallible");
    let mut seen = format!("{}\n", response.status());
    let headers: [HeaderName; 4] =
        [header::CONTENT_TYPE, header::RETRY_AFTER, header::WWW_AUTHENTICATE, header::ALLOW];
    for name in headers {
        if let Some(value) = response.headers().get(&name) {
            writeln!(seen, "{name}: {}", value.to_str().expect("ASCII")).expect("memory");
        }
    }
    let body = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    let json: Value = serde_json::from_slice(&body).expect("JSON");
    seen + &serde_json::to_string_pretty(&json).expect("JSON")
}

/// An example under schemas/.
pub(crate) fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/examples").join(name);
    std::fs::read_to_string(path).expect("an example can be read")
}

/// CloudEvents in structured mode.
pub(crate) const EVENT: &str = "application/cloudevents+json";

/// CloudEvents in batched mode.
pub(crate) const BATCH: &str = "application/cloudevents-batch+json";
