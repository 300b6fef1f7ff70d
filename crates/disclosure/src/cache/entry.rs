//! A cached answer, and how long it may be served. The terms are those of RFC 5861: an entry is
//! fresh, then stale, and a stale entry is served while it is revalidated.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use axum::response::Response;
use bytes::Bytes;
use http::HeaderMap;

use super::answer::Answer;
use super::snapshot::{Fingerprint, Snapshot};
use crate::store::Reads;

/// An answer is made again after so long at the latest, whatever was seen of the tables: the server that
/// was looked at may be ahead of the one that was read.
const MAX_AGE: Duration = Duration::from_mins(1);

/// While it is revalidated, a stale answer is served for so long at most: readers need not wait where
/// ClickHouse is slow.
pub(crate) const STALE_WHILE_REVALIDATE: Duration = Duration::from_secs(10);

/// An answer that was just made, and what it was read from.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) answer: Answer,
    pub(crate) reads: Reads,
}

/// An answer, and for how long it is as good as a new one.
#[derive(Debug)]
pub(crate) struct Entry {
    answer: Answer,
    reads: Reads,
    made_at: Instant,
    /// Of what was stored before it was read.
    fingerprint: Option<Fingerprint>,
    stale_at: Instant,
    /// It is no longer served from here on, unless its revalidation is under way.
    ends_at: Instant,
    /// [`NOT_BEGUN`], [`UNDER_WAY`] or [`ENDED`].
    revalidation: AtomicU8,
}

const NOT_BEGUN: u8 = 0;
const UNDER_WAY: u8 = 1;
const ENDED: u8 = 2;

impl Entry {
    /// An answer whose making began at `made_at`, after what was stored had been looked at.
    pub(crate) fn new(
        made: Made,
        seen: Option<&Snapshot>,
        made_at: Instant,
        time_to_live: Duration,
    ) -> Self {
        let Made { answer, reads } = made;
        let fingerprint = seen.and_then(|seen| seen.stored.fingerprint(&reads));
        let stale_at = made_at + time_to_live.min(MAX_AGE);
        let ends_at = stale_at + time_to_live;
        let revalidation = AtomicU8::new(NOT_BEGUN);
        Self { answer, reads, made_at, fingerprint, stale_at, ends_at, revalidation }
    }

    /// The same answer for longer, if what it was read from was still the same when it was `seen`.
    pub(crate) fn revalidated(
        &self,
        seen: Option<&Snapshot>,
        time_to_live: Duration,
    ) -> Option<Self> {
        let seen = seen?;
        let fingerprint = seen.stored.fingerprint(&self.reads)?;
        let stale_at = (seen.seen_at + time_to_live).min(self.made_at + MAX_AGE);
        let holds = Some(fingerprint) == self.fingerprint && stale_at > self.stale_at;
        holds.then(|| Self {
            answer: self.answer.clone(),
            reads: self.reads.clone(),
            stale_at,
            ends_at: stale_at + time_to_live,
            revalidation: AtomicU8::new(NOT_BEGUN),
            ..*self
        })
    }

    /// Whether it may be served and nothing else is to be done: it is fresh, or its revalidation is under
    /// way.
    pub(crate) fn is_current(&self, now: Instant) -> bool {
        now < self.stale_at || self.is_being_revalidated(now)
    }

    /// Whether it may be served, by a caller that has it revalidated if it is stale.
    pub(crate) fn is_servable(&self, now: Instant) -> bool {
        now < self.ends_at || self.is_being_revalidated(now)
    }

    fn is_being_revalidated(&self, now: Instant) -> bool {
        self.revalidation.load(Ordering::Relaxed) == UNDER_WAY
            && now < self.stale_at + STALE_WHILE_REVALIDATE
    }

    /// Whether the caller is to have it revalidated: true for one caller. If that fails, nobody tries
    /// again, and the entry ends with its time.
    pub(crate) fn begin_revalidation(&self, now: Instant) -> bool {
        let begin = || {
            self.revalidation.compare_exchange(
                NOT_BEGUN,
                UNDER_WAY,
                Ordering::Relaxed,
                Ordering::Relaxed,
            )
        };
        now >= self.stale_at && begin().is_ok()
    }

    /// It was revalidated, or could not be.
    pub(crate) fn end_revalidation(&self) {
        self.revalidation.store(ENDED, Ordering::Relaxed);
    }

    pub(crate) fn is_newer_than(&self, other: &Self) -> bool {
        self.stale_at > other.stale_at
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
    pub(crate) fn body(&self) -> Bytes {
        self.answer.body().clone()
    }

    /// The response to a request. What goes out with it says where it comes from.
    pub(crate) fn respond(self: &Arc<Self>, request: &HeaderMap) -> Response {
        let mut response = self.answer.respond(request);
        response.extensions_mut().insert(Arc::clone(self));
        response
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use tables::{Months, Read};

    use super::super::snapshot::Stored;
    use super::*;

    const MOMENT: Duration = Duration::from_secs(1);

    const COUNTS: Read = Read { table: "counts", months: Months::All };

    /// An answer that was read from one table.
    pub(crate) fn made(body: &'static str) -> Made {
        let reads = Reads::Tables([COUNTS].into_iter().collect());
        Made { answer: Answer::new("text/plain", body), reads }
    }

    /// What is stored of that table, as it was seen at a moment.
    pub(crate) fn snapshot(hash: u64, seen_at: Instant) -> Snapshot {
        Snapshot { stored: Stored::of_one_table(COUNTS.table, hash), seen_at }
    }

    fn entry(hash: Option<u64>, made_at: Instant) -> Entry {
        let seen = hash.map(|hash| snapshot(hash, made_at));
        Entry::new(made("figures"), seen.as_ref(), made_at, MOMENT)
    }

    #[test]
    fn it_holds_while_what_it_rests_on_is_the_same_and_for_a_minute() {
        let made_at = Instant::now();
        let again = |entry: &Entry, hash: Option<u64>, after: Duration| {
            let seen = hash.map(|hash| snapshot(hash, made_at + after));
            entry.revalidated(seen.as_ref(), MOMENT)
        };
        let until = |entry: Option<Entry>| entry.map(|entry| entry.stale_at - made_at);
        let (known, unknown) = (entry(Some(7), made_at), entry(None, made_at));
        let later = Duration::from_secs(9);
        assert_eq!(until(again(&known, Some(7), later)), Some(later + MOMENT));
        assert_eq!(until(again(&known, Some(8), later)), None, "something has come");
        assert_eq!(until(again(&known, None, later)), None, "it is not known");
        assert_eq!(until(again(&unknown, Some(7), later)), None, "it was not known");
        assert_eq!(until(again(&unknown, None, later)), None, "neither was known");
        assert_eq!(until(again(&known, Some(7), Duration::ZERO)), None, "no longer than it was");
        let almost = MAX_AGE.saturating_sub(MOMENT / 2);
        let held = again(&known, Some(7), almost).expect("it holds");
        assert_eq!(held.stale_at - made_at, MAX_AGE);
        assert_eq!(until(again(&held, Some(7), MAX_AGE)), None, "long enough");
    }

    #[test]
    fn it_is_served_until_it_is_stale_and_longer_only_while_somebody_revalidates_it() {
        let made_at = Instant::now();
        let entry = entry(None, made_at);
        let (fresh, stale, over) = (made_at, made_at + MOMENT, made_at + 2 * MOMENT);
        assert!(entry.is_current(fresh) && !entry.is_current(stale));
        assert!(!entry.begin_revalidation(fresh), "it is not stale");
        assert!(entry.begin_revalidation(stale));
        assert!(!entry.begin_revalidation(stale), "one revalidates it");
        let too_late = stale + STALE_WHILE_REVALIDATE;
        assert!(entry.is_current(over) && entry.is_servable(over), "a new one is being made");
        assert!(!entry.is_current(too_late) && !entry.is_servable(too_late), "it takes too long");
        entry.end_revalidation();
        assert!(entry.is_servable(stale) && !entry.is_servable(over), "nobody revalidates it");
        assert!(
            entry.is_current(fresh) && !entry.is_current(stale),
            "there is a newer one, or none"
        );
        assert!(!entry.begin_revalidation(stale), "nobody tries again");
    }
}
