//! What the handlers share, and which part of it each of them touches.

use std::sync::Arc;

use axum::extract::FromRef;
use daemon::Clock;

use super::body::BodyBounds;
use super::events::BatchEventsMax;
use crate::accounts::Accounts;
use crate::config::Config;
use crate::publisher::Publisher;

/// What the handlers share.
#[derive(Clone)]
pub struct IngestState {
    accounts: Arc<Accounts>,
    clock: Clock,
    bodies: BodyBounds,
    events_max: BatchEventsMax,
    publisher: Publisher,
}

impl IngestState {
    /// The state of an intake with these settings.
    ///
    /// # Errors
    ///
    /// If settings contradict each other or librdkafka does not take them.
    pub fn new(config: &Config, accounts: Accounts, clock: Clock) -> anyhow::Result<Self> {
        config.check()?;
        Ok(Self {
            accounts: Arc::new(accounts),
            clock,
            bodies: BodyBounds::new(config),
            events_max: BatchEventsMax(config.batch_events_max.get() as usize),
            publisher: Publisher::new(config)?,
        })
    }

    pub(crate) fn publisher(&self) -> &Publisher {
        &self.publisher
    }
}

macro_rules! part_of_state {
    ($part:ty, $field:ident) => {
        impl FromRef<IngestState> for $part {
            fn from_ref(state: &IngestState) -> Self {
                state.$field.clone()
            }
        }
    };
}
part_of_state!(Arc<Accounts>, accounts);
part_of_state!(Clock, clock);
part_of_state!(BodyBounds, bodies);
part_of_state!(BatchEventsMax, events_max);
part_of_state!(Publisher, publisher);
