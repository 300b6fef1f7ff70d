//! The intake as a service: how it starts, and in which order it ends.

use std::time::Duration;

use anyhow::Context;
use daemon::Clock;
use daemon::admin::{self, Readiness};
use daemon::http::{Limits, bind, serve};
use daemon::lifecycle::Parts;
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::accounts::Accounts;
use crate::config::Config;
use crate::http::{IngestState, router};
use crate::{readiness, telemetry};

/// How long requests in flight may take after the intake was told to stop. With [`FLUSH_TIMEOUT`]
/// it is less than what a process has to stop in.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(15);

/// How long events on their way may take once nobody waits for them any more.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(10);

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
    let publisher = state.publisher().clone();
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
    let publisher = state.publisher().clone();
    serve(listener, router(state), limits, stop).await?;
    spawn_blocking(move || publisher.flush(FLUSH_TIMEOUT)).await.context("the flush panicked")
}
