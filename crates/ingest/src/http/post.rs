//! A request that posts events: first its key, then its body. If either is refused, the rest of the
//! body is thrown away before the refusal is answered.

use axum::extract::{FromRef, FromRequest, FromRequestParts, Request};
use daemon::Clock;
use topics::state::Followed;

use super::account::{MayPost, Posted};
use super::body::{BodyBounds, EventBody};
use super::problem::Problem;
use super::unread::Unread;
use crate::members::Members;

/// A key that may post events of a kind, and the body that was posted with it.
pub(crate) struct Post<K: Posted> {
    pub(crate) account: MayPost<K>,
    pub(crate) body: EventBody,
}

impl<K: Posted, S: Send + Sync> FromRequest<S> for Post<K>
where
    Followed<Members>: FromRef<S>,
    Clock: FromRef<S>,
    BodyBounds: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bounds = BodyBounds::from_ref(state);
        let (mut parts, body) = request.into_parts();
        let mut body = Unread::new(&parts.headers, body, &bounds);
        let received = match MayPost::from_request_parts(&mut parts, state).await {
            Ok(account) => EventBody::receive(parts.headers, &mut body, &bounds)
                .await
                .map(|body| Self { account, body }),
            Err(problem) => Err(problem),
        };
        if received.is_err() {
            body.discard().await;
        }
        received
    }
}
