//! Answers are kept for a moment, and what many ask for at once is made once: however many people
//! look at a page, ClickHouse is asked a few times a second.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use daemon::problem::Problem;

use crate::answer::Answer;
use crate::resource::{Representation, Resource};

/// What is asked for, and in which form.
pub(crate) type Key = (Resource, Representation);

/// Answers by what was asked.
#[derive(Clone, Debug)]
pub(crate) struct Cache(moka::future::Cache<Key, Arc<Answer>>);

impl Cache {
    pub(crate) fn new(time_to_live: Duration, bytes_max: u64) -> Self {
        let cache = moka::future::Cache::builder()
            .time_to_live(time_to_live)
            .max_capacity(bytes_max)
            .weigher(|_, answer: &Arc<Answer>| answer.size());
        Self(cache.build())
    }

    /// The answer that is kept, or the one that `make` makes. A problem is shared by those who wait
    /// for it, and is not kept.
    pub(crate) async fn get(
        &self,
        key: Key,
        make: impl Future<Output = Result<Answer, Problem>>,
    ) -> Result<Arc<Answer>, Problem> {
        let make = async { make.await.map(Arc::new) };
        let got = self.0.entry(key).or_try_insert_with(make).await;
        let is_kept = got.as_ref().is_ok_and(|entry| !entry.is_fresh());
        let result = if is_kept { "hit" } else { "miss" };
        metrics::counter!("haochaping_disclosure_cache_total", "result" => result).increment(1);
        got.map(moka::Entry::into_value).map_err(|problem: Arc<Problem>| (*problem).clone())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use daemon::problem::Kind;
    use tokio::sync::Barrier;

    use super::*;

    const KEY: Key = (Resource::Provinces, Representation::Json);

    #[tokio::test]
    async fn what_many_ask_for_at_once_is_made_once() {
        let cache = Cache::new(Duration::from_mins(1), 1 << 20);
        let made = Arc::new(AtomicU32::new(0));
        let all_have_asked = Arc::new(Barrier::new(2));
        let ask = |cache: Cache, made: Arc<AtomicU32>, barrier: Arc<Barrier>| async move {
            let make = async {
                made.fetch_add(1, Ordering::Relaxed);
                barrier.wait().await;
                Ok(Answer::new("text/plain", "figures"))
            };
            cache.get(KEY, make).await.expect("an answer").size()
        };
        let askers: Vec<_> = (0..20)
            .map(|_| ask(cache.clone(), Arc::clone(&made), Arc::clone(&all_have_asked)))
            .map(tokio::spawn)
            .collect();
        tokio::task::yield_now().await;
        all_have_asked.wait().await;
        for asker in askers {
            asker.await.expect("no panic");
        }
        assert_eq!(made.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_problem_is_not_kept() {
        let cache = Cache::new(Duration::from_mins(1), 1 << 20);
        let problem = async { Err(Problem::new(Kind::UnknownMonth, "not yet")) };
        assert!(cache.get(KEY, problem).await.is_err());
        let answer = async { Ok(Answer::new("text/plain", "figures")) };
        assert!(cache.get(KEY, answer).await.is_ok());
    }
}
