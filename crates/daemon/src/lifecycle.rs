//! How a process starts its parts, notices that one has failed, and stops.

use std::future::Future;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

/// The time within which the parts of a process must stop before they are abandoned.
pub const STOP_TIMEOUT: Duration = Duration::from_secs(30);

/// A token that SIGTERM or Ctrl-C cancels. A second signal ends the process at once.
///
/// # Errors
///
/// If the signal handlers cannot be installed.
pub fn stop_on_signals() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate()).context("failed to listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("failed to listen for SIGINT")?;
    let token = stop.clone();
    tokio::spawn(async move {
        for ends_now in [false, true] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if ends_now {
                tracing::warn!("stopping at once");
                std::process::exit(130);
            }
            tracing::info!("stopping; a second signal ends at once");
            token.cancel();
        }
    });
    Ok(stop)
}

/// Parts that run until they are stopped, and stop together: when one fails, panics or ends early,
/// the others are told to stop.
#[derive(Default)]
pub struct Parts {
    tasks: JoinSet<(&'static str, anyhow::Result<()>)>,
}

impl Parts {
    /// Starts a part.
    pub fn spawn(
        &mut self,
        name: &'static str,
        part: impl Future<Output = anyhow::Result<()>> + Send + 'static,
    ) {
        self.tasks.spawn(async move { (name, part.await) });
    }

    /// Waits until every part has ended. Returns the first failure and logs any further ones.
    ///
    /// # Errors
    ///
    /// If a part failed or panicked, or did not stop within [`STOP_TIMEOUT`].
    pub async fn run(mut self, stop: CancellationToken) -> anyhow::Result<()> {
        let mut first_failure = Ok(());
        let mut stop_by = None;
        loop {
            if stop.is_cancelled() && stop_by.is_none() {
                stop_by = Some(Instant::now() + STOP_TIMEOUT);
            }
            let ended = if let Some(deadline) = stop_by {
                let Ok(ended) = timeout_at(deadline, self.tasks.join_next()).await else {
                    return first_failure.and(Err(anyhow!("some parts did not stop in time")));
                };
                ended
            } else {
                tokio::select! {
                    ended = self.tasks.join_next() => ended,
                    () = stop.cancelled() => continue,
                }
            };
            let Some(ended) = ended else { return first_failure };
            stop.cancel();
            let result = match ended {
                Ok((name, result)) => result.with_context(|| format!("{name} failed")),
                Err(error) => Err(anyhow!(error).context("a part panicked")),
            };
            match result {
                Err(error) if first_failure.is_err() => {
                    tracing::error!(error = format!("{error:#}"), "another part has failed");
                }
                Err(error) => first_failure = Err(error),
                Ok(()) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_failure_stops_all_parts_and_is_what_is_reported() {
        let stop = CancellationToken::new();
        let mut parts = Parts::default();
        let stopped = stop.clone();
        parts.spawn("steady", async move {
            stopped.cancelled().await;
            Ok(())
        });
        parts.spawn("weak", async { Err(anyhow!("broken")) });
        let error = parts.run(stop.clone()).await.expect_err("one part has failed");
        assert_eq!(format!("{error:#}"), "weak failed: broken");
        assert!(stop.is_cancelled());
    }

    #[tokio::test]
    async fn a_panic_is_a_failure() {
        let mut parts = Parts::default();
        parts.spawn("faulty", async { panic!("on purpose") });
        assert!(parts.run(CancellationToken::new()).await.is_err());
    }
}
