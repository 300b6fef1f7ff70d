//! A plan: the month to generate, and everything that all its events have in common.

use domain::{Channel, Month, SourceId};

use crate::chance::{KeySource, Shuffle, Weights};
use crate::items::Items;
use crate::places::Places;
use crate::published::{Published, PublishedError};
use crate::rounds::{Rounds, SERVICES_PER_CASE_MAX};
use crate::table::Table;
use crate::targets::{ScaleError, Targets};
use crate::times::Days;
use crate::words::Words;

/// The default source of the events.
pub const SOURCE: &str = "simulator";

/// The number of services for ten reviews. The others are never reviewed.
const SERVICES_PER_TEN_REVIEWS: u64 = 13;

/// A month that can be generated. It holds no events; see [`crate::generate::events`].
///
/// Everything about a case follows from the case's number, and everything about a service from the
/// service's number, by keys that follow from the seed. So the same question always gets the same
/// answer.
pub struct Plan {
    pub(crate) source: SourceId,
    pub(crate) month: Month,
    pub(crate) targets: Targets,
    pub(crate) table: Table,
    pub(crate) rounds: Rounds,
    pub(crate) days: Days,
    pub(crate) places: Places,
    pub(crate) items: Items,
    pub(crate) words: Words,
    /// Channels weighted by their number of reviews, for services without a review.
    pub(crate) channels: (Vec<Channel>, Weights),
    pub(crate) keys: Keys,
    pub(crate) shuffles: Shuffles,
}

/// A key for each kind of draw.
pub(crate) struct Keys {
    pub(crate) case: u64,
    pub(crate) service: u64,
    pub(crate) event: u64,
    pub(crate) event_id: [u64; 2],
    pub(crate) review_id: [u64; 2],
    pub(crate) repeat: u64,
    pub(crate) resend: u64,
    pub(crate) project_no: u64,
}

/// Orders that have nothing to do with time.
pub(crate) struct Shuffles {
    /// From a case to its rank, which decides its number of services.
    pub(crate) ranks: Shuffle,
    /// From a service to its review: the lowest numbers are reviewed.
    pub(crate) reviews: Shuffle,
    /// The order in which cases are sent again.
    pub(crate) resend: Shuffle,
}

/// Why a month cannot be planned.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The tables contradict each other.
    #[error("failed to plan the published month")]
    Published(#[from] PublishedError),
    /// See [`ScaleError`].
    #[error("failed to scale the published month")]
    Scale(#[from] ScaleError),
}

impl Plan {
    /// Plans a published month at a scale. The same month, scale and seed give the same events to
    /// the byte.
    ///
    /// # Errors
    ///
    /// If the month contradicts itself or the scale is unusable.
    pub fn new(published: &Published, scale: f64, seed: u64) -> Result<Self, PlanError> {
        published.check()?;
        let targets = Targets::of(published, scale)?;
        let table = Table::new(&targets);
        let (cases, reviews) = (targets.cases, targets.reviews());
        let services = (reviews * SERVICES_PER_TEN_REVIEWS)
            .div_ceil(10)
            .clamp(cases, cases * SERVICES_PER_CASE_MAX);
        let (province, month) = (published.province, published.month);
        let first_day = month.first_day();
        let year_and_month = u64::from(first_day.year().unsigned_abs()) * 100
            + u64::from(first_day.month().unsigned_abs());
        let what = u64::from(province.number()) * 1_000_000 + year_and_month;
        let mut source = KeySource::new([seed, what, cases, reviews]);
        Ok(Self {
            source: SOURCE.parse().expect("small letters"),
            month,
            table,
            rounds: Rounds::deal(cases, services),
            days: Days::deal(month, cases),
            places: Places::new(province),
            items: Items::new(province),
            words: Words::new(&targets),
            channels: channels(&targets),
            keys: Keys::new(&mut source),
            shuffles: Shuffles {
                ranks: Shuffle::new(cases, &mut source),
                reviews: Shuffle::new(services, &mut source),
                resend: Shuffle::new(cases, &mut source),
            },
            targets,
        })
    }

    /// The same plan, posted under another source.
    #[must_use]
    pub fn with_source(self, source: SourceId) -> Self {
        Self { source, ..self }
    }

    /// The figures that the events add up to.
    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    /// The month.
    pub fn month(&self) -> Month {
        self.month
    }

    /// The approximate number of events. The exact number is known only after they have been
    /// generated.
    pub fn events_about(&self) -> u64 {
        let told = self.rounds.services() + self.table.reviews() + self.targets.set_aside;
        told + told / 110
    }
}

/// The channels of services that nobody reviews, in the proportions of the channels of reviews.
fn channels(targets: &Targets) -> (Vec<Channel>, Weights) {
    let used = targets.channels.iter().filter(|(_, reviews)| **reviews > 0);
    let (mut channels, mut weights): (Vec<_>, Vec<_>) = used.unzip();
    if channels.is_empty() {
        (channels, weights) = (vec![Channel::Hall], vec![1]);
    }
    (channels, Weights::new(weights))
}

impl Keys {
    fn new(source: &mut KeySource) -> Self {
        Self {
            case: source.key(),
            service: source.key(),
            event: source.key(),
            event_id: [source.key(), source.key()],
            review_id: [source.key(), source.key()],
            repeat: source.key(),
            resend: source.key(),
            project_no: source.key(),
        }
    }
}
