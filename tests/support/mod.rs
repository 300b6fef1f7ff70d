pub mod browser;
pub mod engines;
pub mod events;
pub mod program;
pub mod world;

use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The longest that anything is waited for.
pub const DEADLINE: Duration = Duration::from_mins(2);

/// Waits until something holds; fails with its name if it does not in time.
pub async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let deadline = Instant::now() + DEADLINE;
    while !holds().await {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The published month that is played everywhere.
pub fn published_month() -> PathBuf {
    repository().join("crates/simulator/months/guangdong-2023-07.json")
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
