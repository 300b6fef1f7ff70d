//! Waiting: on what holds, never for a while.

use std::time::Duration;

use tokio::time::Instant;

/// The longest that anything is waited for.
pub const DEADLINE: Duration = Duration::from_mins(2);

/// How often is asked.
const PAUSE: Duration = Duration::from_millis(20);

/// Waits until something holds; fails with its name if it does not in time.
pub async fn until<F: Future<Output = bool>>(what: &str, holds: impl FnMut() -> F) {
    until_within(DEADLINE, what, holds).await;
}

/// The same with another patience.
pub async fn until_within<F: Future<Output = bool>>(
    patience: Duration,
    what: &str,
    mut holds: impl FnMut() -> F,
) {
    let deadline = Instant::now() + patience;
    // Who stands still gives no answer, and is not waited for any longer than who says no.
    while !tokio::time::timeout_at(deadline, holds()).await.unwrap_or(false) {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(PAUSE).await;
    }
}
