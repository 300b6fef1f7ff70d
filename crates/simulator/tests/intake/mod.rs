//! An intake that keeps accepted events in memory, and can be told to misbehave.

use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use domain::Kind;
use serde_json::value::RawValue;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower_http::decompression::RequestDecompressionLayer;
use wire::{CloudEvent, EventResult, FieldError, Problem, Receipt, Results};

pub(crate) const KEY: &str = "hcp_test";

/// How the intake behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    None,
    /// It answers some requests with 503 and 429, and acknowledges some events only at the second
    /// attempt.
    Unsteady,
    /// It refuses events of this kind.
    Refuses(Kind),
    /// It knows no key.
    Closed,
}

struct Shared {
    trouble: Trouble,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    accepted: BTreeMap<Vec<u8>, u64>,
    not_acknowledged: HashSet<Vec<u8>>,
    requests: u64,
    compressed: u64,
    answers: BTreeMap<u16, u64>,
}

pub(crate) struct Intake {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: Option<JoinHandle<()>>,
}

impl Intake {
    pub(crate) async fn start(trouble: Trouble) -> Self {
        let shared = Arc::new(Shared { trouble, seen: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = Some(serve(listener, shared.clone()));
        Self { address, shared, server }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The same intake for another task. Dropping the handle does not end the intake.
    pub(crate) fn handle(&self) -> Self {
        Self { address: self.address, shared: self.shared.clone(), server: None }
    }

    /// Ends the intake and all its connections.
    pub(crate) async fn kill(&mut self) {
        let server = self.server.take().expect("it runs");
        server.abort();
        assert!(server.await.expect_err("it never ends by itself").is_cancelled());
    }

    /// Starts it again at the same address.
    pub(crate) async fn restart(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("the same port");
        self.server = Some(serve(listener, self.shared.clone()));
    }

    /// Waits until this many events were accepted.
    pub(crate) async fn until_accepted(&self, events: u64) {
        let reached = async {
            while self.seen(|seen| seen.accepted.values().sum::<u64>()) < events {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), reached).await.expect("in time");
    }

    /// The accepted events, and how often each was accepted.
    pub(crate) fn accepted(&self) -> BTreeMap<Vec<u8>, u64> {
        self.seen(|seen| seen.accepted.clone())
    }

    /// The number of requests that were answered with a status.
    pub(crate) fn answered(&self, status: u16) -> u64 {
        self.seen(|seen| seen.answers.get(&status).copied().unwrap_or(0))
    }

    /// The number of compressed requests.
    pub(crate) fn compressed(&self) -> u64 {
        self.seen(|seen| seen.compressed)
    }

    fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.shared.seen.lock().expect("no panic"))
    }
}

fn serve(listener: TcpListener, shared: Arc<Shared>) -> JoinHandle<()> {
    let router = Router::new()
        .route("/v1/{kind}", post(take))
        .layer(RequestDecompressionLayer::new())
        .layer(axum::middleware::map_request_with_state(shared.clone(), note_compression))
        .with_state(shared);
    tokio::spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        // The connections are children of this task, so that they die with it.
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            let service = hyper_util::service::TowerToHyperService::new(router.clone());
            connections.spawn(async move {
                let stream = hyper_util::rt::TokioIo::new(stream);
                let connection = hyper::server::conn::http1::Builder::new();
                // A client that disconnects does not concern the intake.
                drop(connection.serve_connection(stream, service).await);
            });
        }
    })
}

async fn note_compression(
    State(shared): State<Arc<Shared>>,
    request: axum::extract::Request,
) -> axum::extract::Request {
    if request.headers().get(header::CONTENT_ENCODING).is_some_and(|coding| coding == "zstd") {
        shared.seen.lock().expect("no panic").compressed += 1;
    }
    request
}

async fn take(
    State(shared): State<Arc<Shared>>,
    Path(kind): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let response = judge(&shared, &kind, &headers, &body);
    let status = response.status().as_u16();
    *shared.seen.lock().expect("no panic").answers.entry(status).or_default() += 1;
    response
}

fn judge(shared: &Shared, kind: &str, headers: &HeaderMap, body: &[u8]) -> Response {
    assert_eq!(headers[header::CONTENT_TYPE], "application/cloudevents-batch+json");
    let has_key = headers.get(header::AUTHORIZATION).is_some_and(|bearer| {
        shared.trouble != Trouble::Closed && *bearer == format!("Bearer {KEY}")
    });
    if !has_key {
        let problem = axum::Json(problem("Unauthenticated", 401, "the key belongs to nobody"));
        return (StatusCode::UNAUTHORIZED, problem).into_response();
    }
    let mut seen = shared.seen.lock().expect("no panic");
    seen.requests += 1;
    if shared.trouble == Trouble::Unsteady {
        match seen.requests % 7 {
            2 => {
                let problem = axum::Json(problem("Not acknowledged", 503, "the broker is away"));
                let wait = [(header::RETRY_AFTER, "0")];
                return (StatusCode::SERVICE_UNAVAILABLE, wait, problem).into_response();
            }
            4 => return (StatusCode::TOO_MANY_REQUESTS, "no problem details").into_response(),
            _ => {}
        }
    }
    let events: Vec<&RawValue> = serde_json::from_slice(body).expect("an array");
    assert!((1..=1000).contains(&events.len()));
    let results = events.iter().zip(0..).map(|(json, place)| {
        let event = CloudEvent::parse(json.get().as_bytes()).expect("a valid event");
        let its_kind: &str = event.event.kind().into();
        assert_eq!(format!("{its_kind}s"), kind);
        shared.result(&mut seen, json.get().as_bytes(), event.event.kind(), place)
    });
    axum::Json(Results { results: results.collect() }).into_response()
}

impl Shared {
    fn result(&self, seen: &mut Seen, json: &[u8], kind: Kind, place: i64) -> EventResult {
        if self.trouble == Trouble::Refuses(kind) {
            let mut problem = problem("Out of scope", 403, "not this account's");
            let (pointer, detail) = ("/data/action".to_owned(), "is not allowed".to_owned());
            problem.errors.push(FieldError { pointer, detail });
            return EventResult::Rejected { problem };
        }
        let is_unsteady = self.trouble == Trouble::Unsteady && place % 5 == 3;
        if is_unsteady && seen.not_acknowledged.insert(json.to_vec()) {
            return EventResult::Retry { problem: problem("Not acknowledged", 503, "no answer") };
        }
        *seen.accepted.entry(json.to_vec()).or_default() += 1;
        let event = domain::EventHash::of(json).to_string();
        let receipt = Receipt { event, topic: "services".into(), partition: 0, offset: place };
        EventResult::Accepted { receipt }
    }
}

fn problem(title: &'static str, status: u16, detail: &str) -> Problem {
    Problem {
        problem_type: "urn:x".into(),
        title: title.into(),
        status,
        detail: detail.to_owned(),
        errors: Vec::new(),
    }
}
