//! Turns counts into figures. It knows nothing of what is counted.

/// A count as a figure; exact below 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts of events and bytes, far below 2^53")]
pub(crate) fn figure(count: u64) -> f64 {
    count as f64
}
