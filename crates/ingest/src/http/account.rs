//! Who posts, and whether they may post events of this kind at all: decided from the head of the
//! request, before a byte of its body is read.

use std::marker::PhantomData;

use super::problem::{self, Problem};
use accounts::Denied;
use axum::extract::{FromRef, FromRequestParts};
use daemon::Clock;
use domain::Kind;
use http::header::AUTHORIZATION;
use http::request::Parts;
use topics::state::Followed;

use super::answers::OVERLOADED_PAUSE;
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

/// An account that may post events of a kind.
pub(crate) struct MayPost<K: Posted> {
    pub(crate) member: Member,
    kind: PhantomData<K>,
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
        let Some(members) = Followed::<Members>::from_ref(state).get() else {
            let detail = "This intake has just started and does not know the accounts yet. Nothing \
                          was stored.";
            let problem = Problem::new(problem::Kind::Overloaded, detail);
            return Err(problem.retry_after(OVERLOADED_PAUSE));
        };
        let member = members.find(key, Clock::from_ref(state).now()).map_err(|denied| {
            let detail = match denied {
                Denied::Unknown => "The key belongs to no account.",
                Denied::Expired => "The key has expired. Ask the operator for a new one.",
                Denied::Revoked => "The key was revoked. Ask the operator for a new one.",
            };
            Problem::new(problem::Kind::Unauthenticated, detail)
        })?;
        if !member.account.posts.contains(&K::KIND) {
            let detail = format!("The account may not post events of the kind {}.", K::KIND);
            return Err(Problem::new(problem::Kind::OutOfScope, detail));
        }
        Ok(Self { member, kind: PhantomData })
    }
}

/// The key in the header; the scheme's name is case-insensitive (RFC 9110).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, key) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}
