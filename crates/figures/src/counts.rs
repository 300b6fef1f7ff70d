//! Counts as the input of figures: sums by the codes that the tables hold.
//!
//! A code that this version does not know is an error, because its counts must not be dropped
//! silently.

use domain::{Channel, Group};

/// What was counted of the services of one month.
#[derive(Clone, Debug, Default)]
pub struct ServedMonth {
    /// Distinct services.
    pub services: u64,
    /// Services of which no review counts.
    pub unreviewed: u64,
    /// Services by [`Channel::code`].
    pub services_by_channel: Vec<(u8, u64)>,
    /// Counted reviews by [`Group::code`].
    pub reviews: Vec<(u16, u64)>,
    /// Reviews that would count, had they not been set aside, by [`Group::code`].
    pub set_aside: Vec<(u16, u64)>,
}

/// What was counted of the cases of one month.
#[derive(Clone, Debug, Default)]
pub struct CasesOfMonth {
    /// Distinct cases with a service in the month.
    pub cases: u64,
    /// Distinct cases with a service in the channel, by [`Channel::code`].
    pub cases_by_channel: Vec<(u8, u64)>,
    /// Distinct cases by the set of all channels of their services: bit 0 is the channel whose
    /// [`Channel::code`] is 1. Absent as long as a part of the month was last counted by a version that did
    /// not count them.
    pub cases_by_channels: Option<Vec<(u16, u64)>>,
}

/// The counts have a key that this version does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the counts have the key {0}, which this version does not know")]
pub struct UnknownKey(pub u16);

/// The channel of a key.
pub(crate) fn channel(code: u8) -> Result<Channel, UnknownKey> {
    Channel::from_code(code).ok_or(UnknownKey(code.into()))
}

/// The bits of channels in a set of channels.
pub(crate) fn channel_bits(channels: impl Iterator<Item = Channel>) -> u16 {
    channels.fold(0, |bits, channel| bits | 1 << (channel.code() - 1))
}

/// The groups of a map of reviews, each with its count.
pub(crate) fn groups(
    counts: &[(u16, u64)],
) -> impl Iterator<Item = Result<(Group, u64), UnknownKey>> {
    counts.iter().map(|(code, count)| {
        let group = Group::from_code(*code).ok_or(UnknownKey(*code))?;
        Ok((group, *count))
    })
}
