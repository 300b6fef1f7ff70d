//! Topics that were deleted, truncated or restored. The loader stops, says what to do, and skips
//! nothing (D3).

use services::Service;
use testbed::wait::until;
use topics::Topic;
use torture::breakable::Breakable;
use torture::tamper;

use super::{all_is_equal, breakable, load};

/// The message about offsets that Kafka does not have.
const NOTHING_IS_SKIPPED: &str = "Nothing is skipped. Restore the topic";

/// An installation in which some events are loaded and committed and the loader has ended properly.
async fn loaded_and_stopped(seed: u64) -> (Breakable, String) {
    let mut breakable = breakable().await;
    let load = load(&breakable.sender, seed);
    until("events are acknowledged", || async { breakable.sender.events() > 300 }).await;
    load.finish().await;
    all_is_equal(&breakable.world, &breakable.sender).await;
    let status = breakable.world[Service::Loader].terminate();
    assert!(status.success(), "{status}");
    let groups = tamper::groups(&breakable.world.installation.kafka);
    let group = groups.into_iter().find(|group| group.contains("loader")).expect("its group");
    (breakable, group)
}

/// Checks that the loader does not start, or ends by itself, and says what to do.
async fn refuses(breakable: &mut Breakable, words: &str) {
    let loader = &mut breakable.world[Service::Loader];
    until("the loader has ended", || std::future::ready(loader.has_ended())).await;
    assert_eq!(loader.exit_code(), Some(1), "{}", loader.log());
    assert!(loader.log().contains(words), "{}", loader.log());
}

/// A topic is deleted and recreated under the same name while the loader is stopped.
#[tokio::test(flavor = "multi_thread")]
async fn a_recreated_topic_is_refused() {
    let (mut breakable, _) = loaded_and_stopped(71).await;
    tamper::recreate(&breakable.world.installation.kafka, Topic::Reviews).await;
    breakable.world[Service::Loader].start();
    refuses(&mut breakable, "was deleted and recreated").await;
}

/// A topic is deleted and recreated while the loader is paused (SIGSTOP), and filled past the
/// offset at which the loader will continue.
#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_is_recreated_under_a_running_loader_is_refused_and_not_read_from_the_middle()
{
    let mut breakable = breakable().await;
    let first = load(&breakable.sender, 72);
    until("events are acknowledged", || async { breakable.sender.events() > 100 }).await;
    first.finish().await;
    all_is_equal(&breakable.world, &breakable.sender).await;
    let stored = breakable.world.stored().await;
    let kafka = breakable.world.installation.kafka.clone();
    let ends = tamper::partitions(&kafka, Topic::Reviews);
    breakable.world[Service::Loader].pause();
    tamper::recreate(&kafka, Topic::Reviews).await;
    let second = load(&breakable.sender, 73);
    until("the new topic reaches further than the old one", || async {
        let now = tamper::partitions(&kafka, Topic::Reviews);
        now.iter().zip(&ends).all(|((_, _, now), (_, _, end))| *now > end + 20)
    })
    .await;
    second.finish().await;
    breakable.world[Service::Loader].resume();
    refuses(&mut breakable, "was deleted and recreated").await;
    let reviews: u64 = breakable
        .world
        .installation
        .clickhouse
        .client()
        .query("SELECT uniqExact(position) FROM records WHERE kind = 'review'")
        .fetch_one()
        .await
        .expect("ClickHouse answers");
    let of_old: i64 = ends.iter().map(|(_, _, end)| end).sum();
    assert_eq!(i64::try_from(reviews).expect("few"), of_old, "of {stored} records");
}

/// A topic is truncated: records that were acknowledged but not loaded are gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_topic_stops_the_loader_with_instructions() {
    let (mut breakable, _) = loaded_and_stopped(74).await;
    let load = load(&breakable.sender, 75);
    let events = breakable.sender.events();
    until("more is acknowledged", || async { breakable.sender.events() > events + 200 }).await;
    load.finish().await;
    tamper::truncate(&breakable.world.installation.kafka, Topic::Reviews).await;
    breakable.world[Service::Loader].start();
    refuses(&mut breakable, NOTHING_IS_SKIPPED).await;
}

/// The committed offset lies beyond the end: the broker was restored from an older copy.
#[tokio::test(flavor = "multi_thread")]
async fn a_committed_offset_beyond_the_end_stops_the_loader_with_instructions() {
    let (mut breakable, group) = loaded_and_stopped(76).await;
    let kafka = &breakable.world.installation.kafka;
    let beyond: Vec<_> = tamper::partitions(kafka, Topic::Reviews)
        .into_iter()
        .map(|(partition, _, end)| (partition, end + 10))
        .collect();
    tamper::commit(kafka, &group, Topic::Reviews, &beyond).await;
    breakable.world[Service::Loader].start();
    refuses(&mut breakable, NOTHING_IS_SKIPPED).await;
    let kafka = &breakable.world.installation.kafka;
    let committed = tamper::committed(kafka, &group, Topic::Reviews);
    let beyond: Vec<_> = beyond.into_iter().map(|(at, offset)| (at, Some(offset))).collect();
    assert_eq!(committed, beyond, "no offset was moved");
}
