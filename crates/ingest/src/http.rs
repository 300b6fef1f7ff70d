//! HTTP, as the intake speaks it: addresses, keys, bodies, and how a refusal is answered.
//!
//! It decides status, headers and words of an answer. Whether an event is accepted is decided by
//! [`crate::intake`]; nothing here looks into one.

mod account;
mod answers;
mod batch;
mod binary;
mod body;
mod encoding;
mod events;
mod measure;
mod post;
pub(crate) mod problem;
mod state;
mod unread;

use std::any::Any;

use anyhow::anyhow;
use axum::Router;
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use daemon::problem::{method_not_allowed, not_found};
use tower_http::catch_panic::CatchPanicLayer;

use self::account::{Dispositions, Reviews, Services};
use self::events::post_events;
use self::problem::Problem;
pub use self::state::IngestState;
use self::unread::Discarded;

/// The addresses that take in events.
pub fn router(state: IngestState) -> Router {
    let router = Router::new()
        .route("/v1/services", post(post_events::<Services>))
        .route("/v1/reviews", post(post_events::<Reviews>))
        .route("/v1/dispositions", post(post_events::<Dispositions>))
        .fallback(no_such_address)
        .method_not_allowed_fallback(no_such_method);
    guarded(router).with_state(state)
}

async fn no_such_address(_: Discarded) -> daemon::problem::Problem {
    not_found().await
}

async fn no_such_method(_: Discarded) -> daemon::problem::Problem {
    method_not_allowed().await
}

/// With every request measured, and answered even if its handler panics.
fn guarded<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.layer(CatchPanicLayer::custom(after_panic)).layer(from_fn(measure::measure))
}

fn after_panic(_: Box<dyn Any + Send>) -> Response {
    // The message could hold what was sent, so it is left to the panic hook.
    Problem::internal(&anyhow!("a handler panicked")).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::extract::Request;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn broken() -> &'static str {
        panic!("13800138000")
    }

    #[tokio::test]
    async fn a_fault_of_ours_is_answered_and_its_cause_is_not() {
        let router = guarded(Router::<()>::new().route("/", get(broken)));
        let response = router.oneshot(Request::new(Body::empty())).await.expect("infallible");
        let status = response.status();
        let body = to_bytes(response.into_body(), 1_000).await.expect("a body");
        insta::assert_snapshot!(format!("{status}\n{}", String::from_utf8_lossy(&body)), @r#"
    500 Internal Server Error
    {"type":"urn:haochaping:problem:internal","title":"Internal error","status":500,"detail":"The fault is ours and was logged. Try again later."}
    "#);
    }
}
