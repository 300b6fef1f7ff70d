//! The time, as an argument.

use std::time::SystemTime;

use domain::EpochSeconds;

/// Tells a service what time it is. Tests give it a fixed time.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A fixed instant.
    Fixed(EpochSeconds),
}

impl Clock {
    /// The time.
    pub fn now(self) -> EpochSeconds {
        match self {
            Self::System => {
                let since_epoch = SystemTime::now()
                    .duration_since(SystemTime::UNIX_EPOCH)
                    .expect("no machine's clock stands before 1970");
                let seconds = u32::try_from(since_epoch.as_secs());
                EpochSeconds::new(seconds.expect("no machine's clock stands after 2106"))
            }
            Self::Fixed(instant) => instant,
        }
    }
}
