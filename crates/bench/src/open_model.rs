//! Load from outside that does not wait: requests are due at a constant rate, whether or not the ones
//! before were answered, and a latency is counted from the moment at which a request was due. A
//! system that stands still for a second so has a second of bad latencies, and not a single one
//! ("coordinated omission").

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use hdrhistogram::Histogram;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::http::{Call, Connection};

/// Latencies of one load.
#[derive(Clone, Debug)]
pub struct Latencies(Histogram<u64>);

/// The longest that is told apart, in microseconds: an hour.
const MICROSECONDS_MAX: u64 = 3_600_000_000;

impl Default for Latencies {
    fn default() -> Self {
        Self(Histogram::new_with_bounds(1, MICROSECONDS_MAX, 3).expect("bounds of this module"))
    }
}

impl Latencies {
    /// Adds one.
    pub fn note(&mut self, latency: Duration) {
        let microseconds = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.0.saturating_record(microseconds.clamp(1, MICROSECONDS_MAX));
    }

    /// Adds those of another load.
    ///
    /// # Errors
    ///
    /// Never: all have the same bounds.
    pub fn add(&mut self, other: &Self) -> anyhow::Result<()> {
        self.0.add(&other.0).context("failed to add latencies")
    }

    /// The latency, in milliseconds, that this share of the requests did not exceed.
    pub fn milliseconds(&self, share: f64) -> f64 {
        let microseconds = self.0.value_at_quantile(share);
        Duration::from_micros(microseconds).as_secs_f64() * 1e3
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.len()
    }
}

/// One who sends requests, one at a time.
pub trait Lane: Send + 'static {
    /// Sends the request of this number and waits until it has its effect.
    fn send(&mut self, number: u64) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// A connection that sends calls by turns.
pub struct Caller {
    connection: Connection,
    calls: Arc<[Call]>,
}

impl Caller {
    /// One for each connection.
    pub fn all(connections: Vec<Connection>, calls: &Arc<[Call]>) -> Vec<Self> {
        let caller = |connection| Self { connection, calls: Arc::clone(calls) };
        connections.into_iter().map(caller).collect()
    }
}

impl Lane for Caller {
    async fn send(&mut self, number: u64) -> anyhow::Result<()> {
        let index = usize::try_from(number % self.calls.len() as u64).expect("an index");
        self.connection.send(&self.calls[index]).await.map(drop)
    }
}

/// Sends requests at a rate (per second), for so long or until `stop`. There must be more lanes than
/// requests that are under way at once; if there are not, those that are due wait, and their latencies
/// say so. The timer rounds up to the next millisecond, which is counted as well.
///
/// # Errors
///
/// If a request fails.
pub async fn run<L: Lane>(
    lanes: Vec<L>,
    rate: f64,
    lasts: Option<Duration>,
    stop: &CancellationToken,
) -> anyhow::Result<Latencies> {
    ensure!(rate > 0.0 && !lanes.is_empty(), "there is no load without a rate and lanes");
    let next = Arc::new(AtomicU64::new(0));
    let begin = Instant::now();
    let mut sending = JoinSet::new();
    for mut lane in lanes {
        let (next, stop) = (Arc::clone(&next), stop.clone());
        sending.spawn(async move {
            let mut latencies = Latencies::default();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let after = due_after(number, rate);
                if lasts.is_some_and(|lasts| after >= lasts) {
                    return anyhow::Ok(latencies);
                }
                let due = begin + after;
                if stop.run_until_cancelled(sleep_until(due)).await.is_none() {
                    return Ok(latencies);
                }
                lane.send(number).await?;
                latencies.note(due.elapsed());
            }
        });
    }
    let mut all = Latencies::default();
    while let Some(latencies) = sending.join_next().await {
        all.add(&latencies.context("a lane panicked")??)?;
    }
    Ok(all)
}

/// When a request is due, after the begin.
pub fn due_after(number: u64, rate: f64) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53 requests")]
    Duration::from_secs_f64(number as f64 / rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers at once, but for the first request, which takes half a second.
    struct Stuck;

    impl Lane for Stuck {
        async fn send(&mut self, number: u64) -> anyhow::Result<()> {
            if number == 0 {
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            Ok(())
        }
    }

    async fn run_for_a_second(lanes: Vec<Stuck>) -> anyhow::Result<Latencies> {
        run(lanes, 100.0, Some(Duration::from_secs(1)), &CancellationToken::new()).await
    }

    /// With one lane, fifty of the hundred requests are due while the first one is stuck: a load that
    /// waited would have one latency of half a second.
    #[tokio::test]
    async fn a_request_that_waits_for_its_turn_has_waited() {
        let latencies = run_for_a_second(vec![Stuck]).await.expect("it is sent");
        assert_eq!(latencies.count(), 100);
        let half = latencies.milliseconds(0.75);
        assert!(half > 200.0, "{half} ms at three quarters");
        assert!(latencies.milliseconds(1.0) >= 500.0);
    }

    #[tokio::test]
    async fn with_lanes_enough_nobody_waits() {
        let lanes = (0..8).map(|_| Stuck).collect();
        let latencies = run_for_a_second(lanes).await.expect("they are sent");
        let almost_all = latencies.milliseconds(0.9);
        assert!(almost_all < 200.0, "{almost_all} ms");
    }

    #[tokio::test]
    async fn a_load_without_an_end_goes_on_until_it_is_stopped() {
        let stop = CancellationToken::new();
        let load = run((0..8).map(|_| Stuck).collect(), 100.0, None, &stop);
        let stopping = async {
            tokio::time::sleep(Duration::from_millis(700)).await;
            stop.cancel();
        };
        let latencies = tokio::join!(load, stopping).0.expect("they are sent");
        assert!((10..=71).contains(&latencies.count()), "{}", latencies.count());
    }

    #[test]
    fn requests_are_due_at_equal_distances() {
        assert_eq!(due_after(0, 200.0), Duration::ZERO);
        assert_eq!(due_after(500, 200.0), Duration::from_millis(2_500));
    }
}
