//! What the handlers share, and which part of it each of them touches.

use axum::extract::FromRef;
use daemon::Clock;
use topics::state::Followed;

use super::body::BodyBounds;
use super::events::BatchEventsMax;
use crate::config::Config;
use crate::members::Members;
use crate::publisher::Publisher;

/// What the handlers share.
#[derive(Clone)]
pub struct IngestState {
    members: Followed<Members>,
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
    pub fn new(config: &Config, members: Followed<Members>, clock: Clock) -> anyhow::Result<Self> {
        config.check()?;
        Ok(Self {
            members,
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
part_of_state!(Followed<Members>, members);
part_of_state!(Clock, clock);
part_of_state!(BodyBounds, bodies);
part_of_state!(BatchEventsMax, events_max);
part_of_state!(Publisher, publisher);
