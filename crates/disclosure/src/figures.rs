//! From counts to figures: what is added up, and what is not known. No IO.
//!
//! A review belongs to the month of its service, so that numerators and denominators agree. Only
//! "bad reviews received" goes by the month in which a review was given. What is not known is
//! absent: never nought, and no rate of nothing.

use domain::{Channel, ChannelGroup, Group, Level, Month, Rate};
use serde::Serialize;
use strum::VariantArray;

/// What was counted of the services of one month: the table `counts`, added up.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServedMonth {
    pub(crate) services: u64,
    pub(crate) unreviewed: u64,
    /// By [`Channel::code`].
    pub(crate) services_by_channel: Vec<(u8, u64)>,
    /// By [`Group::code`].
    pub(crate) reviews: Vec<(u16, u64)>,
    /// By [`Group::code`].
    pub(crate) set_aside: Vec<(u16, u64)>,
}

/// What was counted of the cases of one month: the table `case_counts`, added up.
#[derive(Clone, Debug, Default)]
pub(crate) struct CasesOfMonth {
    pub(crate) cases: u64,
    /// By [`Channel::code`].
    pub(crate) cases_by_channel: Vec<(u8, u64)>,
}

/// The tables of counts have a key that this version does not know. What is under it cannot be left
/// out silently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the counts have the key {0}, which this version does not know")]
pub(crate) struct UnknownKey(u16);

/// The figures of a month.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figures {
    pub(crate) total: Cut,
    pub(crate) groups: Vec<(ChannelGroup, Cut)>,
    /// Every channel, in the order of the codes.
    pub(crate) channels: Vec<(Channel, Cut)>,
}

/// The figures of a month or of a part of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Cut {
    /// Unknown for a group: a case may have services by several channels.
    pub(crate) cases: Option<u64>,
    pub(crate) services: u64,
    /// Known for the whole month only: a service without a review has no channel of review.
    pub(crate) unreviewed_services: Option<u64>,
    pub(crate) reviews: Reviews,
    pub(crate) set_aside: u64,
    pub(crate) levels: Levels,
    pub(crate) active_levels: Levels,
    pub(crate) bad_reviews_received: u64,
    pub(crate) satisfaction: Satisfaction,
    pub(crate) active_satisfaction: Satisfaction,
    pub(crate) bad_reviews_per_million: Option<f64>,
}

/// How many reviews count and who gave them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Reviews {
    pub(crate) counted: u64,
    pub(crate) active: u64,
    pub(crate) default: u64,
}

/// Reviews by level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Levels {
    pub(crate) very_satisfied: u64,
    pub(crate) satisfied: u64,
    pub(crate) basically_satisfied: u64,
    pub(crate) dissatisfied: u64,
    pub(crate) very_dissatisfied: u64,
}

impl Levels {
    pub(crate) fn of(self, level: Level) -> u64 {
        match level {
            Level::VerySatisfied => self.very_satisfied,
            Level::Satisfied => self.satisfied,
            Level::BasicallySatisfied => self.basically_satisfied,
            Level::Dissatisfied => self.dissatisfied,
            Level::VeryDissatisfied => self.very_dissatisfied,
        }
    }

    fn add(&mut self, level: Level, count: u64) {
        let sum = match level {
            Level::VerySatisfied => &mut self.very_satisfied,
            Level::Satisfied => &mut self.satisfied,
            Level::BasicallySatisfied => &mut self.basically_satisfied,
            Level::Dissatisfied => &mut self.dissatisfied,
            Level::VeryDissatisfied => &mut self.very_dissatisfied,
        };
        *sum += count;
    }

    fn plus(mut self, other: Self) -> Self {
        for level in Level::VARIANTS {
            self.add(*level, other.of(*level));
        }
        self
    }

    pub(crate) fn sum(self) -> u64 {
        Level::VARIANTS.iter().map(|level| self.of(*level)).sum()
    }

    pub(crate) fn good(self) -> u64 {
        self.sum() - self.bad()
    }

    pub(crate) fn bad(self) -> u64 {
        let bad = Level::VARIANTS.iter().filter(|level| level.is_bad());
        bad.map(|level| self.of(*level)).sum()
    }
}

/// Good reviews of all.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Satisfaction {
    pub(crate) numerator: u64,
    pub(crate) denominator: u64,
    pub(crate) rate: Option<f64>,
}

impl From<Levels> for Satisfaction {
    fn from(levels: Levels) -> Self {
        let rate = Rate { numerator: levels.good(), denominator: levels.sum() };
        Self { numerator: rate.numerator, denominator: rate.denominator, rate: rate.value() }
    }
}

/// What is added up for each channel.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    services: u64,
    active: Levels,
    default: Levels,
    set_aside: u64,
    bad_reviews_received: u64,
}

impl Tally {
    fn plus(self, other: Self) -> Self {
        Self {
            services: self.services + other.services,
            active: self.active.plus(other.active),
            default: self.default.plus(other.default),
            set_aside: self.set_aside + other.set_aside,
            bad_reviews_received: self.bad_reviews_received + other.bad_reviews_received,
        }
    }

    fn cut(self, cases: Option<u64>, unreviewed_services: Option<u64>) -> Cut {
        let levels = self.active.plus(self.default);
        let bad = Rate { numerator: levels.bad(), denominator: levels.sum() };
        Cut {
            cases,
            services: self.services,
            unreviewed_services,
            reviews: Reviews {
                counted: levels.sum(),
                active: self.active.sum(),
                default: self.default.sum(),
            },
            set_aside: self.set_aside,
            levels,
            active_levels: self.active,
            bad_reviews_received: self.bad_reviews_received,
            satisfaction: levels.into(),
            active_satisfaction: self.active.into(),
            bad_reviews_per_million: bad.per_million(),
        }
    }
}

/// The figures of `month`, from what was counted of its services and from the counted reviews of
/// services of `earlier` months, of which the bad ones may have been received in it.
///
/// Reviews that were given more than [`domain::group::MONTHS_LATE_MAX`] months after their service
/// are counted as if they had been given that many months after it.
///
/// # Errors
///
/// If the counts have a key that is not known.
pub(crate) fn figures(
    month: Month,
    of_month: &ServedMonth,
    earlier: &[(Month, Vec<(u16, u64)>)],
    cases: Option<&CasesOfMonth>,
) -> Result<Figures, UnknownKey> {
    let mut tallies = Tallies::default();
    for (code, count) in &of_month.services_by_channel {
        tallies.of(channel(*code)?).services += count;
    }
    for (group, count) in groups(&of_month.reviews) {
        let group = group?;
        let tally = tallies.of(group.channel);
        let levels = if group.is_default { &mut tally.default } else { &mut tally.active };
        levels.add(group.level, count);
        if group.level.is_bad() && group.months_late == 0 {
            tally.bad_reviews_received += count;
        }
    }
    for (group, count) in groups(&of_month.set_aside) {
        tallies.of(group?.channel).set_aside += count;
    }
    for (served_in, reviews) in earlier {
        for (group, count) in groups(reviews) {
            let group = group?;
            let months_late = month.months_since(*served_in);
            if group.level.is_bad() && i32::from(group.months_late) == months_late {
                tallies.of(group.channel).bad_reviews_received += count;
            }
        }
    }
    tallies.figures(of_month, cases)
}

/// One for each channel, in the order of the codes, which begin with 1.
#[derive(Default)]
struct Tallies([Tally; Channel::VARIANTS.len()]);

impl Tallies {
    fn of(&mut self, channel: Channel) -> &mut Tally {
        &mut self.0[index(channel)]
    }

    fn figures(
        &self,
        of_month: &ServedMonth,
        cases: Option<&CasesOfMonth>,
    ) -> Result<Figures, UnknownKey> {
        let mut cases_by_channel = cases.map(|_| [0; Channel::VARIANTS.len()]);
        for (code, count) in cases.iter().flat_map(|cases| &cases.cases_by_channel) {
            let channel = channel(*code)?;
            if let Some(counts) = &mut cases_by_channel {
                counts[index(channel)] += count;
            }
        }
        let total = Tally {
            services: of_month.services,
            ..self.0.into_iter().fold(Tally::default(), Tally::plus)
        };
        let group = |group: ChannelGroup| {
            let tallies = group.channels().map(|channel| self.0[index(channel)]);
            (group, tallies.fold(Tally::default(), Tally::plus).cut(None, None))
        };
        Ok(Figures {
            total: total.cut(cases.map(|cases| cases.cases), Some(of_month.unreviewed)),
            groups: ChannelGroup::VARIANTS.iter().map(|variant| group(*variant)).collect(),
            channels: (Channel::VARIANTS.iter())
                .map(|channel| {
                    let cases = cases_by_channel.map(|counts| counts[index(*channel)]);
                    (*channel, self.0[index(*channel)].cut(cases, None))
                })
                .collect(),
        })
    }
}

/// Reviews of one row of a finer cut.
///
/// # Errors
///
/// If the counts have a key that is not known.
pub(crate) fn reviews_of_row(counts: &[(u16, u64)]) -> Result<(Reviews, Levels), UnknownKey> {
    let mut tally = Tally::default();
    for (group, count) in groups(counts) {
        let group = group?;
        let levels = if group.is_default { &mut tally.default } else { &mut tally.active };
        levels.add(group.level, count);
    }
    let cut = tally.cut(None, None);
    Ok((cut.reviews, cut.levels))
}

fn index(channel: Channel) -> usize {
    usize::from(channel.code()) - 1
}

fn channel(code: u8) -> Result<Channel, UnknownKey> {
    Channel::from_code(code).ok_or(UnknownKey(code.into()))
}

fn groups(counts: &[(u16, u64)]) -> impl Iterator<Item = (Result<Group, UnknownKey>, u64)> {
    counts.iter().map(|(code, count)| (Group::from_code(*code).ok_or(UnknownKey(*code)), *count))
}

#[cfg(test)]
#[path = "figures_tests.rs"]
mod tests;
