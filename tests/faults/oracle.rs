//! The oracle itself. An oracle that cannot say no would prove nothing.

use std::time::Duration;

use domain::{Event, Level};
use services::Service;
use testbed::wait::until;
use topics::Topic;
use torture::history::History;
use torture::oracle::until_equal_within;
use torture::sender::Acknowledged;
use torture::tamper;

use super::{all_is_equal, breakable, load};

/// One event was stored but not acknowledged, one was acknowledged but not stored, and one is
/// stored with another level than was sent.
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

/// The state that a loader would leave if it committed before it wrote: the group's offsets are
/// moved to the end while the loader is stopped, past records that it has not read.
#[tokio::test(flavor = "multi_thread")]
async fn the_oracle_sees_records_that_were_skipped() {
    let mut breakable = breakable().await;
    let first = load(&breakable.sender, 2);
    until("events are acknowledged", || async { breakable.sender.events() > 100 }).await;
    first.finish().await;
    all_is_equal(&breakable.world, &breakable.sender).await;
    let status = breakable.world[Service::Loader].terminate();
    assert!(status.success(), "{status}");
    breakable.sender.send(&History::of_seed(3).about(40)).await;

    let kafka = &breakable.world.installation.kafka;
    let groups = tamper::groups(kafka);
    let group = groups.iter().find(|group| group.contains("loader")).expect("its group");
    let ends = tamper::partitions(kafka, Topic::Reviews);
    let ends: Vec<_> = ends.into_iter().map(|(partition, _, end)| (partition, end)).collect();
    tamper::commit(kafka, group, Topic::Reviews, &ends).await;
    let acknowledged = breakable.sender.acknowledged();
    let stored = breakable.world.stored().await;
    breakable.world[Service::Loader].start();
    until("the other topics are loaded", || async { breakable.world.stored().await > stored })
        .await;
    let patience = Duration::from_secs(3);
    let answer = until_equal_within(&breakable.world, &acknowledged, patience).await;
    let difference = answer.expect_err("it is seen").to_string();
    assert!(difference.contains("acknowledged events are not stored"), "{difference}");
}
