//! The admin port: liveness, readiness and metrics of a service.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use http::StatusCode;
use tokio_util::sync::CancellationToken;

use crate::http::{Limits, serve};
use crate::problem;

/// Whether a service can do its work. Readiness depends on Kafka and ClickHouse, and is the first
/// to go when the service stops. Liveness depends on nothing, because a restart repairs no broker.
///
/// A service is ready when it and all its parts say so.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    own: PartReadiness,
    parts: Arc<RwLock<Vec<PartReadiness>>>,
}

/// Whether one part of a service can do its work.
#[derive(Clone, Debug, Default)]
pub struct PartReadiness(Arc<AtomicBool>);

impl PartReadiness {
    /// Sets whether the part can do its work.
    pub fn set(&self, is_ready: bool) {
        self.0.store(is_ready, Ordering::Release);
    }

    fn get(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Readiness {
    /// Sets whether requests should be sent here.
    pub fn set(&self, is_ready: bool) {
        self.own.set(is_ready);
    }

    /// Adds a part to the service. The part is not ready yet.
    pub fn part(&self) -> PartReadiness {
        let part = PartReadiness::default();
        self.parts.write().unwrap_or_else(PoisonError::into_inner).push(part.clone());
        part
    }

    /// Whether requests should be sent here.
    pub fn get(&self) -> bool {
        let parts = self.parts.read().unwrap_or_else(PoisonError::into_inner);
        self.own.get() && parts.iter().all(PartReadiness::get)
    }
}

/// The routes of the admin port.
pub fn router(readiness: Readiness) -> Router {
    Router::new()
        .route("/health/live", get(|| async { "live\n" }))
        .route("/health/ready", get(ready))
        .route("/metrics", get(|| async { crate::telemetry::prometheus().render() }))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .with_state(readiness)
}

async fn ready(State(readiness): State<Readiness>) -> (StatusCode, &'static str) {
    if readiness.get() {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    }
}

/// Serves the admin port until `stop`.
///
/// # Errors
///
/// If the address is not available.
pub async fn run(
    listen: SocketAddr,
    readiness: Readiness,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let listener = crate::http::bind(listen).await?;
    serve(listener, router(readiness), Limits::default(), stop).await
}

/// Serves the admin port for a service that has no other port. From `stop` on it reports that the
/// service is not ready, and it keeps answering until the service has ended.
///
/// # Errors
///
/// If the address is not available, or the service fails.
pub async fn run_beside(
    listen: SocketAddr,
    readiness: Readiness,
    stop: CancellationToken,
    service: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let listener = crate::http::bind(listen).await?;
    let stop_admin = CancellationToken::new();
    let _guard = stop_admin.clone().drop_guard();
    let admin = serve(listener, router(readiness.clone()), Limits::default(), stop_admin.clone());
    let admin = tokio::spawn(admin);
    readiness.set(true);
    tokio::spawn(async move {
        stop.cancelled().await;
        readiness.set(false);
    });
    let ended = service.await;
    stop_admin.cancel();
    admin.await.context("the admin port panicked")??;
    ended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_ready_when_all_its_parts_are() {
        let readiness = Readiness::default();
        assert!(!readiness.get());
        readiness.set(true);
        assert!(readiness.get());
        let (first, second) = (readiness.part(), readiness.part());
        first.set(true);
        assert!(!readiness.get());
        second.set(true);
        assert!(readiness.get());
        readiness.set(false);
        assert!(!readiness.get());
    }
}
