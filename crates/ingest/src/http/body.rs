//! The body of a request: what its head says of it, and its bytes, received within bounds of size,
//! time and memory.
//!
//! It must never keep more of a stranger's bytes than those bounds allow.

use std::sync::Arc;
use std::time::Duration;

use super::problem::{Kind, Problem};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;
use wire::MediaType;

use super::answers::OVERLOADED_PAUSE;
use super::encoding::{Encoding, too_large};
use super::unread::Unread;
use crate::config::Config;

/// The bounds of bodies.
#[derive(Clone, Debug)]
pub(crate) struct BodyBounds {
    /// The most bytes of one body.
    pub(crate) bytes_max: usize,
    /// How long a client may take to send a body, whether it is used or thrown away.
    pub(crate) timeout: Duration,
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

/// A body that was received whole, and decompressed.
pub(crate) struct EventBody {
    pub(crate) mode: Mode,
    pub(crate) headers: HeaderMap,
    received: Vec<u8>,
}

impl EventBody {
    /// Receives the body that follows a head.
    ///
    /// # Errors
    ///
    /// The first bound that it crosses, or what is wrong with its type or its encoding. What is left
    /// of the body then stays unread.
    pub(crate) async fn receive(
        headers: HeaderMap,
        body: &mut Unread,
        bounds: &BodyBounds,
    ) -> Result<Self, Problem> {
        let mode = mode(&headers)?;
        let encoding = Encoding::of(&headers)?;
        let Ok(received) = timeout_at(body.until(), receive(body, bounds)).await else {
            let detail = "The body did not arrive in time. Nothing was stored.";
            return Err(Problem::new(Kind::RequestTimeout, detail));
        };
        let (received, memory) = received?;
        // From here until the events are handed to Kafka nothing waits, so no more bodies are
        // decompressed at once than there are threads, and those need no share of the memory.
        drop(memory);
        let received = encoding.decode(received, bounds.bytes_max)?;
        Ok(Self { mode, headers, received })
    }

    /// The JSON of the body, and the offset at which it begins. RFC 8259 lets whoever reads JSON pass
    /// over a byte order mark before it.
    pub(crate) fn json(&self) -> (&[u8], usize) {
        const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
        match self.received.strip_prefix(BYTE_ORDER_MARK) {
            Some(json) => (json, BYTE_ORDER_MARK.len()),
            None => (&self.received, 0),
        }
    }
}

/// What the content type says of the body.
fn mode(headers: &HeaderMap) -> Result<Mode, Problem> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.and_then(MediaType::parse);
    let mode = media_type.and_then(|media_type| {
        let modes = [
            ("application/cloudevents+json", Mode::Structured),
            ("application/cloudevents-batch+json", Mode::Batched),
            ("application/json", Mode::Binary),
        ];
        modes.into_iter().find_map(|(essence, mode)| media_type.is(essence).then_some(mode))
    });
    let detail = match (mode, media_type) {
        (Some(mode), Some(media_type)) if media_type.is_utf8 => return Ok(mode),
        (Some(_), _) => "The charset of the content type must be utf-8, or absent.",
        (None, _) => {
            "The content type must be application/cloudevents+json for one event, \
             application/cloudevents-batch+json for a list of them, or application/json with the \
             attributes of the event as ce- headers; in UTF-8."
        }
    };
    Err(Problem::new(Kind::UnsupportedMediaType, detail))
}

/// Collects a body, as long as it is not too large and there is memory for it.
async fn receive(
    body: &mut Unread,
    bounds: &BodyBounds,
) -> Result<(Vec<u8>, Option<OwnedSemaphorePermit>), Problem> {
    let mut received = Vec::new();
    let mut memory: Option<OwnedSemaphorePermit> = None;
    while let Some(data) = body.data().await {
        let Ok(data) = data else {
            return Err(Problem::new(Kind::MalformedBody, "The body ended early."));
        };
        if data.len() > bounds.bytes_max - received.len() {
            return Err(too_large(bounds.bytes_max));
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
