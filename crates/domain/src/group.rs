//! How counted reviews are grouped within a bucket.

use crate::channel::Channel;
use crate::level::Level;

/// What the counted reviews of one group have in common. It is the key of the map `reviews` in the
/// tables of counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group {
    /// Whether a system wrote the reviews.
    pub is_default: bool,
    /// Whole months from the month of the service to the month in which the review was given, at
    /// most 15. It distinguishes bad reviews *received* in a month from bad reviews *of* that
    /// month's services.
    pub months_late: u8,
    /// The channel through which they were given.
    pub channel: Channel,
    /// Their level.
    pub level: Level,
}

/// The highest value of [`Group::months_late`]. The intake refuses later reviews.
pub const MONTHS_LATE_MAX: u8 = 15;

impl Group {
    /// The group as one number: bits 0 to 2 hold the level, 3 to 7 the channel, 8 to 11 the months
    /// late, 12 whether it is default.
    pub fn code(self) -> u16 {
        u16::from(self.is_default) << 12
            | u16::from(self.months_late.min(MONTHS_LATE_MAX)) << 8
            | u16::from(self.channel.code()) << 3
            | u16::from(self.level.code())
    }

    /// The group of a [`Group::code`], or `None` if no group has it.
    pub fn from_code(code: u16) -> Option<Self> {
        let bits = |from: u16, width: u16| {
            u8::try_from(code >> from & ((1 << width) - 1)).expect("at most five bits")
        };
        let group = Self {
            is_default: bits(12, 1) == 1,
            months_late: bits(8, 4),
            channel: Channel::from_code(bits(3, 5))?,
            level: Level::from_code(bits(0, 3))?,
        };
        (group.code() == code).then_some(group)
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray;

    use super::*;

    #[test]
    fn every_group_has_a_code_of_its_own() {
        let mut codes = std::collections::BTreeSet::new();
        for channel in Channel::VARIANTS {
            for level in Level::VARIANTS {
                for (is_default, months_late) in [(false, 0), (true, 0), (false, 1), (true, 15)] {
                    let group = Group { is_default, months_late, channel: *channel, level: *level };
                    assert_eq!(Group::from_code(group.code()), Some(group));
                    assert!(codes.insert(group.code()));
                }
            }
        }
        let strangers = [0, 0b0000_0110, 0b1111_1001, 1 << 13 | 0b0000_1001];
        assert!(strangers.iter().all(|code| Group::from_code(*code).is_none()));
    }
}
