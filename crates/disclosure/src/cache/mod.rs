//! Caches answers for a moment, and computes an answer once for all readers that want it at the
//! same time. However many people look at a page, ClickHouse gets only a few queries a second.
//!
//! After that moment, an answer is stale. The next reader gets the stale answer, and it is
//! revalidated for later readers: it still holds if the tables that it was read from have not
//! changed, and is computed again otherwise. So nobody waits for a popular answer, unless checking
//! and computing take ten seconds. Stored data appear in every answer that is served about two
//! moments later, plus the time of checking and computing.

mod answer;
mod entry;
mod front;
mod snapshot;
mod watch;

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::ops::compute::Op;

pub(crate) use self::answer::{Answer, cache_control, disposition, file_name, last_modified};
pub(crate) use self::entry::{Entry, Made};
pub(crate) use self::front::Front;
pub(crate) use self::snapshot::Snapshot;
pub(crate) use self::watch::Watch;
use crate::problem::Problem;
use crate::resource::{Representation, Resource};

/// What is asked for, and in which form.
pub(crate) type Key = (Resource, Representation);

/// Answers by what was asked.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    entries: moka::future::Cache<Key, Arc<Entry>>,
    time_to_live: Duration,
}

impl Cache {
    pub(crate) fn new(time_to_live: Duration, bytes_max: u64) -> Self {
        let entries = moka::future::Cache::builder()
            .time_to_live(time_to_live + entry::STALE_WHILE_REVALIDATE.max(time_to_live))
            .max_capacity(bytes_max)
            .weigher(|_, entry: &Arc<Entry>| entry.size())
            .build();
        Self { entries, time_to_live }
    }

    /// The answer that is cached, or the one that `make` makes; a stale one is compared with what `look`
    /// sees. A problem is shared by those who wait for it, and is not cached; nor does it put an end to
    /// what is cached and may still be served.
    pub(crate) async fn get(
        &self,
        key: Key,
        look: impl Future<Output = Option<Arc<Snapshot>>> + Send + 'static,
        make: impl Future<Output = Result<Made, Problem>> + Send + 'static,
    ) -> Result<Arc<Entry>, Problem> {
        let time_to_live = self.time_to_live;
        let make_from = async move |seen: Option<&Snapshot>| {
            // As old as what was read for it, at the latest.
            let made_at = Instant::now();
            let made = make.await?;
            Ok(Arc::new(Entry::new(made, seen, made_at, time_to_live)))
        };
        let Some(entry) = self.servable(&key).await else {
            // Nobody is made to wait for a look: most of what is asked for once is not asked for again.
            let make = make_from(None);
            let entry = self.entries.entry(key).or_try_insert_with(make).await;
            let is_made = entry.as_ref().map_or(true, moka::Entry::is_fresh);
            note(if is_made { "miss" } else { "hit" });
            let problem = |problem: Arc<Problem>| (*problem).clone();
            return entry.map(moka::Entry::into_value).map_err(problem);
        };
        note("hit");
        if entry.begin_revalidation(Instant::now()) {
            let (entries, stale) = (self.entries.clone(), Arc::clone(&entry));
            tokio::spawn(async move {
                let seen = look.await;
                let newer = if let Some(again) = stale.revalidated(seen.as_deref(), time_to_live) {
                    note("unchanged");
                    Ok(Arc::new(again))
                } else {
                    note("renewal");
                    make_from(seen.as_deref()).await
                };
                // What failed is seen in the metrics of queries, and by whoever asks when this one ends.
                if let Ok::<_, Problem>(newer) = newer {
                    let newest = async |cached: Option<moka::Entry<Key, Arc<Entry>>>| {
                        let cached = cached.map(moka::Entry::into_value);
                        cached.filter(|cached| cached.is_newer_than(&newer)).unwrap_or(newer)
                    };
                    entries.entry(key).and_upsert_with(newest).await;
                }
                stale.end_revalidation();
            });
        }
        Ok(entry)
    }

    /// What is cached and may be served. What may not is removed.
    async fn servable(&self, key: &Key) -> Option<Arc<Entry>> {
        let now = Instant::now();
        let entry = self.entries.get(key).await?;
        if entry.is_servable(now) {
            return Some(entry);
        }
        // Another one may have come meanwhile.
        let unless_servable = async |cached: Option<moka::Entry<Key, Arc<Entry>>>| {
            let is_over = cached.is_some_and(|cached| !cached.value().is_servable(now));
            if is_over { Op::Remove } else { Op::Nop }
        };
        self.entries.entry_by_ref(key).and_compute_with(unless_servable).await;
        None
    }
}

fn note(result: &'static str) {
    metrics::counter!("haochaping_disclosure_cache_total", "result" => result).increment(1);
}

#[cfg(test)]
mod tests;
