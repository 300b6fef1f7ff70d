//! The body of a request: what its head says of it, and its bytes, received within bounds of size,
//! time and memory.
//!
//! It must never keep more of a stranger's bytes than those bounds allow.

use std::sync::Arc;
use std::time::Duration;

use super::problem::{Kind, Problem};
use axum::body::{Body, Bytes};
use axum::extract::{FromRef, FromRequest, Request};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::answers::OVERLOADED_PAUSE;
use super::encoding::{Encoding, too_large};
use crate::config::Config;

/// The bounds of bodies.
#[derive(Clone, Debug)]
pub(crate) struct BodyBounds {
    bytes_max: usize,
    timeout: Duration,
    /// Bytes of memory that are left for bodies which are being received.
    memory: Arc<Semaphore>,
}

impl BodyBounds {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            bytes_max: config.body_bytes_max,
            timeout: config.body_timeout(),
            memory: Arc::new(Semaphore::new(config.bodies_bytes_max)),
        }
    }
}

/// The modes of CloudEvents over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The body is an event.
    Structured,
    /// The body is a list of events.
    Batched,
    /// The body is an event's data; its attributes are headers.
    Binary,
}

/// A body that was received whole and decompressed.
pub(crate) struct EventBody {
    pub(crate) mode: Mode,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Vec<u8>,
}

impl<S: Send + Sync> FromRequest<S> for EventBody
where
    BodyBounds: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bounds = BodyBounds::from_ref(state);
        let (parts, body) = request.into_parts();
        let mode = mode(&parts.headers)?;
        let encoding = Encoding::of(&parts.headers)?;
        let Ok(received) = timeout(bounds.timeout, receive(body, &bounds)).await else {
            let detail = "The body did not arrive in time. Nothing was stored.";
            return Err(Problem::new(Kind::RequestTimeout, detail));
        };
        let (received, memory) = received?;
        // From here until the events are handed to Kafka nothing waits, so no more bodies are
        // decompressed at once than there are threads, and those need no share of the memory.
        drop(memory);
        let json = encoding.decode(received, bounds.bytes_max)?;
        Ok(Self { mode, headers: parts.headers, json })
    }
}

/// What the content type says of the body.
fn mode(headers: &HeaderMap) -> Result<Mode, Problem> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let (essence, parameters) =
        content_type.map_or(("", ""), |value| value.split_once(';').unwrap_or((value, "")));
    let is_utf8 = parameters.split(';').filter_map(|parameter| parameter.split_once('=')).all(
        |(name, value)| {
            !name.trim().eq_ignore_ascii_case("charset")
                || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        },
    );
    match essence.trim().to_ascii_lowercase().as_str() {
        "application/cloudevents+json" if is_utf8 => Ok(Mode::Structured),
        "application/cloudevents-batch+json" if is_utf8 => Ok(Mode::Batched),
        "application/json" if is_utf8 => Ok(Mode::Binary),
        _ => Err(Problem::new(
            Kind::UnsupportedMediaType,
            "The content type must be application/cloudevents+json for one event, \
             application/cloudevents-batch+json for a list of them, or application/json with the \
             attributes of the event as ce- headers; in UTF-8.",
        )),
    }
}

/// Collects a body, as long as it is not too large and there is memory for it.
async fn receive(
    mut body: Body,
    bounds: &BodyBounds,
) -> Result<(Vec<u8>, Option<OwnedSemaphorePermit>), Problem> {
    let mut received = Vec::new();
    let mut memory: Option<OwnedSemaphorePermit> = None;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Err(Problem::new(Kind::MalformedBody, "The body ended early."));
        };
        let Ok(data) = frame.into_data() else { continue }; // trailers
        if data.len() > bounds.bytes_max - received.len() {
            return Err(refuse_large(body, bounds).await);
        }
        let more = u32::try_from(data.len())
            .ok()
            .and_then(|bytes| Arc::clone(&bounds.memory).try_acquire_many_owned(bytes).ok());
        let Some(more) = more else {
            let detail = "Too many bodies are being received. Nothing was stored.";
            return Err(Problem::new(Kind::Overloaded, detail).retry_after(OVERLOADED_PAUSE));
        };
        match &mut memory {
            Some(memory) => memory.merge(more),
            None => memory = Some(more),
        }
        received.extend_from_slice(&data);
    }
    Ok((received, memory))
}

/// Refuses a body that is too large. Many clients read an answer only after they have sent all, and
/// see a broken connection if they cannot, so that some of the rest is received and thrown away.
async fn refuse_large(mut body: Body, bounds: &BodyBounds) -> Problem {
    let mut left = bounds.bytes_max.saturating_mul(DISCARDED_BODIES_MAX);
    while left > 0
        && let Some(Ok(frame)) = body.frame().await
    {
        left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
    }
    too_large(bounds.bytes_max)
}

/// How many times the largest body is thrown away before a client is cut off.
const DISCARDED_BODIES_MAX: usize = 4;
