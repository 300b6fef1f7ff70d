//! From posted reviews to the disclosed figures, and a whole published month.

use std::time::Instant;

use serde_json::{Value, json};
use services::Service;
use testbed::wait::until;
use testbed::world::World;

use crate::support::events::{MONTH, review};
use crate::support::world;

/// One two-thousandth of Guangdong's July 2023: some 12,000 events.
const SCALE: &str = "0.0005";

#[tokio::test]
async fn a_published_month_comes_out_as_it_was_published() {
    let world = world::start().await;
    world.simulate(SCALE, &[]).finish();
    println!("{}", world.reconcile(SCALE));
}

/// Another seed gives other events with the same totals. Then all of them are posted again in
/// another order.
#[tokio::test]
async fn a_month_that_is_uploaded_again_in_another_order_changes_nothing() {
    let world = world::start().await;
    world.simulate(SCALE, &["--seed", "7", "--resend", "1.0"]).finish();
    println!("{}", world.reconcile(SCALE));
}

#[tokio::test]
async fn a_review_is_in_the_public_figures_soon_after_it_was_acknowledged() {
    let world = world::start().await;
    let mut slowest = 0.0_f64;
    for number in 1..=5_u64 {
        let answer = post(&world, "reviews", &review(number, "satisfied")).await;
        assert_eq!(answer["receipt"]["topic"], "reviews", "{answer}");
        let since = Instant::now();
        world.until_counted(MONTH, number).await;
        slowest = slowest.max(since.elapsed().as_secs_f64());
    }
    // Far above the usual value, because the machine has other work: this is not a benchmark.
    assert!(slowest < 10.0, "{slowest:.2} s from acknowledgement to public figure");
    println!("slowest of five reviews: {slowest:.2} s from acknowledgement to public figure");
}

/// The number of cache look-ups with this result.
async fn ended(world: &World, result: &str) -> u64 {
    let name = format!("haochaping_disclosure_cache_total{{result=\"{result}\"}}");
    world.metric(Service::Disclosure, &name).await
}

#[tokio::test]
async fn figures_are_read_again_when_something_has_come_and_not_before() {
    let world = world::start().await;
    post(&world, "reviews", &review(1, "satisfied")).await;
    world.until_counted(MONTH, 1).await;
    // Until then, the other tables follow and parts are merged.
    until("the answer holds for a while", || async {
        let before = ended(&world, "renewal").await;
        let held = ended(&world, "unchanged").await;
        until("it was due twice", || async {
            world.disclosed(MONTH).await;
            ended(&world, "unchanged").await + ended(&world, "renewal").await >= before + held + 2
        })
        .await;
        ended(&world, "renewal").await == before
    })
    .await;
    let made = async || ended(&world, "renewal").await + ended(&world, "miss").await;
    let before = made().await;
    post(&world, "reviews", &review(2, "satisfied")).await;
    world.until_counted(MONTH, 2).await;
    assert!(made().await > before);
}

/// An event that is sent again is another record with the same hash, and counts once.
#[tokio::test]
async fn a_bad_review_is_counted_once_however_often_it_is_sent_and_set_aside_with_a_reason() {
    let world = world::start().await;
    let mut bad = review(1, "very_dissatisfied");
    bad["data"]["tags"] = json!(["110"]);
    let first = post(&world, "reviews", &bad).await;
    for _ in 0..3 {
        let again = post(&world, "reviews", &bad).await;
        assert_eq!(again["receipt"]["event"], first["receipt"]["event"], "it is the same event");
        assert_ne!(again["receipt"], first["receipt"], "and another record");
    }
    post(&world, "reviews", &review(2, "very_satisfied")).await;
    until("two reviews are counted", || async {
        let Some(month) = world.disclosed(MONTH).await else { return false };
        let total = &month["total"];
        total["reviews"]["counted"] == 2
            && total["levels"]["very_dissatisfied"] == 1
            && total["bad_reviews_received"] == 1
            && ["numerator", "denominator", "rate"].map(|part| &total["satisfaction"][part])
                == [&json!(1), &json!(2), &json!(0.5)]
    })
    .await;

    let mut disposition = json!({
        "specversion": "1.0", "type": "haochaping.disposition.v1", "source": "simulator",
        "id": "0190d3a1-0000-7000-8000-00000000d001",
        "data": {
            "review": {
                "source": "simulator", "review_id": bad["data"]["review_id"],
                "subject": bad["data"]["subject"], "rated_at": bad["data"]["rated_at"],
            },
            "action": "set_aside", "reason": "mistaken", "decided_at": "2023-07-20T08:00:00Z",
        },
    });
    // An account of another district cannot decide by claiming that the review belongs to its
    // district.
    let district = disposition["data"]["review"]["subject"]["area_code"].clone();
    disposition["data"]["review"]["subject"]["area_code"] = json!("440105000000");
    post(&world, "dispositions", &disposition).await;
    post(&world, "reviews", &review(3, "satisfied")).await;
    world.until_counted(MONTH, 3).await;
    let month = world.disclosed(MONTH).await.expect("the month is known");
    assert_eq!(month["total"]["set_aside"], 0, "{month}");

    disposition["data"]["review"]["subject"]["area_code"] = district;
    post(&world, "dispositions", &disposition).await;
    until("it is set aside", || async {
        let Some(month) = world.disclosed(MONTH).await else { return false };
        let total = &month["total"];
        total["reviews"]["counted"] == 2
            && total["set_aside"] == 1
            && total["bad_reviews_received"] == 0
    })
    .await;
}

/// Posts an event that must be accepted.
async fn post(world: &World, path: &str, event: &Value) -> Value {
    let answer = world.post(path, event).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    answer.body
}
