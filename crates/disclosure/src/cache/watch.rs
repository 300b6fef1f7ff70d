//! Watches the state of the tables, for all answers together.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::snapshot::{Snapshot, Stored};
use crate::store::{Fault, Store};

/// Looks at what is stored when it is asked to, and not again for a moment.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    seen: moka::future::Cache<(), Option<Arc<Snapshot>>>,
    is_refused: Arc<AtomicBool>,
}

impl Watch {
    pub(crate) fn new(moment: Duration) -> Self {
        let seen = moka::future::Cache::builder().max_capacity(1).time_to_live(moment).build();
        Self { seen, is_refused: Arc::default() }
    }

    /// What is stored. Nothing where that cannot be known: then no answer can be taken for one that still
    /// holds.
    pub(crate) async fn look(&self, store: &Store) -> Option<Arc<Snapshot>> {
        let look = async {
            let seen_at = Instant::now();
            match store.select(tables::parts::partitions(store.client())).await {
                Ok(rows) => {
                    self.is_refused.store(false, Ordering::Relaxed);
                    let parts = rows.into_iter().map(|row| (row.table, row.partition, row.hash));
                    Some(Arc::new(Snapshot { stored: Stored::new(parts), seen_at }))
                }
                // The query for the figures tells of it.
                Err(Fault::Unavailable(_)) => None,
                Err(Fault::Broken(cause)) => {
                    // Said once, and not ten times a second.
                    if !self.is_refused.swap(true, Ordering::Relaxed) {
                        let error = format!("{cause:#}");
                        tracing::error!(error, "parts cannot be seen: every answer is made again");
                    }
                    None
                }
            }
        };
        self.seen.get_with((), look).await
    }
}
