//! The body of a request while it is not known yet whether anybody will use it.
//!
//! Many clients read an answer only after they have sent all of a body, and see a broken connection
//! instead of the answer if they cannot. So whatever is left of a refused body is received and thrown
//! away before the refusal is answered. This holds for every refusal, whatever its status.
//!
//! It must never keep a byte that is thrown away, nor hold a refusal back longer than a client has for
//! a body that is used.

use std::convert::Infallible;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRef, FromRequest, Request};
use http::HeaderMap;
use http::header::EXPECT;
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use super::body::BodyBounds;

/// How many times the largest body is thrown away before a client is disconnected.
const DISCARDED_BODIES_MAX: usize = 4;

/// A body that was not read to its end.
pub(crate) struct Unread {
    body: Body,
    /// The client sends nothing until it is asked to (`Expect: 100-continue`). hyper asks for a body
    /// when it is read for the first time.
    waits_to_be_asked: bool,
    /// The end of the time that the client has for its body.
    until: Instant,
    /// How many bytes are thrown away at most.
    discarded_max: usize,
}

impl Unread {
    /// The body of a request whose head has just come.
    pub(crate) fn new(headers: &HeaderMap, body: Body, bounds: &BodyBounds) -> Self {
        Self {
            body,
            waits_to_be_asked: headers.contains_key(EXPECT),
            until: Instant::now() + bounds.timeout,
            discarded_max: bounds.bytes_max.saturating_mul(DISCARDED_BODIES_MAX),
        }
    }

    /// The end of the time that the client has for its body.
    pub(crate) fn until(&self) -> Instant {
        self.until
    }

    /// The next bytes, or nothing after the last.
    ///
    /// # Errors
    ///
    /// If the connection ends before the body does.
    pub(crate) async fn data(&mut self) -> Option<Result<Bytes, axum::Error>> {
        self.waits_to_be_asked = false;
        loop {
            match self.body.frame().await? {
                Ok(frame) => match frame.into_data() {
                    Ok(data) => return Some(Ok(data)),
                    Err(_trailers) => {}
                },
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// Receives what is left, and throws it away. It ends early when the client has had its time, and
    /// when more is left than is worth receiving.
    pub(crate) async fn discard(mut self) {
        let mut left = self.discarded_max;
        let is_too_large = self.body.size_hint().lower() > left as u64;
        if self.waits_to_be_asked || is_too_large || self.body.is_end_stream() {
            return;
        }
        let until = self.until;
        let discarded = timeout_at(until, async {
            while let Some(Ok(data)) = self.data().await
                && data.len() <= left
            {
                left -= data.len();
            }
        });
        if discarded.await.is_err() {
            tracing::debug!("the body of a refused request did not arrive in time");
        }
    }
}

/// A request that is refused whatever its body is, once the body has been thrown away.
pub(crate) struct Discarded;

impl<S: Send + Sync> FromRequest<S> for Discarded
where
    BodyBounds: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Infallible> {
        let (parts, body) = request.into_parts();
        Unread::new(&parts.headers, body, &BodyBounds::from_ref(state)).discard().await;
        Ok(Self)
    }
}
