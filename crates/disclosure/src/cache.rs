//! Answers are kept for a moment, and what many ask for at once is made once: however many people
//! look at a page, ClickHouse is asked a few times a second.
//!
//! When that moment is over, who asks is given the old answer, and it is found out for those who come
//! after whether it still holds: whether nothing has come to the tables that it was read from. If
//! something has, it is made anew. So what is asked for all the time is never waited for, unless looking and
//! making take ten seconds, and what was stored is in every answer that is given some two moments later, and
//! the time that they take.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::ops::compute::Op;

use crate::answer::Answer;
use crate::kept::{Kept, RENEWAL_MOST};
use crate::problem::Problem;
use crate::resource::{Representation, Resource};
use crate::stored::Basis;

/// What is asked for, and in which form.
pub(crate) type Key = (Resource, Representation);

/// Answers by what was asked.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    answers: moka::future::Cache<Key, Arc<Kept>>,
    time_to_live: Duration,
}

impl Cache {
    pub(crate) fn new(time_to_live: Duration, bytes_max: u64) -> Self {
        let answers = moka::future::Cache::builder()
            .time_to_live(time_to_live + RENEWAL_MOST.max(time_to_live))
            .max_capacity(bytes_max)
            .weigher(|_, kept: &Arc<Kept>| kept.size())
            .build();
        Self { answers, time_to_live }
    }

    /// The answer that is kept, or the one that `make` makes; what is kept and due is compared with what
    /// `look` sees. A problem is shared by those who wait for it, and is not kept; nor does it put an end
    /// to what is kept and still good.
    pub(crate) async fn get(
        &self,
        key: Key,
        look: impl Future<Output = Option<Basis>> + Send + 'static,
        make: impl Future<Output = Result<Answer, Problem>> + Send + 'static,
    ) -> Result<Arc<Kept>, Problem> {
        let time_to_live = self.time_to_live;
        let make_from = async move |basis: Option<Basis>| {
            // As old as what was read for it, at the latest.
            let made_at = Instant::now();
            let answer = make.await?;
            let fingerprint = basis.map(|basis| basis.fingerprint);
            Ok(Arc::new(Kept::new(answer, fingerprint, made_at, time_to_live)))
        };
        let Some(kept) = self.still_given(&key).await else {
            // Nobody is made to wait for a look: most of what is asked for once is not asked for again.
            let make = make_from(None);
            let entry = self.answers.entry(key).or_try_insert_with(make).await;
            let is_made = entry.as_ref().map_or(true, moka::Entry::is_fresh);
            note(if is_made { "miss" } else { "hit" });
            let problem = |problem: Arc<Problem>| (*problem).clone();
            return entry.map(moka::Entry::into_value).map_err(problem);
        };
        note("hit");
        if kept.begin_renewal(Instant::now()) {
            let (answers, old) = (self.answers.clone(), Arc::clone(&kept));
            tokio::spawn(async move {
                let basis = look.await;
                let renewed = if let Some(again) = old.again(basis, time_to_live) {
                    note("unchanged");
                    Ok(Arc::new(again))
                } else {
                    note("renewal");
                    make_from(basis).await
                };
                // What failed is seen in the metrics of queries, and by who asks when this one ends.
                if let Ok::<_, Problem>(renewed) = renewed {
                    let newest = async |kept: Option<moka::Entry<Key, Arc<Kept>>>| {
                        let kept = kept.map(moka::Entry::into_value);
                        kept.filter(|kept| kept.is_newer_than(&renewed)).unwrap_or(renewed)
                    };
                    answers.entry(key).and_upsert_with(newest).await;
                }
                old.end_renewal();
            });
        }
        Ok(kept)
    }

    /// What is kept, unless it is over; then there is nothing any more.
    async fn still_given(&self, key: &Key) -> Option<Arc<Kept>> {
        let now = Instant::now();
        let kept = self.answers.get(key).await?;
        if kept.is_not_over(now) {
            return Some(kept);
        }
        // Another one may have come meanwhile.
        let unless_over = async |kept: Option<moka::Entry<Key, Arc<Kept>>>| {
            let is_over = kept.is_some_and(|kept| !kept.value().is_not_over(now));
            if is_over { Op::Remove } else { Op::Nop }
        };
        self.answers.entry_by_ref(key).and_compute_with(unless_over).await;
        None
    }
}

fn note(result: &'static str) {
    metrics::counter!("haochaping_disclosure_cache_total", "result" => result).increment(1);
}

#[cfg(test)]
mod tests {
    use std::future::{Ready, ready};
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    use tokio::sync::Barrier;

    use super::*;
    use crate::problem::Kind;

    const KEY: Key = (Resource::Provinces, Representation::Json);

    /// An answer that is to be made anew, read from parts of this fingerprint.
    fn old(fingerprint: Option<u64>) -> Arc<Kept> {
        made(Duration::from_secs(30), fingerprint)
    }

    /// One that was made so long ago, to be renewed after 20 seconds, and over after 40.
    fn made(ago: Duration, fingerprint: Option<u64>) -> Arc<Kept> {
        let answer = Answer::new("text/plain", "old");
        Arc::new(Kept::new(answer, fingerprint, before(ago), Duration::from_secs(20)))
    }

    fn before(ago: Duration) -> Instant {
        Instant::now().checked_sub(ago).expect("a clock that has run for a minute")
    }

    fn unknown() -> Ready<Option<Basis>> {
        ready(None)
    }

    /// What is given as soon as it is like that, while nobody else may make it.
    async fn given_once(cache: &Cache, is_like_that: impl Fn(&Kept) -> bool) -> Arc<Kept> {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let nobody = async { panic!("only one makes it") };
            let given = cache.get(KEY, unknown(), nobody).await.expect("an answer");
            if is_like_that(&given) {
                return given;
            }
            assert!(Instant::now() < deadline, "it is not taken");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

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
            cache.get(KEY, unknown(), make).await.expect("an answer").size()
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
        cache.answers.insert(KEY, old(None)).await;
        let (begun, go_on) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let make = {
            let (begun, go_on) = (Arc::clone(&begun), Arc::clone(&go_on));
            async move {
                begun.wait().await;
                go_on.wait().await;
                Ok(Answer::new("text/plain", "new"))
            }
        };
        assert_eq!(cache.get(KEY, unknown(), make).await.expect("an answer").body(), "old");
        begun.wait().await;
        assert_eq!(given_once(&cache, |_| true).await.body(), "old");
        go_on.wait().await;
        given_once(&cache, |given| given.body() != "old").await;
    }

    #[tokio::test]
    async fn what_rests_on_the_same_parts_is_not_made_anew() {
        let cache = Cache::new(Duration::from_hours(1), 1 << 20);
        cache.answers.insert(KEY, old(Some(7))).await;
        let look = async { Some(Basis { fingerprint: 7, seen_at: Instant::now() }) };
        let nobody = async { panic!("it still holds") };
        cache.get(KEY, look, nobody).await.expect("an answer");
        let held = given_once(&cache, |given| {
            assert_eq!(given.body(), "old");
            given.is_good(Instant::now())
        });
        held.await;
    }

    /// Otherwise what came between would be missing from an answer that is taken to have it.
    #[tokio::test]
    async fn what_is_stored_is_looked_at_before_it_is_read() {
        let cache = Cache::new(Duration::from_secs(10), 1 << 20);
        cache.answers.insert(KEY, old(Some(7))).await;
        let has_looked = Arc::new(AtomicBool::new(false));
        let looked = Arc::clone(&has_looked);
        let look = async move {
            tokio::task::yield_now().await;
            looked.store(true, Ordering::Relaxed);
            Some(Basis { fingerprint: 8, seen_at: Instant::now() })
        };
        let make = async move {
            assert!(has_looked.load(Ordering::Relaxed), "it is read too early");
            Ok(Answer::new("text/plain", "new"))
        };
        cache.get(KEY, look, make).await.expect("an answer");
        let new = given_once(&cache, |given| given.body() == "new").await;
        let seen_at = Instant::now() + Duration::from_secs(20);
        let later = |fingerprint| Some(Basis { fingerprint, seen_at });
        assert!(
            new.again(later(8), Duration::from_secs(10)).is_some(),
            "it rests on what was seen"
        );
        assert!(new.again(later(7), Duration::from_secs(10)).is_none());
    }

    #[tokio::test]
    async fn what_nobody_made_anew_ends_all_the_same() {
        let cache = Cache::new(Duration::from_hours(1), 1 << 20);
        let new = || async { Ok(Answer::new("text/plain", "new")) };
        let has_failed = made(Duration::from_secs(50), None);
        assert!(has_failed.begin_renewal(Instant::now()));
        has_failed.end_renewal();
        let takes_for_ever = made(Duration::from_secs(50), None);
        assert!(takes_for_ever.begin_renewal(Instant::now()));
        for over in [made(Duration::from_secs(50), None), has_failed, takes_for_ever] {
            cache.answers.insert(KEY, over).await;
            assert_eq!(cache.get(KEY, unknown(), new()).await.expect("an answer").body(), "new");
        }
    }

    /// Whoever else asks meanwhile: ClickHouse may take its time.
    #[tokio::test]
    async fn what_is_being_made_anew_is_not_waited_for() {
        let cache = Cache::new(Duration::from_secs(1), 1 << 20);
        // Over, but for that.
        let slow = Kept::new(
            Answer::new("text/plain", "old"),
            None,
            before(Duration::from_secs(3)),
            Duration::from_secs(1),
        );
        assert!(slow.begin_renewal(Instant::now()));
        cache.answers.insert(KEY, Arc::new(slow)).await;
        let nobody = async { panic!("only one makes it") };
        assert_eq!(cache.get(KEY, unknown(), nobody).await.expect("an answer").body(), "old");
    }

    #[tokio::test]
    async fn a_problem_does_not_take_away_what_is_still_good() {
        let cache = Cache::new(Duration::from_hours(1), 1 << 20);
        cache.answers.insert(KEY, old(None)).await;
        let problem = async { Err(Problem::new(Kind::Overloaded, "away")) };
        assert_eq!(cache.get(KEY, unknown(), problem).await.expect("an answer").body(), "old");
    }

    #[tokio::test]
    async fn a_problem_is_not_kept() {
        let cache = Cache::new(Duration::from_mins(1), 1 << 20);
        let problem = async { Err(Problem::new(Kind::UnknownMonth, "not yet")) };
        assert!(cache.get(KEY, unknown(), problem).await.is_err());
        let answer = async { Ok(Answer::new("text/plain", "figures")) };
        assert!(cache.get(KEY, unknown(), answer).await.is_ok());
    }
}
