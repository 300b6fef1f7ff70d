//! An answer that is kept, and for how long it is as good as a new one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use axum::response::Response;
use bytes::Bytes;
use http::HeaderMap;

use crate::answer::Answer;
use crate::stored::Basis;

/// An answer is made anew after so long at the latest, whatever was seen of the tables: the server that was
/// looked at may be ahead of the one that was read.
const HOLDS_MOST: Duration = Duration::from_mins(1);

/// While a new one is being made, the old one is given for so long at most: where ClickHouse is slow, who
/// reads need not be.
pub(crate) const RENEWAL_MOST: Duration = Duration::from_secs(10);

/// An answer, and for how long it is as good as a new one.
#[derive(Debug)]
pub(crate) struct Kept {
    answer: Answer,
    made_at: Instant,
    /// Of what was stored before it was read.
    fingerprint: Option<u64>,
    renew_at: Instant,
    /// It is given no longer, unless somebody renews it.
    ends_at: Instant,
    /// [`NOT_BEGUN`], [`UNDER_WAY`] or [`ENDED`].
    renewal: AtomicU8,
}

const NOT_BEGUN: u8 = 0;
const UNDER_WAY: u8 = 1;
const ENDED: u8 = 2;

impl Kept {
    /// An answer whose making began at `made_at`, after what was stored had been looked at.
    pub(crate) fn new(
        answer: Answer,
        fingerprint: Option<u64>,
        made_at: Instant,
        time_to_live: Duration,
    ) -> Self {
        let renew_at = made_at + time_to_live.min(HOLDS_MOST);
        let ends_at = renew_at + time_to_live;
        let renewal = AtomicU8::new(NOT_BEGUN);
        Self { answer, made_at, fingerprint, renew_at, ends_at, renewal }
    }

    /// The same answer for longer, if what it was read from was still the same at the moment of `basis`.
    pub(crate) fn again(&self, basis: Option<Basis>, time_to_live: Duration) -> Option<Self> {
        let basis = basis.filter(|basis| Some(basis.fingerprint) == self.fingerprint)?;
        let renew_at = (basis.seen_at + time_to_live).min(self.made_at + HOLDS_MOST);
        (renew_at > self.renew_at).then(|| Self {
            answer: self.answer.clone(),
            renew_at,
            ends_at: renew_at + time_to_live,
            renewal: AtomicU8::new(NOT_BEGUN),
            ..*self
        })
    }

    /// Whether it may be given without further ado: it is not due, or somebody renews it.
    pub(crate) fn is_good(&self, now: Instant) -> bool {
        now < self.renew_at || self.is_being_renewed(now)
    }

    /// Whether it may be given by who has it renewed if it is due.
    pub(crate) fn is_not_over(&self, now: Instant) -> bool {
        now < self.ends_at || self.is_being_renewed(now)
    }

    fn is_being_renewed(&self, now: Instant) -> bool {
        self.renewal.load(Ordering::Relaxed) == UNDER_WAY && now < self.renew_at + RENEWAL_MOST
    }

    /// Whether the caller is to have it renewed: true for one caller. If that fails, nobody tries again,
    /// and the answer ends with its time.
    pub(crate) fn begin_renewal(&self, now: Instant) -> bool {
        let begin = || {
            self.renewal.compare_exchange(
                NOT_BEGUN,
                UNDER_WAY,
                Ordering::Relaxed,
                Ordering::Relaxed,
            )
        };
        now >= self.renew_at && begin().is_ok()
    }

    /// It was renewed, or could not be.
    pub(crate) fn end_renewal(&self) {
        self.renewal.store(ENDED, Ordering::Relaxed);
    }

    pub(crate) fn is_newer_than(&self, other: &Self) -> bool {
        self.renew_at > other.renew_at
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
mod tests {
    use super::*;

    const MOMENT: Duration = Duration::from_secs(1);

    fn kept(fingerprint: Option<u64>, made_at: Instant) -> Kept {
        Kept::new(Answer::new("text/plain", "figures"), fingerprint, made_at, MOMENT)
    }

    #[test]
    fn it_holds_while_what_it_rests_on_is_the_same_and_for_a_minute() {
        let made_at = Instant::now();
        let again = |kept: &Kept, fingerprint: Option<u64>, after: Duration| {
            let seen_at = made_at + after;
            let basis = fingerprint.map(|fingerprint| Basis { fingerprint, seen_at });
            kept.again(basis, MOMENT)
        };
        let until = |kept: Option<Kept>| kept.map(|kept| kept.renew_at - made_at);
        let (known, unknown) = (kept(Some(7), made_at), kept(None, made_at));
        let later = Duration::from_secs(9);
        assert_eq!(until(again(&known, Some(7), later)), Some(later + MOMENT));
        assert_eq!(until(again(&known, Some(8), later)), None, "something has come");
        assert_eq!(until(again(&known, None, later)), None, "it is not known");
        assert_eq!(until(again(&unknown, Some(7), later)), None, "it was not known");
        assert_eq!(until(again(&unknown, None, later)), None, "neither was known");
        assert_eq!(until(again(&known, Some(7), Duration::ZERO)), None, "no longer than it was");
        let almost = HOLDS_MOST.saturating_sub(MOMENT / 2);
        let held = again(&known, Some(7), almost).expect("it holds");
        assert_eq!(held.renew_at - made_at, HOLDS_MOST);
        assert_eq!(until(again(&held, Some(7), HOLDS_MOST)), None, "long enough");
    }

    #[test]
    fn it_is_good_until_it_is_due_and_longer_only_while_somebody_renews_it() {
        let made_at = Instant::now();
        let kept = kept(None, made_at);
        let (fresh, due, over) = (made_at, made_at + MOMENT, made_at + 2 * MOMENT);
        assert!(kept.is_good(fresh) && !kept.is_good(due));
        assert!(!kept.begin_renewal(fresh), "it is not due");
        assert!(kept.begin_renewal(due));
        assert!(!kept.begin_renewal(due), "one renews it");
        let too_late = due + RENEWAL_MOST;
        assert!(kept.is_good(over) && kept.is_not_over(over), "a new one is being made");
        assert!(!kept.is_good(too_late) && !kept.is_not_over(too_late), "that takes too long");
        kept.end_renewal();
        assert!(kept.is_not_over(due) && !kept.is_not_over(over), "nobody renews it");
        assert!(kept.is_good(fresh) && !kept.is_good(due), "there is a newer one, or none");
        assert!(!kept.begin_renewal(due), "nobody tries again");
    }
}
