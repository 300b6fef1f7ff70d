use std::future::{Ready, ready};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use tokio::sync::Barrier;

use super::entry::tests::{made, snapshot};
use super::*;
use crate::problem::Kind;

const KEY: Key = (Resource::Provinces, Representation::Json);

/// A stale entry, read from a table of this hash.
fn old(hash: Option<u64>) -> Arc<Entry> {
    made_before(Duration::from_secs(30), hash)
}

/// One that was made so long ago. It is stale after 20 seconds, and over after 40.
fn made_before(ago: Duration, hash: Option<u64>) -> Arc<Entry> {
    let seen = hash.map(|hash| snapshot(hash, before(ago)));
    Arc::new(Entry::new(made("old"), seen.as_ref(), before(ago), Duration::from_secs(20)))
}

fn before(ago: Duration) -> Instant {
    Instant::now().checked_sub(ago).expect("a clock that has run for a minute")
}

fn unknown() -> Ready<Option<Arc<Snapshot>>> {
    ready(None)
}

/// What is given as soon as it is like that, while nobody else may make it.
async fn given_once(cache: &Cache, is_like_that: impl Fn(&Entry) -> bool) -> Arc<Entry> {
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
    let count = Arc::new(AtomicU32::new(0));
    let all_have_asked = Arc::new(Barrier::new(2));
    let ask = |cache: Cache, count: Arc<AtomicU32>, barrier: Arc<Barrier>| async move {
        let make = async move {
            count.fetch_add(1, Ordering::Relaxed);
            barrier.wait().await;
            Ok(made("figures"))
        };
        cache.get(KEY, unknown(), make).await.expect("an answer").size()
    };
    let askers: Vec<_> = (0..20)
        .map(|_| ask(cache.clone(), Arc::clone(&count), Arc::clone(&all_have_asked)))
        .map(tokio::spawn)
        .collect();
    tokio::task::yield_now().await;
    all_have_asked.wait().await;
    for asker in askers {
        asker.await.expect("no panic");
    }
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn nobody_waits_for_what_is_made_again_and_it_is_made_once() {
    let cache = Cache::new(Duration::from_hours(1), 1 << 20);
    cache.entries.insert(KEY, old(None)).await;
    let (begun, go_on) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let make = {
        let (begun, go_on) = (Arc::clone(&begun), Arc::clone(&go_on));
        async move {
            begun.wait().await;
            go_on.wait().await;
            Ok(made("new"))
        }
    };
    assert_eq!(cache.get(KEY, unknown(), make).await.expect("an answer").body(), "old");
    begun.wait().await;
    assert_eq!(given_once(&cache, |_| true).await.body(), "old");
    go_on.wait().await;
    given_once(&cache, |given| given.body() != "old").await;
}

#[tokio::test]
async fn what_rests_on_the_same_parts_is_not_made_again() {
    let cache = Cache::new(Duration::from_hours(1), 1 << 20);
    cache.entries.insert(KEY, old(Some(7))).await;
    let look = async { Some(Arc::new(snapshot(7, Instant::now()))) };
    let nobody = async { panic!("it still holds") };
    cache.get(KEY, look, nobody).await.expect("an answer");
    let held = given_once(&cache, |given| {
        assert_eq!(given.body(), "old");
        given.is_current(Instant::now())
    });
    held.await;
}

/// Otherwise what came between would be missing from an answer that is taken to have it.
#[tokio::test]
async fn what_is_stored_is_looked_at_before_it_is_read() {
    let cache = Cache::new(Duration::from_secs(10), 1 << 20);
    cache.entries.insert(KEY, old(Some(7))).await;
    let has_looked = Arc::new(AtomicBool::new(false));
    let looked = Arc::clone(&has_looked);
    let look = async move {
        tokio::task::yield_now().await;
        looked.store(true, Ordering::Relaxed);
        Some(Arc::new(snapshot(8, Instant::now())))
    };
    let make = async move {
        assert!(has_looked.load(Ordering::Relaxed), "it is read too early");
        Ok(made("new"))
    };
    cache.get(KEY, look, make).await.expect("an answer");
    let new = given_once(&cache, |given| given.body() == "new").await;
    let seen_at = Instant::now() + Duration::from_secs(20);
    let later = |hash| snapshot(hash, seen_at);
    assert!(
        new.revalidated(Some(&later(8)), Duration::from_secs(10)).is_some(),
        "it rests on what was seen"
    );
    assert!(new.revalidated(Some(&later(7)), Duration::from_secs(10)).is_none());
}

#[tokio::test]
async fn what_nobody_made_again_ends_nevertheless() {
    let cache = Cache::new(Duration::from_hours(1), 1 << 20);
    let new = || async { Ok(made("new")) };
    let has_failed = made_before(Duration::from_secs(50), None);
    assert!(has_failed.begin_revalidation(Instant::now()));
    has_failed.end_revalidation();
    let takes_too_long = made_before(Duration::from_secs(50), None);
    assert!(takes_too_long.begin_revalidation(Instant::now()));
    for over in [made_before(Duration::from_secs(50), None), has_failed, takes_too_long] {
        cache.entries.insert(KEY, over).await;
        assert_eq!(cache.get(KEY, unknown(), new()).await.expect("an answer").body(), "new");
    }
}

/// Nor does any other reader meanwhile, however long ClickHouse takes.
#[tokio::test]
async fn what_is_being_made_again_is_not_waited_for() {
    let cache = Cache::new(Duration::from_secs(1), 1 << 20);
    // Over, but for that.
    let slow =
        Entry::new(made("old"), None, before(Duration::from_secs(3)), Duration::from_secs(1));
    assert!(slow.begin_revalidation(Instant::now()));
    cache.entries.insert(KEY, Arc::new(slow)).await;
    let nobody = async { panic!("only one makes it") };
    assert_eq!(cache.get(KEY, unknown(), nobody).await.expect("an answer").body(), "old");
}

#[tokio::test]
async fn a_problem_does_not_take_away_what_may_still_be_served() {
    let cache = Cache::new(Duration::from_hours(1), 1 << 20);
    cache.entries.insert(KEY, old(None)).await;
    let problem = async { Err(Problem::new(Kind::Overloaded, "away")) };
    assert_eq!(cache.get(KEY, unknown(), problem).await.expect("an answer").body(), "old");
}

#[tokio::test]
async fn a_problem_is_not_cached() {
    let cache = Cache::new(Duration::from_mins(1), 1 << 20);
    let problem = async { Err(Problem::new(Kind::UnknownMonth, "not yet")) };
    assert!(cache.get(KEY, unknown(), problem).await.is_err());
    let answer = async { Ok(made("figures")) };
    assert!(cache.get(KEY, unknown(), answer).await.is_ok());
}
