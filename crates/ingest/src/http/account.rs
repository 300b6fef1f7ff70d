//! Who posts, and whether they may post events of this kind at all: decided from the head of the
//! request, before a byte of its body is read, and again once the body is there.

use std::marker::PhantomData;

use super::problem::{self, Problem};
use accounts::Denied;
use axum::extract::{FromRef, FromRequestParts};
use daemon::Clock;
use domain::{EpochSeconds, Kind};
use http::header::AUTHORIZATION;
use http::request::Parts;
use topics::state::Followed;

use super::answers::OVERLOADED_PAUSE;
use crate::intake::may_post;
use crate::members::{Member, Members};

/// A kind of events, as a type: of the address that takes them in.
pub(crate) trait Posted: Send + Sync + 'static {
    const KIND: Kind;
}

/// What was done.
pub(crate) struct Services;

/// How it was rated.
pub(crate) struct Reviews;

/// What was decided about reviews.
pub(crate) struct Dispositions;

impl Posted for Services {
    const KIND: Kind = Kind::Service;
}

impl Posted for Reviews {
    const KIND: Kind = Kind::Review;
}

impl Posted for Dispositions {
    const KIND: Kind = Kind::Disposition;
}

/// A key whose account may post events of a kind. It must not be shown, so it has no `Debug`.
pub(crate) struct MayPost<K: Posted> {
    key: String,
    kind: PhantomData<K>,
}

impl<K: Posted> MayPost<K> {
    /// The account, if it may still post. A body can take long to arrive, and a key that was revoked
    /// or has expired meanwhile must not post it.
    ///
    /// # Errors
    ///
    /// As for a request that begins at this time.
    pub(crate) fn member(
        &self,
        members: &Followed<Members>,
        now: EpochSeconds,
    ) -> Result<Member, Problem> {
        let Some(members) = members.get() else {
            let detail = "This intake has just started and does not know the accounts yet. Nothing \
                          was stored.";
            let problem = Problem::new(problem::Kind::Overloaded, detail);
            return Err(problem.retry_after(OVERLOADED_PAUSE));
        };
        let member = members.find(&self.key, now).map_err(|denied| {
            let detail = match denied {
                Denied::Unknown => "The key belongs to no account.",
                Denied::Expired => "The key has expired. Ask the operator for a new one.",
                Denied::Revoked => "The key was revoked. Ask the operator for a new one.",
            };
            Problem::new(problem::Kind::Unauthenticated, detail)
        })?;
        may_post(&member.account, K::KIND)?;
        Ok(member)
    }
}

impl<K: Posted, S: Send + Sync> FromRequestParts<S> for MayPost<K>
where
    Followed<Members>: FromRef<S>,
    Clock: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(key) = header.and_then(bearer) else {
            let detail = "Send the account's key as Authorization: Bearer KEY.";
            return Err(Problem::new(problem::Kind::Unauthenticated, detail));
        };
        let account = Self { key: key.to_owned(), kind: PhantomData };
        account.member(&Followed::<Members>::from_ref(state), Clock::from_ref(state).now())?;
        Ok(account)
    }
}

/// The key in the header; the scheme's name is case-insensitive (RFC 9110).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, key) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use accounts::{Account, AccountKey, Reach};

    use super::*;

    /// The head of a request has come, and its body has not: what holds then is what the account is
    /// when the body is there.
    #[test]
    fn a_key_that_has_expired_or_was_revoked_while_the_body_arrived_posts_nothing() {
        let at = EpochSeconds::new;
        let members = |revoked_at| {
            let hash = blake3::hash(b"hcp_1");
            let key = AccountKey { hash, made_at: at(1), expires_at: Some(at(100)), revoked_at };
            let account = Account {
                source: "hall".parse().expect("a source"),
                reach: Reach::Nationwide,
                channels: None,
                posts: [Kind::Review].into(),
                simulated: false,
                events_per_second: None,
                late_days: 31,
                keys: vec![key],
                revision: NonZeroU32::MIN,
                changed_at: at(1),
            };
            Followed::fixed(Members::of([account], NonZeroU32::MIN))
        };
        let account = MayPost::<Reviews> { key: "hcp_1".to_owned(), kind: PhantomData };
        assert!(account.member(&members(None), at(99)).is_ok());
        for (members, now) in [(members(None), at(100)), (members(Some(at(50))), at(99))] {
            let refused = account.member(&members, now).expect_err("it is refused");
            assert_eq!(refused.kind(), problem::Kind::Unauthenticated);
        }
    }
}
