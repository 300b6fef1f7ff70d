//! Several loaders. One wakes up after others have taken over, and many come and go.

use std::time::Duration;

use services::Service;
use testbed::wait::until;
use tokio::time::sleep;
use torture::proxy::HttpFault;

use super::{all_is_equal, breakable, load};

/// A zombie: SIGSTOP to a loader that has read records but not written them. Another loader gets
/// its partitions and loads the same records. Then the first wakes up, writes the records that it
/// held and tries to commit.
#[tokio::test(flavor = "multi_thread")]
async fn a_loader_that_wakes_up_after_its_partitions_were_given_away_changes_nothing() {
    let breakable = breakable().await;
    let world = &breakable.world;
    let load = load(&breakable.sender, 11);
    until("records are loaded", || async { world.stored().await > 100 }).await;
    breakable.inserts.begin(HttpFault::CutRequests { after: 0 });
    until("it has read records that it cannot write", || async {
        breakable.inserts.happened() > 0
    })
    .await;
    world[Service::Loader].pause();
    breakable.inserts.heal();

    let mut other = world.another(Service::Loader, "loader-b");
    other.start();
    let before = breakable.sender.acknowledged();
    until("the other has loaded what the first held", || async {
        world.stored().await > before.receipts
    })
    .await;
    world[Service::Loader].resume();
    world.until_service_is_ready(Service::Loader).await;
    load.finish().await;
    all_is_equal(&breakable.world, &breakable.sender).await;
}

/// A rebalance storm: every second, a second and a third loader start, and end by SIGTERM or
/// SIGKILL.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_counted_twice_while_loaders_come_and_go_every_second() {
    let breakable = breakable().await;
    let load = load(&breakable.sender, 12);
    let mut others =
        ["loader-b", "loader-c"].map(|name| breakable.world.another(Service::Loader, name));
    for round in 0..12 {
        let other = &mut others[round % 2];
        if !other.is_started() {
            other.start();
        } else if round % 3 == 0 {
            other.kill();
        } else {
            let status = other.terminate();
            assert!(status.success(), "{status}: {}", other.log());
        }
        sleep(Duration::from_secs(1)).await;
    }
    load.finish().await;
    all_is_equal(&breakable.world, &breakable.sender).await;
}
