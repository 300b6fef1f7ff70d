//! Answers are kept for a moment, and what many ask for at once is made once: however many people
//! look at a page, ClickHouse is asked a few times a second.
//!
//! When that moment is over, who asks is given the old answer, and has it made anew for those who come
//! after; for as long again at most. So what is asked for all the time is never waited for, and no
//! answer is older than two moments and the time that it took to make it.
//!
//! It is not made anew if nothing has come to the tables that it was read from: then it is as good as a
//! new one. Of a month that nobody writes to any more ClickHouse is hardly asked.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::response::Response;
use daemon::problem::Problem;
use http::HeaderMap;

use crate::answer::Answer;
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

/// An answer is made anew after so long at the latest, whatever is said of the tables: a replica may be
/// behind the one that says it.
const HOLDS_MOST: Duration = Duration::from_mins(1);

/// An answer, and for how long it is as good as a new one.
#[derive(Debug)]
pub(crate) struct Kept {
    answer: Answer,
    made_at: Instant,
    /// What was stored before it was read.
    parts: Option<u64>,
    renew_at: Instant,
    /// It is given no longer, whatever became of its renewal.
    ends_at: Instant,
    renewal_has_begun: AtomicBool,
    renewal_has_ended: AtomicBool,
}

impl Kept {
    /// An answer whose making began at `made_at`, after what was stored had been looked at.
    pub(crate) fn new(
        answer: Answer,
        parts: Option<u64>,
        made_at: Instant,
        time_to_live: Duration,
    ) -> Self {
        Self::until(answer, parts, made_at, made_at + time_to_live, time_to_live)
    }

    fn until(
        answer: Answer,
        parts: Option<u64>,
        made_at: Instant,
        renew_at: Instant,
        time_to_live: Duration,
    ) -> Self {
        Self {
            answer,
            made_at,
            parts,
            renew_at,
            ends_at: renew_at + time_to_live,
            renewal_has_begun: AtomicBool::new(false),
            renewal_has_ended: AtomicBool::new(false),
        }
    }

    /// The same answer for longer, if what it was read from was still the same at the moment of `basis`.
    fn again(&self, basis: Option<Basis>, time_to_live: Duration) -> Option<Self> {
        let basis = basis.filter(|basis| Some(basis.parts) == self.parts)?;
        let renew_at = (basis.seen_at + time_to_live).min(self.made_at + HOLDS_MOST);
        let (answer, parts, made_at) = (self.answer.clone(), self.parts, self.made_at);
        (renew_at > self.renew_at)
            .then(|| Self::until(answer, parts, made_at, renew_at, time_to_live))
    }

    /// Whether it may be given without further ado: nobody need have it made anew, or somebody does.
    pub(crate) fn is_good(&self, now: Instant) -> bool {
        let is_being_renewed = || {
            self.renewal_has_begun.load(Ordering::Relaxed)
                && !self.renewal_has_ended.load(Ordering::Relaxed)
        };
        now < self.renew_at || (now < self.ends_at && is_being_renewed())
    }

    /// Whether the caller is to have it made anew: true for one caller. If that fails, nobody tries
    /// again, and the answer ends with its time.
    fn begin_renewal(&self, now: Instant) -> bool {
        now >= self.renew_at && !self.renewal_has_begun.swap(true, Ordering::Relaxed)
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

    /// The answer that is kept, or the one that `make` makes after `look` has looked at what is stored.
    /// A problem is shared by those who wait for it, and is not kept; nor does it put an end to what is
    /// kept and still good.
    pub(crate) async fn get(
        &self,
        key: Key,
        look: impl Future<Output = Option<Basis>> + Send + 'static,
        make: impl Future<Output = Result<Answer, Problem>> + Send + 'static,
    ) -> Result<Arc<Kept>, Problem> {
        let time_to_live = self.time_to_live;
        let keep = async move |basis: Option<Basis>| {
            // As old as what was read for it, at the latest.
            let made_at = Instant::now();
            let answer = make.await?;
            let parts = basis.map(|basis| basis.parts);
            Ok(Arc::new(Kept::new(answer, parts, made_at, time_to_live)))
        };
        let Some(kept) = self.answers.get(&key).await else {
            let make = async move { keep(look.await).await };
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
                    keep(basis).await
                };
                // What failed is seen in the metrics of queries, and by who asks when this one ends.
                if let Ok::<_, Problem>(renewed) = renewed {
                    let newest = async |kept: Option<moka::Entry<Key, Arc<Kept>>>| {
                        let kept = kept.map(moka::Entry::into_value);
                        kept.filter(|kept| kept.renew_at > renewed.renew_at).unwrap_or(renewed)
                    };
                    answers.entry(key).and_upsert_with(newest).await;
                }
                old.renewal_has_ended.store(true, Ordering::Relaxed);
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
    use std::future::{Ready, ready};
    use std::sync::atomic::{AtomicU32, Ordering};

    use daemon::problem::Kind;
    use tokio::sync::Barrier;

    use super::*;

    const KEY: Key = (Resource::Provinces, Representation::Json);

    /// An answer that is to be made anew, read from these parts.
    fn old(parts: Option<u64>) -> Arc<Kept> {
        let answer = Answer::new("text/plain", "old");
        Arc::new(Kept::new(answer, parts, Instant::now(), Duration::ZERO))
    }

    fn unknown() -> Ready<Option<Basis>> {
        ready(None)
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
        let nobody = || async { panic!("only one makes it") };
        assert_eq!(cache.get(KEY, unknown(), nobody()).await.expect("an answer").body(), "old");
        go_on.wait().await;
        let deadline = Instant::now() + Duration::from_mins(1);
        while cache.get(KEY, unknown(), nobody()).await.expect("an answer").body() == "old" {
            assert!(Instant::now() < deadline, "it is not taken");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    #[tokio::test]
    async fn what_rests_on_the_same_parts_is_not_made_anew() {
        let cache = Cache::new(Duration::from_hours(1), 1 << 20);
        cache.answers.insert(KEY, old(Some(7))).await;
        let look = async { Some(Basis { parts: 7, seen_at: Instant::now() }) };
        let nobody = || async { panic!("it still holds") };
        cache.get(KEY, look, nobody()).await.expect("an answer");
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let given = cache.get(KEY, unknown(), nobody()).await.expect("an answer");
            assert_eq!(given.body(), "old");
            if Instant::now() < given.renew_at {
                break;
            }
            assert!(Instant::now() < deadline, "it is not taken for fresh");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    #[test]
    fn an_answer_holds_while_its_parts_are_the_same_and_for_a_minute() {
        let (made_at, moment) = (Instant::now(), Duration::from_secs(1));
        let kept = |parts| Kept::new(Answer::new("text/plain", "old"), parts, made_at, moment);
        let again = |kept: Kept, parts: Option<u64>, after: Duration| {
            let basis = parts.map(|parts| Basis { parts, seen_at: made_at + after });
            kept.again(basis, moment).map(|kept| kept.renew_at - made_at)
        };
        let later = Duration::from_secs(9);
        assert_eq!(again(kept(Some(7)), Some(7), later), Some(later + moment));
        assert_eq!(again(kept(Some(7)), Some(8), later), None, "something has come");
        assert_eq!(again(kept(Some(7)), None, later), None, "it is not known");
        assert_eq!(again(kept(None), Some(7), later), None, "it was not known");
        assert_eq!(again(kept(None), None, later), None, "neither was known");
        let almost = HOLDS_MOST.saturating_sub(moment / 2);
        assert_eq!(again(kept(Some(7)), Some(7), almost), Some(HOLDS_MOST));
        let held = kept(Some(7)).again(Some(Basis { parts: 7, seen_at: made_at + almost }), moment);
        assert_eq!(again(held.expect("it holds"), Some(7), HOLDS_MOST), None, "long enough");
        assert_eq!(again(kept(Some(7)), Some(7), Duration::ZERO), None, "no longer than it was");
    }

    /// It could not be made anew: it is given for as long again, and no longer.
    #[tokio::test]
    async fn what_nobody_made_anew_ends_all_the_same() {
        let cache = Cache::new(Duration::from_millis(20), 1 << 20);
        let make = async { Ok(Answer::new("text/plain", "old")) };
        let old = cache.get(KEY, unknown(), make).await.expect("an answer");
        while !old.begin_renewal(Instant::now()) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let new = async { Ok(Answer::new("text/plain", "new")) };
            if cache.get(KEY, unknown(), new).await.expect("an answer").body() == "new" {
                break;
            }
            assert!(Instant::now() < deadline, "it is given for ever");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
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
