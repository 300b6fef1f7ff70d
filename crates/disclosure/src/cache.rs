//! Answers are kept for a moment, and what many ask for at once is made once: however many people
//! look at a page, ClickHouse is asked a few times a second.
//!
//! When that moment is over, who asks is given the old answer, and has it made anew for those who come
//! after; for as long again at most. So what is asked for all the time is never waited for, and no
//! answer is older than two moments and the time that it took to make it.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::response::Response;
use daemon::problem::Problem;
use http::HeaderMap;

use crate::answer::Answer;
use crate::resource::{Representation, Resource};

/// What is asked for, and in which form.
pub(crate) type Key = (Resource, Representation);

/// Answers by what was asked.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    answers: moka::future::Cache<Key, Arc<Kept>>,
    time_to_live: Duration,
}

/// An answer, and for how long it is as good as a new one.
#[derive(Debug)]
pub(crate) struct Kept {
    answer: Answer,
    renew_at: Instant,
    is_being_renewed: AtomicBool,
}

impl Kept {
    pub(crate) fn new(answer: Answer, renew_at: Instant) -> Self {
        Self { answer, renew_at, is_being_renewed: AtomicBool::new(false) }
    }

    /// Whether it may be given without further ado.
    pub(crate) fn is_fresh(&self, now: Instant) -> bool {
        now < self.renew_at
    }

    /// Whether the caller is to have it made anew: true for one caller. If that fails, nobody tries
    /// again, and the answer ends with its time.
    fn begin_renewal(&self, now: Instant) -> bool {
        !self.is_fresh(now) && !self.is_being_renewed.swap(true, Ordering::Relaxed)
    }

    /// How much memory it takes.
    pub(crate) fn size(&self) -> u32 {
        self.answer.size()
    }

    /// Whether the client of a request has it already.
    pub(crate) fn matches(&self, request: &HeaderMap) -> bool {
        self.answer.matches(request)
    }

    /// The bytes.
    pub(crate) fn body(&self) -> bytes::Bytes {
        self.answer.body().clone()
    }

    /// The response to a request. What goes out with it says where it comes from.
    pub(crate) fn respond(self: &Arc<Self>, request: &HeaderMap) -> Response {
        let mut response = self.answer.respond(request);
        response.extensions_mut().insert(Arc::clone(self));
        response
    }
}

impl Cache {
    pub(crate) fn new(time_to_live: Duration, bytes_max: u64) -> Self {
        let answers = moka::future::Cache::builder()
            .time_to_live(2 * time_to_live)
            .max_capacity(bytes_max)
            .weigher(|_, kept: &Arc<Kept>| kept.size())
            .build();
        Self { answers, time_to_live }
    }

    /// The answer that is kept, or the one that `make` makes. A problem is shared by those who wait
    /// for it, and is not kept; nor does it put an end to what is kept and still good.
    pub(crate) async fn get(
        &self,
        key: Key,
        make: impl Future<Output = Result<Answer, Problem>> + Send + 'static,
    ) -> Result<Arc<Kept>, Problem> {
        let time_to_live = self.time_to_live;
        let make = async move {
            // As old as what was read for it, at the latest.
            let began = Instant::now();
            let answer = make.await?;
            Ok(Arc::new(Kept::new(answer, began + time_to_live)))
        };
        let Some(kept) = self.answers.get(&key).await else {
            let entry = self.answers.entry(key).or_try_insert_with(make).await;
            let is_made = entry.as_ref().map_or(true, moka::Entry::is_fresh);
            note(if is_made { "miss" } else { "hit" });
            let problem = |problem: Arc<Problem>| (*problem).clone();
            return entry.map(moka::Entry::into_value).map_err(problem);
        };
        note("hit");
        if kept.begin_renewal(Instant::now()) {
            note("renewal");
            let answers = self.answers.clone();
            tokio::spawn(async move {
                // What failed is seen in the metrics of queries, and by who asks when this one ends.
                if let Ok(renewed) = make.await {
                    let newest = async |kept: Option<moka::Entry<Key, Arc<Kept>>>| {
                        let kept = kept.map(moka::Entry::into_value);
                        kept.filter(|kept| kept.renew_at > renewed.renew_at).unwrap_or(renewed)
                    };
                    answers.entry(key).and_upsert_with(newest).await;
                }
            });
        }
        Ok(kept)
    }
}

fn note(result: &'static str) {
    metrics::counter!("haochaping_disclosure_cache_total", "result" => result).increment(1);
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
            let make = async move {
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
    async fn nobody_waits_for_what_is_made_anew_and_it_is_made_once() {
        let cache = Cache::new(Duration::from_hours(1), 1 << 20);
        let old = Arc::new(Kept::new(Answer::new("text/plain", "old"), Instant::now()));
        cache.answers.insert(KEY, old).await;
        let (begun, go_on) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let make = {
            let (begun, go_on) = (Arc::clone(&begun), Arc::clone(&go_on));
            async move {
                begun.wait().await;
                go_on.wait().await;
                Ok(Answer::new("text/plain", "new"))
            }
        };
        assert_eq!(cache.get(KEY, make).await.expect("an answer").body(), "old");
        begun.wait().await;
        let nobody = || async { panic!("only one makes it") };
        assert_eq!(cache.get(KEY, nobody()).await.expect("an answer").body(), "old");
        go_on.wait().await;
        let deadline = Instant::now() + Duration::from_mins(1);
        while cache.get(KEY, nobody()).await.expect("an answer").body() == "old" {
            assert!(Instant::now() < deadline, "it is not taken");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// It could not be made anew: it is given for as long again, and no longer.
    #[tokio::test]
    async fn what_nobody_made_anew_ends_all_the_same() {
        let cache = Cache::new(Duration::from_millis(20), 1 << 20);
        let old = async { Ok(Answer::new("text/plain", "old")) };
        let old = cache.get(KEY, old).await.expect("an answer");
        while !old.begin_renewal(Instant::now()) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let new = async { Ok(Answer::new("text/plain", "new")) };
            if cache.get(KEY, new).await.expect("an answer").body() == "new" {
                break;
            }
            assert!(Instant::now() < deadline, "it is given for ever");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    #[tokio::test]
    async fn a_problem_does_not_take_away_what_is_still_good() {
        let cache = Cache::new(Duration::from_hours(1), 1 << 20);
        let old = Arc::new(Kept::new(Answer::new("text/plain", "old"), Instant::now()));
        cache.answers.insert(KEY, old).await;
        let problem = async { Err(Problem::new(Kind::Overloaded, "away")) };
        assert_eq!(cache.get(KEY, problem).await.expect("an answer").body(), "old");
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
