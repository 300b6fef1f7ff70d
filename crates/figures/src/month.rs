//! The figures of a month: the whole of it, each group of channels and each channel.
//!
//! A review belongs to the month of its service, so that numerators and denominators agree. Only
//! "bad reviews received" goes by the month in which a review was given.

use domain::{Channel, ChannelGroup, Grouping, Month, Province};
use strum::VariantArray;

use crate::counts::{CasesOfMonth, ServedMonth, UnknownKey, channel, channel_bits, groups};
use crate::slice::Slice;

/// The figures of a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Which channels are online and which offline, as the province publishes it.
    pub grouping: &'static Grouping,
    /// The whole month.
    pub total: Slice,
    /// Each group of channels.
    pub groups: Vec<(ChannelGroup, Slice)>,
    /// Every channel, in the order of the codes.
    pub channels: Vec<(Channel, Slice)>,
}

impl Figures {
    /// The figures of a province's `month`, from what was counted of its services and from the counted reviews of
    /// services of `earlier` months, of which the bad ones may have been received in it.
    ///
    /// Reviews that were given more than [`domain::group::MONTHS_LATE_MAX`] months after their service
    /// are counted as if they had been given that many months after it.
    ///
    /// # Errors
    ///
    /// If the counts have a key that is not known.
    pub fn of(
        province: Province,
        month: Month,
        of_month: &ServedMonth,
        earlier: &[(Month, Vec<(u16, u64)>)],
        cases: Option<&CasesOfMonth>,
    ) -> Result<Self, UnknownKey> {
        let mut channels = Channels::default();
        for (code, count) in &of_month.services_by_channel {
            channels.of(channel(*code)?).services += count;
        }
        for counted in groups(&of_month.reviews) {
            let (group, count) = counted?;
            let tally = channels.of(group.channel);
            tally.reviews.add_reviews(group, count);
            if group.level.is_bad() && group.months_late == 0 {
                tally.bad_reviews_received += count;
            }
        }
        for set_aside in groups(&of_month.set_aside) {
            let (group, count) = set_aside?;
            let tally = channels.of(group.channel);
            tally.set_aside += count;
            if group.level.is_bad() {
                tally.set_aside_bad += count;
            }
        }
        for (served_in, reviews) in earlier {
            let months_late = month.months_since(*served_in);
            for counted in groups(reviews) {
                let (group, count) = counted?;
                if group.level.is_bad() && i32::from(group.months_late) == months_late {
                    let tally = channels.of(group.channel);
                    tally.bad_reviews_received += count;
                    tally.bad_reviews_of_earlier_services += count;
                }
            }
        }
        for (code, count) in cases.iter().flat_map(|cases| &cases.cases_by_channel) {
            channels.of(channel(*code)?).cases += count;
        }
        let sets = cases.and_then(|cases| cases.cases_by_channels.as_ref());
        let known = channel_bits(Channel::VARIANTS.iter().copied());
        if let Some((set, _)) = sets.into_iter().flatten().find(|(set, _)| set & !known != 0) {
            return Err(UnknownKey(*set));
        }
        Ok(channels.figures(Grouping::of(province, month), of_month, cases))
    }
}

/// What is added up for a channel.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    /// Its levels.
    reviews: Slice,
    services: u64,
    set_aside: u64,
    set_aside_bad: u64,
    bad_reviews_received: u64,
    bad_reviews_of_earlier_services: u64,
    cases: u64,
}

impl Tally {
    /// The slice of a channel, but for its cases.
    fn slice(self) -> Slice {
        Slice {
            services: Some(self.services),
            set_aside: Some(self.set_aside),
            set_aside_bad: Some(self.set_aside_bad),
            bad_reviews_received: Some(self.bad_reviews_received),
            bad_reviews_of_earlier_services: Some(self.bad_reviews_of_earlier_services),
            ..self.reviews
        }
    }
}

/// One tally for each channel, in the order of the codes, which begin with 1.
#[derive(Default)]
struct Channels([Tally; Channel::VARIANTS.len()]);

impl Channels {
    fn of(&mut self, channel: Channel) -> &mut Tally {
        &mut self.0[index(channel)]
    }

    fn sum(&self, channels: impl Iterator<Item = Channel>) -> Slice {
        let slices = channels.map(|channel| self.0[index(channel)].slice());
        slices.reduce(Slice::plus).unwrap_or_default()
    }

    fn figures(
        &self,
        grouping: &'static Grouping,
        of_month: &ServedMonth,
        cases: Option<&CasesOfMonth>,
    ) -> Figures {
        let total = Slice {
            cases: cases.map(|cases| cases.cases),
            // Not the sum: distinct services are counted as such.
            services: Some(of_month.services),
            unreviewed_services: Some(of_month.unreviewed),
            ..self.sum(Channel::VARIANTS.iter().copied())
        };
        // A case may have services in several channels, so the cases of a group are no sum either: a case
        // is one of a group if any of its channels is.
        let cases_by_channels = cases.and_then(|cases| cases.cases_by_channels.as_ref());
        let groups = ChannelGroup::VARIANTS.iter().map(|group| {
            let of_group = channel_bits(grouping.channels(*group));
            let cases = cases_by_channels.map(|counts| {
                counts.iter().filter(|(set, _)| set & of_group != 0).map(|(_, count)| count).sum()
            });
            let slice = Slice { cases, ..self.sum(grouping.channels(*group)) };
            (*group, slice.with_cases_within_services())
        });
        let channels = Channel::VARIANTS.iter().map(|channel| {
            let tally = self.0[index(*channel)];
            let slice = Slice { cases: cases.map(|_| tally.cases), ..tally.slice() };
            (*channel, slice.with_cases_within_services())
        });
        let total = total.with_cases_within_services();
        Figures { grouping, total, groups: groups.collect(), channels: channels.collect() }
    }
}

fn index(channel: Channel) -> usize {
    usize::from(channel.code()) - 1
}

#[cfg(test)]
mod tests;
