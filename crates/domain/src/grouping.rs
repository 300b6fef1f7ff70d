//! Which channels a jurisdiction publishes as online and which as offline.
//!
//! Publishers differ about it, so the grouping is data: of a province, from a month on, with its
//! source. Nothing that is stored depends on it; it is applied when figures are read.

use jiff::civil::{self, Date};
use strum::VariantArray;

use crate::area::Province;
use crate::calendar::Month;
use crate::channel::{Channel, ChannelGroup};

/// A grouping of the channels, from a month on.
#[derive(Debug, PartialEq, Eq)]
pub struct Grouping {
    /// [`Province::number`] of the province that has set it; nothing for the one that holds
    /// everywhere else.
    province: Option<u8>,
    /// The first day on which it holds; nothing if it has always held.
    since: Option<Date>,
    /// Its offline channels; nothing if every channel is in its [`Channel::group`].
    offline: Option<&'static [Channel]>,
    /// Where it is set down, in Chinese and English.
    source: (&'static str, &'static str),
}

/// What holds where a jurisdiction has not said otherwise.
static USUAL: Grouping = Grouping {
    province: None,
    since: None,
    offline: None,
    source: (
        "本系统的默认分类：在办事现场使用的渠道为线下，其余为线上",
        "the default of this system: channels that people use on the spot are offline, all others online",
    ),
};

/// What jurisdictions have set. Of several for one province the latest that has begun holds.
static SET: &[Grouping] = &[Grouping {
    province: Some(44),
    since: Some(civil::date(2019, 8, 1)),
    offline: Some(&[
        Channel::Hotline12345,
        Channel::Hall,
        Channel::SelfServiceMachine,
        Channel::PrintedCode,
        Channel::Paper,
    ]),
    source: (
        "《广东省政务服务“好差评”管理办法（试行）》（2019年8月）：线下评价渠道包括实体政务服务大厅、服务点、自助服务终端和12345热线电话等",
        "Guangdong's trial rules on these ratings (August 2019), which count halls, service points, self-service machines and the 12345 hotline as offline",
    ),
}];

impl Grouping {
    /// The grouping by which a province's month is published.
    pub fn of(province: Province, month: Month) -> &'static Self {
        let holds = |grouping: &&Self| {
            grouping.province == Some(province.number())
                && grouping.since.is_none_or(|since| since <= month.first_day())
        };
        SET.iter().filter(holds).max_by_key(|grouping| grouping.since).unwrap_or(&USUAL)
    }

    /// The group of a channel.
    pub fn group(&self, channel: Channel) -> ChannelGroup {
        match self.offline {
            None => channel.group(),
            Some(offline) if offline.contains(&channel) => ChannelGroup::Offline,
            Some(_) => ChannelGroup::Online,
        }
    }

    /// The channels of a group, in the order of their codes.
    pub fn channels(&self, group: ChannelGroup) -> impl Iterator<Item = Channel> {
        Channel::VARIANTS.iter().copied().filter(move |channel| self.group(*channel) == group)
    }

    /// Where it is set down, in Chinese and English.
    pub fn source(&self) -> (&'static str, &'static str) {
        self.source
    }

    /// The first month in which it holds; nothing if it has always held. Sources name no day.
    pub fn since(&self) -> Option<Month> {
        self.since.map(Month::of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grouping(province: &str, month: &str) -> &'static Grouping {
        Grouping::of(province.parse().expect("a province"), month.parse().expect("a month"))
    }

    #[test]
    fn the_hotline_is_offline_in_guangdong_and_online_elsewhere() {
        let hotline = |province, month| grouping(province, month).group(Channel::Hotline12345);
        assert_eq!(hotline("440000", "2019-12"), ChannelGroup::Offline);
        assert_eq!(hotline("440000", "2023-07"), ChannelGroup::Offline);
        assert_eq!(hotline("540000", "2023-07"), ChannelGroup::Online);
    }

    #[test]
    fn every_channel_is_in_one_group_and_every_province_of_the_list_is_one() {
        for grouping in SET.iter().chain([&USUAL]) {
            let of = |group| grouping.channels(group).count();
            assert_eq!(of(ChannelGroup::Online) + of(ChannelGroup::Offline), 10);
            assert!(grouping.province.is_none_or(|number| Province::from_number(number).is_ok()));
        }
    }
}
