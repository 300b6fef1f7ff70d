//! Fuzzes requests to the intake. Its Kafka cannot be reached, so a request with accepted events
//! waits, and the test drops it.

use std::io::Write;
use std::num::NonZeroU32;
use std::time::Duration;

use accounts::{Account, AccountKey, Reach};
use axum::Router;
use axum::body::{Body, to_bytes};
use daemon::Clock;
use domain::{EpochSeconds, Kind};
use http::{HeaderName, HeaderValue, Request, StatusCode, header};
use ingest::{Config, IngestState, Members};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;
use topics::KafkaConfig;
use topics::state::Followed;
use tower::ServiceExt;

use crate::schemas::examples;
use crate::spoil::spoilt;
use crate::{fuzz, tells_nothing};

const KEY: &str = "hcp_hall";

fn router() -> Router {
    let config = Config {
        listen: "127.0.0.1:0".parse().expect("an address"),
        admin_listen: "127.0.0.1:0".parse().expect("an address"),
        // Nothing listens on port 9 of this machine.
        kafka: KafkaConfig { kafka_brokers: "127.0.0.1:9".into(), topic_prefix: "fuzz.".into() },
        body_bytes_max: 65_536,
        bodies_bytes_max: 262_144,
        batch_events_max: NonZeroU32::new(10).expect("not zero"),
        body_timeout_ms: 10_000,
        publish_timeout_ms: 3_000,
        queue_events_max: 50_000,
        connections_max: 10,
    };
    let now: EpochSeconds = "2023-08-14T00:00:00Z".parse().expect("an instant");
    let hash = blake3::hash(KEY.as_bytes());
    let account = Account {
        source: "guangzhou/tianhe-hall".parse().expect("a source"),
        keys: vec![AccountKey { hash, made_at: now, expires_at: None, revoked_at: None }],
        revision: NonZeroU32::MIN,
        changed_at: now,
        reach: Reach::Nationwide,
        channels: None,
        posts: [Kind::Service, Kind::Review, Kind::Disposition].into(),
        simulated: false,
        events_per_second: None,
        late_days: 3_650,
    };
    let members = Followed::fixed(Members::of([account], config.batch_events_max));
    ingest::router(IngestState::new(&config, members, Clock::Fixed(now)).expect("a state"))
}

/// How a body is compressed.
#[derive(Clone, Copy, Debug)]
enum Packing {
    Plain,
    Gzip,
    Zstd,
    /// A few bytes that decompress to many.
    GzipBomb,
    ZstdBomb,
}

impl Packing {
    fn pack(self, body: &[u8]) -> Vec<u8> {
        let bomb = || [body, &vec![b' '; 8 << 20][..]].concat();
        match self {
            Self::Plain => body.to_vec(),
            Self::Gzip => gzip(body),
            Self::Zstd => zstd::encode_all(body, 1).expect("memory"),
            Self::GzipBomb => gzip(&bomb()),
            Self::ZstdBomb => zstd::encode_all(bomb().as_slice(), 1).expect("memory"),
        }
    }
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(body).expect("memory");
    encoder.finish().expect("memory")
}

/// Damage to a compressed body: bytes that are replaced somewhere, and a premature end.
type Damage = (Option<(Index, Vec<u8>)>, Option<Index>);

#[derive(Clone, Debug)]
struct Asked {
    path: &'static str,
    content_type: Vec<u8>,
    encoding: Option<Vec<u8>>,
    packing: Packing,
    damage: Damage,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

fn packings() -> impl Strategy<Value = (Packing, Option<Vec<u8>>)> {
    let named = |packing: Packing, name: &str| Just((packing, Some(name.as_bytes().to_vec())));
    prop_oneof![
        60 => Just((Packing::Plain, None)),
        20 => named(Packing::Gzip, "gzip"),
        20 => named(Packing::Zstd, "zstd"),
        1 => named(Packing::GzipBomb, "gzip"),
        1 => named(Packing::ZstdBomb, "zstd"),
        2 => named(Packing::Gzip, "zstd"),
        2 => named(Packing::Plain, "gzip"),
        2 => prop::collection::vec(any::<u8>(), 0..12)
            .prop_map(|name| (Packing::Plain, Some(name))),
    ]
}

fn headers() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let attributes = [
        ("ce-specversion", "1.0"),
        ("ce-id", "ee3a6f02-6946-7243-8de8-81c2bd576ebe"),
        ("ce-source", "guangzhou/tianhe-hall"),
        ("ce-type", "haochaping.review.v1"),
    ];
    let usual = attributes.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
    let names = [
        "ce-specversion",
        "ce-id",
        "ce-source",
        "ce-type",
        "ce-time",
        "ce-phone",
        "ce-",
        "ce-~",
        "ce-traceparent",
        "content-length",
        "transfer-encoding",
        "expect",
        "authorization",
    ];
    let values = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        "[ -~]{0,40}".prop_map(String::into_bytes),
        Just(crate::spoil::SECRETS[1].as_bytes().to_vec()),
    ];
    let more =
        prop::collection::vec((select(names.to_vec()).prop_map(str::to_owned), values), 0..3);
    (prop::bool::weighted(0.9), more)
        .prop_map(move |(usually, more)| if usually { [&usual[..], &more].concat() } else { more })
}

fn asked() -> impl Strategy<Value = Asked> {
    let paths = select(&["/v1/reviews", "/v1/services", "/v1/dispositions"][..]);
    let structured = spoilt(examples())
        .prop_map(|body| ("application/cloudevents+json".as_bytes().to_vec(), body));
    let batched = prop::collection::vec(spoilt(examples()), 0..12).prop_map(|events| {
        let body = [&b"["[..], &events.join(&b","[..]), b"]"].concat();
        ("application/cloudevents-batch+json".as_bytes().to_vec(), body)
    });
    let data = |json: Vec<u8>| {
        let event: Value = serde_json::from_slice(&json).expect("an example");
        event["data"].to_string().into_bytes()
    };
    let binary = spoilt(examples().into_iter().map(data).collect())
        .prop_map(|body| ("application/json; charset=utf-8".as_bytes().to_vec(), body));
    let strange = (prop::collection::vec(any::<u8>(), 0..60), spoilt(examples()));
    let bodies = prop_oneof![6 => structured, 3 => batched, 3 => binary, 1 => strange];
    let damage = (
        prop::option::weighted(0.1, (any::<Index>(), prop::collection::vec(any::<u8>(), 1..6))),
        prop::option::weighted(0.05, any::<Index>()),
    );
    (paths, bodies, packings(), damage, headers()).prop_map(
        |(path, (content_type, body), (packing, encoding), damage, headers)| Asked {
            path,
            content_type,
            encoding,
            packing,
            damage,
            headers,
            body,
        },
    )
}

impl Asked {
    /// The request, or `None` if HTTP cannot carry it.
    fn request(&self) -> Option<Request<Body>> {
        let mut body = self.packing.pack(&self.body);
        if let Some((at, bytes)) = &self.damage.0 {
            let at = at.index(body.len() + 1);
            body.splice(at..(at + bytes.len()).min(body.len()), bytes.iter().copied());
        }
        if let Some(at) = self.damage.1 {
            body.truncate(at.index(body.len() + 1));
        }
        let mut request = Request::post(self.path)
            .header(header::AUTHORIZATION, format!("Bearer {KEY}"))
            .header(header::CONTENT_TYPE, HeaderValue::from_bytes(&self.content_type).ok()?);
        if let Some(encoding) = &self.encoding {
            let encoding = HeaderValue::from_bytes(encoding).ok()?;
            request = request.header(header::CONTENT_ENCODING, encoding);
        }
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            request = request.header(name, HeaderValue::from_bytes(value).ok()?);
        }
        request.body(Body::from(body)).ok()
    }
}

/// The statuses that the intake may answer. 500 would be a bug of ours.
const ANSWERS: [StatusCode; 9] = [
    StatusCode::OK,
    StatusCode::BAD_REQUEST,
    StatusCode::UNAUTHORIZED,
    StatusCode::FORBIDDEN,
    StatusCode::PAYLOAD_TOO_LARGE,
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    StatusCode::UNPROCESSABLE_ENTITY,
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::SERVICE_UNAVAILABLE,
];

/// Longer than an answer takes that does not wait for Kafka. The intake decides whether it accepts
/// an event before it waits for anything.
const UNTIL_LET_GO: Duration = Duration::from_millis(1);

#[test]
fn a_request_is_answered_without_its_values_or_waits_for_kafka() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let router = {
        let _guard = runtime.enter();
        router()
    };
    fuzz("requests", &asked(), |asked| {
        let Some(request) = asked.request() else { return Ok(()) };
        let answer = router.clone().oneshot(request);
        let answered = runtime.block_on(async { tokio::time::timeout(UNTIL_LET_GO, answer).await });
        let Ok(Ok(response)) = answered else { return Ok(()) };
        let (head, body) = response.into_parts();
        let body = runtime.block_on(to_bytes(body, 1 << 20)).expect("a whole body");
        prop_assert!(ANSWERS.contains(&head.status), "{} is not an allowed status", head.status);
        prop_assert!(serde_json::from_slice::<Value>(&body).is_ok(), "no JSON");
        tells_nothing("a request", &String::from_utf8_lossy(&body))
    });
}
