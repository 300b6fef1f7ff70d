//! The disclosure under readers.

use std::time::Duration;

use serde_json::Value;
use services::Service;

use super::{all_is_equal, breakable, load};

/// SIGKILL to the disclosure while people read and figures change. Every answer is consistent:
/// levels and channels add up to the counted reviews.
#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_whole_while_the_disclosure_is_killed_under_its_readers() {
    const MONTHS: [&str; 2] =
        ["/v1/provinces/440000/months/2023-07", "/v1/provinces/430000/months/2023-12"];
    let mut breakable = breakable().await;
    let load = load(&breakable.sender, 41);
    for _ in 0..3 {
        let mut whole = 0;
        while whole < 20 {
            for month in MONTHS {
                if let Some(month) = breakable.world.disclosed(month).await {
                    assert_whole(&month);
                    whole += 1;
                }
            }
            assert!(load.is_running());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        breakable.world[Service::Disclosure].kill();
        breakable.world[Service::Disclosure].start();
        breakable.world.until_service_is_ready(Service::Disclosure).await;
    }
    load.finish().await;
    all_is_equal(&breakable.world, &breakable.sender).await;
}

fn assert_whole(month: &Value) {
    let counted = |figures: &Value| figures["reviews"]["counted"].as_u64().expect("a count");
    let total = counted(&month["total"]);
    let channels = month["channels"].as_array().expect("a list").iter();
    assert_eq!(channels.map(|channel| counted(&channel["figures"])).sum::<u64>(), total);
    let levels = month["total"]["levels"].as_object().expect("levels").values();
    assert_eq!(levels.filter_map(Value::as_u64).sum::<u64>(), total);
}
