//! Whether events can be accepted: a question to Kafka, asked again and again.

use std::time::Duration;

use anyhow::{Context, bail};
use daemon::admin::Readiness;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::publisher::Publisher;

/// How long Kafka may take to answer.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// The pause between two questions.
const PAUSE: Duration = Duration::from_secs(3);

/// The pause while Kafka does not answer.
const PAUSE_NOT_READY: Duration = Duration::from_millis(500);

/// Keeps readiness true to what Kafka answers, until `stop`; after that the intake is not ready.
///
/// # Errors
///
/// If the producer will never publish again: only another process can.
pub(crate) async fn watch(
    publisher: &Publisher,
    readiness: &Readiness,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let result = stop.run_until_cancelled(ask(publisher, readiness)).await;
    readiness.set(false);
    result.unwrap_or(Ok(()))
}

async fn ask(publisher: &Publisher, readiness: &Readiness) -> anyhow::Result<()> {
    let mut was_ready = None;
    loop {
        if let Some(error) = publisher.fatal_error() {
            bail!("the producer has failed for good: {error}");
        }
        let asked = publisher.clone();
        let answer = spawn_blocking(move || asked.probe(PROBE_TIMEOUT))
            .await
            .context("the question to Kafka panicked")?;
        let is_ready = answer.is_ok();
        if was_ready.replace(is_ready) != Some(is_ready) {
            match &answer {
                Ok(()) => tracing::info!("ready"),
                Err(error) => tracing::warn!(error = format!("{error:#}"), "not ready"),
            }
        }
        readiness.set(is_ready);
        sleep(if is_ready { PAUSE } else { PAUSE_NOT_READY }).await;
    }
}
