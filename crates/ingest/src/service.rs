//! The intake as a service: how it starts, and in which order it ends.

use std::pin::pin;
use std::time::Duration;

use accounts::AccountState;
use anyhow::Context;
use daemon::Clock;
use daemon::admin::{self, PartReadiness, Readiness};
use daemon::http::{Limits, bind, serve};
use daemon::lifecycle::Parts;
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;
use tokio_util::sync::{CancellationToken, DropGuard};
use topics::state::{Followed, Follower, follow};

use crate::config::Config;
use crate::http::{IngestState, router};
use crate::members::Members;
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
    let burst = config.batch_events_max;
    let (members, follower) = follow::<AccountState, Members>(&config.kafka, {
        move |accounts, before| Members::new(accounts, burst, before)
    });
    let state = IngestState::new(&config, members.clone(), Clock::System)?;
    telemetry::describe();
    let listener = bind(config.listen).await?;

    let readiness = Readiness::default();
    let accepting = CancellationToken::new();
    let serving = CancellationToken::new();
    let mut parts = Parts::default();
    let publisher = state.publisher().clone();
    let know_accounts = readiness.part();
    parts.spawn("accounts", follow_accounts(follower, members, know_accounts, stop.clone()));
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

/// Follows the accounts. Without them the intake is not ready; once it knows them it stays ready,
/// with those that it knows, also while Kafka is away.
async fn follow_accounts(
    follower: Follower<AccountState, Members>,
    mut members: Followed<Members>,
    readiness: PartReadiness,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut following = pin!(follower.run(stop));
    tokio::select! {
        ended = &mut following => return ended,
        () = members.caught_up() => readiness.set(true),
    }
    following.await
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
