//! What an account may do, as it sees it.

use std::num::NonZeroU32;

use accounts::{Account, AccountKey};
use axum::body::Body;
use http::{Request, StatusCode, header};
use insta::assert_snapshot;
use topics::state::follow;

use crate::intake::{
    BATCH, EVENT, answer, config, example, hall, key, now, post, post_as, router, router_with, seen,
};

#[tokio::test]
async fn without_a_key_that_belongs_to_an_account_nothing_is_read() {
    let router = router(&config(), &[hall()]);
    let request = Request::post("/v1/services").body(Body::empty()).expect("a request");
    assert_snapshot!(seen(&router, request).await, @r#"
    401 Unauthorized
    content-type: application/problem+json
    www-authenticate: Bearer
    {
      "detail": "Send the account's key as Authorization: Bearer KEY.",
      "status": 401,
      "title": "Unauthenticated",
      "type": "urn:haochaping:problem:unauthenticated"
    }
    "#);
    assert_snapshot!(seen(&router, post_as("hcp_other", "/v1/services", EVENT, "{}")).await, @r#"
    401 Unauthorized
    content-type: application/problem+json
    www-authenticate: Bearer
    {
      "detail": "The key belongs to no account.",
      "status": 401,
      "title": "Unauthenticated",
      "type": "urn:haochaping:problem:unauthenticated"
    }
    "#);
    let basic = Request::post("/v1/services")
        .header(header::AUTHORIZATION, "Basic hcp_hall")
        .body(Body::empty())
        .expect("a request");
    assert_eq!(answer(&router, basic).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_account_posts_the_kinds_of_events_that_it_may() {
    let router = router(&config(), &[hall()]);
    let disposition = example("good/disposition-set-aside.json");
    let request = post("/v1/dispositions", EVENT, disposition);
    assert_snapshot!(seen(&router, request).await, @r#"
    403 Forbidden
    content-type: application/problem+json
    {
      "detail": "The account may not post events of the kind disposition.",
      "status": 403,
      "title": "Out of scope",
      "type": "urn:haochaping:problem:out-of-scope"
    }
    "#);
}

#[tokio::test]
async fn a_hall_in_guangdong_cannot_post_for_hunan() {
    let router = router(&config(), &[hall()]);
    let service = example("good/service.json").replace("440106000000", "430102000000");
    let request = post("/v1/services", EVENT, service);
    assert_snapshot!(seen(&router, request).await, @r#"
    403 Forbidden
    content-type: application/problem+json
    {
      "detail": "The account may not post events for this area.",
      "status": 403,
      "title": "Out of scope",
      "type": "urn:haochaping:problem:out-of-scope"
    }
    "#);
}

#[tokio::test]
async fn an_account_posts_under_its_source_and_by_its_channels() {
    let router = router(&config(), &[hall()]);
    let service = example("good/service.json");
    let other = service.replace("guangzhou/tianhe-hall", "guangzhou/other-hall");
    assert_snapshot!(seen(&router, post("/v1/services", EVENT, other)).await, @r#"
    403 Forbidden
    content-type: application/problem+json
    {
      "detail": "The source is not that of the account.",
      "status": 403,
      "title": "Out of scope",
      "type": "urn:haochaping:problem:out-of-scope"
    }
    "#);
    let sms = service.replace(r#""hall""#, r#""sms""#);
    assert_snapshot!(seen(&router, post("/v1/services", EVENT, sms)).await, @r#"
    403 Forbidden
    content-type: application/problem+json
    {
      "detail": "The account may not post events through this channel.",
      "status": 403,
      "title": "Out of scope",
      "type": "urn:haochaping:problem:out-of-scope"
    }
    "#);
}

#[tokio::test]
async fn an_account_that_posts_too_fast_is_told_when_to_go_on() {
    let slow = Account { events_per_second: NonZeroU32::new(2), ..hall() };
    let router = router(&config(), &[slow]);
    let batch = format!("[{}]", ["{}"; 10].join(","));
    let first = answer(&router, post("/v1/services", BATCH, batch.clone())).await;
    assert_eq!(first.0, StatusCode::OK);
    assert_snapshot!(seen(&router, post("/v1/services", BATCH, batch)).await, @r#"
    429 Too Many Requests
    content-type: application/problem+json
    retry-after: 5
    {
      "detail": "The account has posted more events than its rate allows. Nothing was stored.",
      "status": 429,
      "title": "Rate limited",
      "type": "urn:haochaping:problem:rate-limited"
    }
    "#);
}

#[tokio::test]
async fn a_key_that_has_expired_or_was_revoked_is_told_so() {
    let keys = vec![
        AccountKey { expires_at: Some(now()), ..key("hcp_expired") },
        AccountKey { revoked_at: Some(now()), ..key("hcp_revoked") },
        AccountKey { expires_at: Some(now().saturating_add(1)), ..key("hcp_good") },
    ];
    let router = router(&config(), &[Account { keys, ..hall() }]);
    assert_snapshot!(seen(&router, post_as("hcp_expired", "/v1/services", EVENT, "{}")).await, @r#"
    401 Unauthorized
    content-type: application/problem+json
    www-authenticate: Bearer
    {
      "detail": "The key has expired. Ask the operator for a new one.",
      "status": 401,
      "title": "Unauthenticated",
      "type": "urn:haochaping:problem:unauthenticated"
    }
    "#);
    assert_snapshot!(seen(&router, post_as("hcp_revoked", "/v1/services", EVENT, "{}")).await, @r#"
    401 Unauthorized
    content-type: application/problem+json
    www-authenticate: Bearer
    {
      "detail": "The key was revoked. Ask the operator for a new one.",
      "status": 401,
      "title": "Unauthenticated",
      "type": "urn:haochaping:problem:unauthenticated"
    }
    "#);
    let good = answer(&router, post_as("hcp_good", "/v1/services", BATCH, "[]")).await;
    assert_eq!(good.0, StatusCode::OK);
}

/// Before the accounts are known, a good key cannot be told from another: neither is refused for
/// good.
#[tokio::test]
async fn before_the_accounts_are_known_a_request_is_to_be_sent_again() {
    let config = config();
    let burst = config.batch_events_max;
    let (members, _follower) = follow::<accounts::AccountState, _>(&config.kafka, {
        move |accounts, before| ingest::Members::new(accounts, burst, before)
    });
    let router = router_with(&config, members);
    assert_snapshot!(seen(&router, post("/v1/services", EVENT, "{}")).await, @r#"
    503 Service Unavailable
    content-type: application/problem+json
    retry-after: 1
    {
      "detail": "This intake has just started and does not know the accounts yet. Nothing was stored.",
      "status": 503,
      "title": "Overloaded",
      "type": "urn:haochaping:problem:overloaded"
    }
    "#);
}
