//! Waits for conditions, and never for a fixed time.

use std::time::Duration;

use tokio::time::Instant;

/// The longest wait.
pub const DEADLINE: Duration = Duration::from_mins(2);

/// The interval between checks.
const PAUSE: Duration = Duration::from_millis(20);

/// Waits until a condition holds. Panics with its name if it does not hold in time.
pub async fn until<F: Future<Output = bool>>(what: &str, holds: impl FnMut() -> F) {
    until_within(DEADLINE, what, holds).await;
}

/// The same with another deadline.
pub async fn until_within<F: Future<Output = bool>>(
    patience: Duration,
    what: &str,
    mut holds: impl FnMut() -> F,
) {
    let deadline = Instant::now() + patience;
    // A paused process gives no answer, and is waited for no longer than one that answers no.
    while !tokio::time::timeout_at(deadline, holds()).await.unwrap_or(false) {
        assert!(Instant::now() < deadline, "{what}: still not true at the deadline");
        tokio::time::sleep(PAUSE).await;
    }
}
