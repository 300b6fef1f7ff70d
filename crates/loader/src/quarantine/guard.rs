//! Admits or refuses batches with quarantined records before they are written: the shell of [`Storm`].

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use clickhouse::Client;
use domain::{Position, QuarantineState};
use tables::quarantine::{Known, known};
use tokio::time::sleep;

use crate::batch::Batch;
use crate::quarantine::storm::{Refused, Storm, Verdict};

/// How long until the database is asked again after it did not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// What all workers of a loader know of the quarantine, together.
pub(crate) struct Guard {
    client: Client,
    storm: Mutex<Storm>,
}

impl Guard {
    /// Begins with the open records of the database.
    ///
    /// # Errors
    ///
    /// If the database does not answer, or more is open than may be.
    pub(crate) async fn new(client: Client, open_max: usize) -> anyhow::Result<Self> {
        let guard = Self { client, storm: Mutex::new(Storm::new(open_max)) };
        let known = known(&guard.client).await.context("failed to read the quarantine")?;
        guard.decide(&known, &[]).map_err(|refused| refused.error)?;
        Ok(guard)
    }

    /// Returns when the batch may be written.
    ///
    /// # Errors
    ///
    /// If it must not be written: the loader stops.
    pub(crate) async fn admit(&self, batch: &Batch) -> Result<(), Refused> {
        let positions: Vec<Position> = batch.quarantined_positions().collect();
        if positions.is_empty() || self.on_batch(&positions) == Verdict::Admitted {
            return Ok(());
        }
        loop {
            match known(&self.client).await {
                Ok(known) => return self.decide(&known, &positions),
                Err(error) => {
                    tracing::warn!(
                        error = format!("{error:#}"),
                        "failed to read the quarantine; it is retried"
                    );
                    sleep(PAUSE).await;
                }
            }
        }
    }

    fn on_batch(&self, positions: &[Position]) -> Verdict {
        self.storm.lock().unwrap_or_else(PoisonError::into_inner).on_batch(positions)
    }

    fn decide(&self, known: &[Known], positions: &[Position]) -> Result<(), Refused> {
        let those = |is_open: bool| -> BTreeSet<Position> {
            let are =
                known.iter().filter(|(_, state)| (*state == QuarantineState::Open) == is_open);
            are.map(|(position, _)| *position).collect()
        };
        let mut storm = self.storm.lock().unwrap_or_else(PoisonError::into_inner);
        storm.on_known(&those(true), &those(false), positions)
    }
}
