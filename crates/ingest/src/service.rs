//! The intake as a service: its state, its addresses, its start and its end.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use crate::http::problem::Problem;
use anyhow::{Context, anyhow};
use axum::Router;
use axum::extract::FromRef;
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use daemon::admin::{self, Readiness};
use daemon::http::{Limits, bind, serve};
use daemon::lifecycle::Parts;
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;
use tokio_util::sync::{CancellationToken, DropGuard};
use tower_http::catch_panic::CatchPanicLayer;

use crate::account_extractor::{Dispositions, Reviews, Services};
use crate::accounts::Accounts;
use crate::body::BodyBounds;
use crate::config::Config;
use crate::handlers::{BatchEventsMax, post_events};
use crate::publisher::Publisher;
use crate::{readiness, telemetry};
use daemon::Clock;

/// How long requests in flight may take after the intake was told to stop. With [`FLUSH_TIMEOUT`]
/// it is less than what a process has to stop in.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(15);

/// How long events on their way may take once nobody waits for them any more.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(10);

/// What the handlers share.
#[derive(Clone)]
pub struct IngestState {
    accounts: Arc<Accounts>,
    clock: Clock,
    bodies: BodyBounds,
    events_max: BatchEventsMax,
    publisher: Publisher,
}

impl IngestState {
    /// The state of an intake with these settings.
    ///
    /// # Errors
    ///
    /// If settings contradict each other or there is no producer to be had.
    pub fn new(config: &Config, accounts: Accounts, clock: Clock) -> anyhow::Result<Self> {
        config.check()?;
        Ok(Self {
            accounts: Arc::new(accounts),
            clock,
            bodies: BodyBounds::new(config),
            events_max: BatchEventsMax(config.batch_events_max.get() as usize),
            publisher: Publisher::new(config)?,
        })
    }
}

macro_rules! part_of_state {
    ($part:ty, $field:ident) => {
        impl FromRef<IngestState> for $part {
            fn from_ref(state: &IngestState) -> Self {
                state.$field.clone()
            }
        }
    };
}
part_of_state!(Arc<Accounts>, accounts);
part_of_state!(Clock, clock);
part_of_state!(BodyBounds, bodies);
part_of_state!(BatchEventsMax, events_max);
part_of_state!(Publisher, publisher);

/// The addresses that take in events.
pub fn router(state: IngestState) -> Router {
    let router = Router::new()
        .route("/v1/services", post(post_events::<Services>))
        .route("/v1/reviews", post(post_events::<Reviews>))
        .route("/v1/dispositions", post(post_events::<Dispositions>))
        .fallback(daemon::problem::not_found)
        .method_not_allowed_fallback(daemon::problem::method_not_allowed);
    guarded(router).with_state(state)
}

/// With every request measured, and answered even if its handler panics.
fn guarded<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.layer(CatchPanicLayer::custom(after_panic)).layer(from_fn(telemetry::measure))
}

fn after_panic(_: Box<dyn Any + Send>) -> Response {
    // The message could hold what was sent, so it is left to the panic hook.
    Problem::internal(&anyhow!("a handler panicked")).into_response()
}

/// Takes in events until `stop`. Then, in this order: it is no longer ready; it accepts no more
/// connections; requests in flight are answered; events on their way are waited for; it ends. Each
/// step is bounded.
///
/// # Errors
///
/// If it cannot start, or the producer has failed for good.
pub async fn run(config: Config, stop: CancellationToken) -> anyhow::Result<()> {
    config.check()?;
    let accounts = Accounts::load(&config.accounts, config.batch_events_max)?;
    let state = IngestState::new(&config, accounts, Clock::System)?;
    telemetry::describe();
    let listener = bind(config.listen).await?;

    let readiness = Readiness::default();
    let accepting = CancellationToken::new();
    let serving = CancellationToken::new();
    let mut parts = Parts::default();
    let publisher = state.publisher.clone();
    parts.spawn("readiness", {
        let (readiness, stop) = (readiness.clone(), stop.clone());
        let no_more = accepting.clone().drop_guard();
        async move {
            let result = readiness::watch(&publisher, &readiness, stop).await;
            drop(no_more);
            result
        }
    });
    parts.spawn("admin", admin::run(config.admin_listen, readiness, serving.clone()));
    let limits = Limits {
        connections_max: config.connections_max,
        drain_timeout: DRAIN_TIMEOUT,
        ..Limits::default()
    };
    parts.spawn("intake", take_in(listener, state, limits, accepting, serving.drop_guard()));
    parts.run(stop).await
}

async fn take_in(
    listener: TcpListener,
    state: IngestState,
    limits: Limits,
    stop: CancellationToken,
    _until_the_end: DropGuard,
) -> anyhow::Result<()> {
    let publisher = state.publisher.clone();
    serve(listener, router(state), limits, stop).await?;
    spawn_blocking(move || publisher.flush(FLUSH_TIMEOUT)).await.context("the flush panicked")
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
