//! How many events an account may post.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota};

/// A limit in events per second, or none.
#[derive(Debug)]
pub(crate) struct RateLimit {
    events_per_second: Option<NonZeroU32>,
    limiter: Option<DefaultDirectRateLimiter>,
}

impl RateLimit {
    /// `burst` events may come at once after a pause.
    pub(crate) fn new(events_per_second: Option<NonZeroU32>, burst: NonZeroU32) -> Self {
        let limiter = events_per_second.map(|events| {
            let quota = Quota::per_second(events).allow_burst(events.max(burst));
            DefaultDirectRateLimiter::direct(quota)
        });
        Self { events_per_second, limiter }
    }

    /// The limit.
    pub(crate) fn events_per_second(&self) -> Option<NonZeroU32> {
        self.events_per_second
    }

    /// Takes as many events as a request has, all or none.
    ///
    /// # Errors
    ///
    /// The time after which as many may be posted, in whole seconds.
    pub(crate) fn take(&self, events: usize) -> Result<(), Duration> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        let Some(events) = u32::try_from(events).ok().and_then(NonZeroU32::new) else {
            return Ok(());
        };
        let wait = match limiter.check_n(events) {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(not_until)) => not_until.wait_time_from(DefaultClock::default().now()),
            // More than a burst: the limit of a batch is below it, so this is never reached.
            Err(_) => Duration::from_secs(1),
        };
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Err(Duration::from_secs(seconds))
    }
}
