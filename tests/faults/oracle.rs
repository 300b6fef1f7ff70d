//! The oracle itself: one that cannot say no would prove nothing.

use std::time::Duration;

use domain::{Event, Level};
use torture::history::History;
use torture::oracle::until_equal_within;
use torture::sender::Acknowledged;

use super::{all_is_equal, breakable};

/// An event that was stored and not acknowledged, one that was acknowledged and not stored, and a
/// level that is not the one that was sent.
#[tokio::test(flavor = "multi_thread")]
async fn the_oracle_sees_one_event_too_many_one_too_few_and_one_that_was_changed() {
    let breakable = breakable().await;
    breakable.sender.send(&History::of_seed(1).about(30)).await;
    all_is_equal(&breakable.world, &breakable.sender).await;
    let sent = breakable.sender.acknowledged();
    let ask = async |acknowledged: &Acknowledged| {
        let answer = until_equal_within(&breakable.world, acknowledged, Duration::ZERO).await;
        answer.expect_err("it is seen").to_string()
    };
    let some = *sent.events.keys().min().expect("there are events");

    let mut fewer = sent.clone();
    let missing = fewer.events.remove(&some).expect("it is there");
    assert!(ask(&fewer).await.contains("1 stored ones were not acknowledged"));

    let mut more = sent.clone();
    more.events.insert(!some, missing);
    assert!(ask(&more).await.contains("1 acknowledged events are not stored"));

    let mut changed = sent.clone();
    for event in changed.events.values_mut() {
        if let Event::Review(review) = &mut event.event
            && review.level == Level::VerySatisfied
        {
            review.level = Level::Satisfied;
        }
    }
    let difference = ask(&changed).await;
    assert!(difference.contains("levels/satisfied is "), "{difference}");
}
