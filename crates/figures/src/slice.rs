//! The counts of a month or of a part of it: what every figure of the part is computed from.

use domain::Group;

use crate::counts::{UnknownKey, groups};
use crate::levels::Levels;

/// The counts of a month, or of one group, channel, area, department or item of it.
///
/// A count that is not known of such a part is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slice {
    /// Distinct cases (办件数).
    pub cases: Option<u64>,
    /// Distinct services (服务数).
    pub services: Option<u64>,
    /// Services of which no review counts (未评). A service without a review has no channel of a
    /// review, so this is unknown of channels and of their groups.
    pub unreviewed_services: Option<u64>,
    /// Counted reviews.
    pub levels: Levels,
    /// Counted reviews that a person gave (主动评价).
    pub active_levels: Levels,
    /// Reviews that would count, had they not been set aside.
    pub set_aside: Option<u64>,
    /// Of them the bad ones.
    pub set_aside_bad: Option<u64>,
    /// Counted bad reviews that were given within the month (收到差评数), whenever the service was.
    pub bad_reviews_received: Option<u64>,
    /// Of them those of services of earlier months.
    pub bad_reviews_of_earlier_services: Option<u64>,
}

/// How many reviews count, and who gave them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reviews {
    /// Active and default together.
    pub counted: u64,
    /// Those that a person gave (主动评价).
    pub active: u64,
    /// Those that a system wrote after silence (默认评价).
    pub default: u64,
}

impl Slice {
    /// The slice of which nothing but its counted reviews is known.
    ///
    /// # Errors
    ///
    /// If the counts have a key that is not known.
    pub fn of_reviews(counts: &[(u16, u64)]) -> Result<Self, UnknownKey> {
        let mut slice = Self::default();
        for counted in groups(counts) {
            let (group, count) = counted?;
            slice.add_reviews(group, count);
        }
        Ok(slice)
    }

    pub(crate) fn add_reviews(&mut self, group: Group, count: u64) {
        self.levels.add(group.level, count);
        if !group.is_default {
            self.active_levels.add(group.level, count);
        }
    }

    /// How many reviews count, and who gave them.
    pub fn reviews(&self) -> Reviews {
        let (counted, active) = (self.levels.sum(), self.active_levels.sum());
        Reviews { counted, active, default: counted - active }
    }

    /// Counted bad reviews of the month's services that were given after the month: what
    /// distinguishes the bad reviews of a month from those that were received in it.
    pub fn bad_reviews_given_later(&self) -> Option<u64> {
        let given_in_month =
            self.bad_reviews_received?.checked_sub(self.bad_reviews_of_earlier_services?)?;
        self.levels.bad().checked_sub(given_in_month)
    }

    /// Without its cases if there are more of them than services.
    ///
    /// Every case has a service, so then the two are of different moments: cases are counted in a table of
    /// their own, and may be ahead of services until the next recount. Nobody can tell how many cases
    /// these services have, so the number is unknown.
    pub(crate) fn with_cases_within_services(self) -> Self {
        let is_ahead =
            self.cases.zip(self.services).is_some_and(|(cases, services)| cases > services);
        Self { cases: self.cases.filter(|_| !is_ahead), ..self }
    }

    /// Both together. A sum of which one part is unknown is unknown.
    pub(crate) fn plus(self, other: Self) -> Self {
        let sum = |one: Option<u64>, other: Option<u64>| Some(one? + other?);
        Self {
            cases: sum(self.cases, other.cases),
            services: sum(self.services, other.services),
            unreviewed_services: sum(self.unreviewed_services, other.unreviewed_services),
            levels: self.levels.plus(other.levels),
            active_levels: self.active_levels.plus(other.active_levels),
            set_aside: sum(self.set_aside, other.set_aside),
            set_aside_bad: sum(self.set_aside_bad, other.set_aside_bad),
            bad_reviews_received: sum(self.bad_reviews_received, other.bad_reviews_received),
            bad_reviews_of_earlier_services: sum(
                self.bad_reviews_of_earlier_services,
                other.bad_reviews_of_earlier_services,
            ),
        }
    }
}
