//! Looks at what is stored, for all answers together.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::resource::{Representation, Resource};
use crate::store::{Fault, Store};
use crate::stored::{Basis, Stored, reads};

/// Looks at what is stored when it is asked for, and not again for a moment.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    seen: moka::future::Cache<(), Option<Arc<(Stored, Instant)>>>,
    is_refused: Arc<AtomicBool>,
}

impl Watch {
    pub(crate) fn new(moment: Duration) -> Self {
        let seen = moka::future::Cache::builder().max_capacity(1).time_to_live(moment).build();
        Self { seen, is_refused: Arc::default() }
    }

    /// What is stored of all that an answer is read from. Nothing where that is not to be known: then an
    /// answer is not to be taken for one that still holds.
    pub(crate) async fn basis(
        &self,
        store: &Store,
        resource: &Resource,
        representation: Representation,
    ) -> Option<Basis> {
        let reads = reads(resource, representation)?;
        let look = async {
            let seen_at = Instant::now();
            match store.stored().await {
                Ok(stored) => {
                    self.is_refused.store(false, Ordering::Relaxed);
                    Some(Arc::new((stored, seen_at)))
                }
                // Who asks it for figures tells of it.
                Err(Fault::Unavailable(_)) => None,
                Err(Fault::Broken(cause)) => {
                    // Said once, and not ten times a second.
                    if !self.is_refused.swap(true, Ordering::Relaxed) {
                        let error = format!("{cause:#}");
                        tracing::error!(error, "parts cannot be seen: every answer is made anew");
                    }
                    None
                }
            }
        };
        let seen = self.seen.get_with((), look).await?;
        let (stored, seen_at) = &*seen;
        Some(Basis { fingerprint: stored.fingerprint(&reads)?, seen_at: *seen_at })
    }
}
