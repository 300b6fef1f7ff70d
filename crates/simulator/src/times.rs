//! Decides when things happen: days of a month, hours of a day, and delays.
//!
//! Halls are open from Monday to Friday, and some of them on Saturday. Statutory holidays and the
//! working days that make up for them are not taken into account: the State Council sets them each
//! year.

use domain::{Channel, ChannelGroup, Month, ServedOn};
use jiff::ToSpan;
use jiff::civil::Weekday;

use crate::chance::Chance;
use crate::margins::apportion;

/// Seconds of a minute, an hour and a day.
pub(crate) const MINUTE: u32 = 60;
pub(crate) const HOUR: u32 = 3_600;
pub(crate) const DAY: u32 = 86_400;

/// A point in a day's business, as a fraction of 2^20. The first things of a day happen at 0.
pub(crate) type Quantile = u64;

/// The end of all quantiles.
const QUANTILE_END: Quantile = 1 << 20;

/// How the things of a day are spread over its hours, from midnight on.
struct Profile([Quantile; 24]);

/// 9 to 12 and 14 to 17 o'clock.
const HALL: Profile =
    Profile::new([0, 0, 0, 0, 0, 0, 0, 0, 0, 22, 23, 15, 0, 0, 16, 15, 9, 0, 0, 0, 0, 0, 0, 0]);

/// At all hours.
const ONLINE: Profile = Profile::new([
    6, 3, 2, 1, 1, 2, 8, 22, 52, 88, 95, 78, 40, 38, 72, 84, 80, 52, 38, 40, 44, 42, 30, 15,
]);

impl Profile {
    /// Turns the weights of the hours into the quantiles at which the hours end.
    const fn new(weights: [Quantile; 24]) -> Self {
        let (mut total, mut hour) = (0, 0);
        while hour < 24 {
            total += weights[hour];
            hour += 1;
        }
        let (mut ends, mut sum) = ([0; 24], 0);
        hour = 0;
        while hour < 24 {
            sum += weights[hour];
            ends[hour] = sum * QUANTILE_END / total;
            hour += 1;
        }
        Self(ends)
    }

    /// The second of the day at a quantile. It never falls as the quantile rises.
    fn second(&self, quantile: Quantile) -> u32 {
        let hour = self.0.partition_point(|end| *end <= quantile);
        let start = if hour == 0 { 0 } else { self.0[hour - 1] };
        let within = (quantile - start) * u64::from(HOUR) / (self.0[hour] - start);
        let second = hour as u64 * u64::from(HOUR) + within;
        u32::try_from(second).expect("a second of a day")
    }
}

/// The days of a month, with the cases that begin on each.
pub(crate) struct Days {
    days: Vec<Day>,
    /// The number of cases that begin before the end of each day.
    ends: Vec<u64>,
}

#[derive(Clone, Copy)]
struct Day {
    served_on: ServedOn,
    midnight: u32,
    weekday: Weekday,
}

/// When a case begins.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    /// The day of the month, from zero.
    pub(crate) day: usize,
    /// The time within the day.
    pub(crate) quantile: Quantile,
}

impl Days {
    /// Divides cases among the days of a month: fewer begin at a weekend.
    pub(crate) fn deal(month: Month, cases: u64) -> Self {
        let days: Vec<Day> = (0..month.days())
            .map(|offset| {
                let date = month.first_day() + i64::from(offset).days();
                let served_on = ServedOn::try_from(date).expect("a month is never out of range");
                let midnight = served_on.begins_at().get();
                Day { served_on, midnight, weekday: date.weekday() }
            })
            .collect();
        let weights: Vec<_> = days
            .iter()
            .map(|day| match day.weekday {
                Weekday::Saturday => 45,
                Weekday::Sunday => 30,
                _ => 100,
            })
            .collect();
        let ends = apportion(cases, &weights).into_iter().scan(0, |end, cases| {
            *end += cases;
            Some(*end)
        });
        Self { ends: ends.collect(), days }
    }

    /// When a case begins. Cases are numbered in order of time.
    pub(crate) fn moment(&self, case: u64) -> Moment {
        let day = self.ends.partition_point(|end| *end <= case);
        let start = if day == 0 { 0 } else { self.ends[day - 1] };
        let quantile = (case - start) * QUANTILE_END / (self.ends[day] - start);
        Moment { day, quantile }
    }

    /// An instant before which no event is due of a case that begins at the moment, or of a later
    /// case. The exception are services that were moved back because the month has no later open
    /// day.
    pub(crate) fn earliest(&self, moment: Moment) -> u32 {
        let second = HALL.second(moment.quantile).min(ONLINE.second(moment.quantile));
        self.days[moment.day].midnight + second
    }

    /// The day by its number.
    pub(crate) fn served_on(&self, day: usize) -> ServedOn {
        self.days[day].served_on
    }

    /// The instant at which a day begins, or one that many days later.
    pub(crate) fn midnight(&self, day: usize, days_later: u32) -> u32 {
        self.days[day].midnight + days_later * DAY
    }

    /// When a service is given, after `round` earlier services of its case.
    pub(crate) fn service(
        &self,
        begun: Moment,
        round: u8,
        channel: Channel,
        chance: &mut Chance,
    ) -> (usize, u32) {
        let mut moment = begun;
        for _ in 0..round {
            moment.day += usize::from(*chance.one_of(&GAPS));
            let left = QUANTILE_END - moment.quantile;
            moment.quantile += chance.below(left);
        }
        let last = self.days.len() - 1;
        if moment.day > last {
            let days = (last - begun.day + 1) as u64;
            moment.day = last - usize::try_from(chance.below(days)).expect("a day of the month");
        }
        let profile = match channel.group() {
            ChannelGroup::Online => &ONLINE,
            ChannelGroup::Offline => {
                moment.day = self.open_day(moment.day, chance);
                &HALL
            }
        };
        (moment.day, self.days[moment.day].midnight + profile.second(moment.quantile))
    }

    /// The day itself if halls are open, otherwise the next open day, or at the end of the month
    /// the last open day.
    fn open_day(&self, day: usize, chance: &mut Chance) -> usize {
        let is_open = |day: &usize, saturday: bool| match self.days[*day].weekday {
            Weekday::Sunday => false,
            Weekday::Saturday => saturday,
            _ => true,
        };
        let is_saturday_open = chance.per_mille(300);
        let next = (day..self.days.len()).find(|day| is_open(day, is_saturday_open));
        let last = || (0..day).rev().find(|day| is_open(day, false));
        next.or_else(last).unwrap_or(day)
    }
}

/// Days between two services of a case.
const GAPS: [u8; 12] = [0, 0, 0, 0, 1, 1, 2, 2, 3, 5, 7, 12];

/// How long a person waits before giving a review, in seconds.
pub(crate) fn review_delay(channel: Channel, chance: &mut Chance) -> u32 {
    match channel {
        Channel::Hall | Channel::SelfServiceMachine => chance.within(5..=10 * MINUTE),
        Channel::PrintedCode | Channel::Paper => chance.within(MINUTE..=2 * HOUR),
        Channel::Sms => chance.within(10 * MINUTE..=3 * DAY),
        Channel::Hotline12345 => chance.within(10 * MINUTE..=DAY),
        Channel::PcPortal
        | Channel::GovernmentApp
        | Channel::BusinessApp
        | Channel::MiniProgram => {
            if chance.per_mille(900) {
                chance.within(10..=HOUR)
            } else {
                chance.within(HOUR..=3 * DAY)
            }
        }
    }
}

/// How long a source takes to post an event, in seconds. Most are posted at once, a few per cent
/// with an upload on the same day, and some after up to fifteen days.
pub(crate) fn posting_delay(chance: &mut Chance) -> u32 {
    match chance.below(1_000) {
        0..940 => chance.within(1..=30),
        940..980 => chance.within(HOUR..=20 * HOUR),
        _ => chance.within(DAY..=15 * DAY),
    }
}

/// When a system writes its default review: in the small hours after seven whole days of silence
/// (DOMAIN: "Rules"). In seconds after the midnight of the service's day.
pub(crate) fn default_review(chance: &mut Chance) -> u32 {
    8 * DAY + chance.within(2 * HOUR..=5 * HOUR)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn july() -> Days {
        Days::deal("2023-07".parse().expect("a month"), 100_000)
    }

    #[test]
    fn cases_begin_in_the_order_of_their_numbers() {
        let days = july();
        let mut last = 0;
        for case in 0..100_000 {
            let earliest = days.earliest(days.moment(case));
            assert!(earliest >= last);
            last = earliest;
        }
        assert_eq!(days.moment(0).day, 0);
        assert_eq!(days.moment(99_999).day, 30);
    }

    #[test]
    fn halls_serve_on_open_days_in_opening_hours() {
        let days = july();
        let mut saturdays = 0;
        for case in 0..100_000 {
            let mut chance = Chance::about(3, case);
            let (day, at) = days.service(days.moment(case), 0, Channel::Hall, &mut chance);
            let hour = (at - days.midnight(day, 0)) / HOUR;
            assert!(matches!(hour, 9..12 | 14..17), "{hour}");
            let weekday = days.served_on(day).date().weekday();
            assert_ne!(weekday, Weekday::Sunday);
            saturdays += u32::from(weekday == Weekday::Saturday);
        }
        assert!((2_000..4_000).contains(&saturdays), "{saturdays}");
    }

    #[test]
    fn online_services_are_given_at_all_hours() {
        let days = july();
        let mut by_hour = [0; 24];
        for case in 0..100_000 {
            let mut chance = Chance::about(3, case);
            let (day, at) = days.service(days.moment(case), 0, Channel::PcPortal, &mut chance);
            assert_eq!(day, days.moment(case).day);
            by_hour[usize::try_from((at - days.midnight(day, 0)) / HOUR).expect("an hour")] += 1;
        }
        assert!(by_hour.iter().all(|services| *services > 0), "{by_hour:?}");
        assert!(by_hour[10] > 10 * by_hour[1], "{by_hour:?}");
    }

    /// February 2021 ends on a Sunday, so a hall gives a service of that day earlier.
    #[test]
    fn every_service_lies_in_its_month() {
        for month in ["2021-02", "2023-07", "2019-12"] {
            let days = Days::deal(month.parse().expect("a month"), 1_000);
            for case in 0..1_000 {
                for round in [0, 1, 5, 98] {
                    for channel in [Channel::Hall, Channel::Sms] {
                        let mut chance = Chance::about(9, case);
                        let moment = days.moment(case);
                        let (day, at) = days.service(moment, round, channel, &mut chance);
                        assert!((days.midnight(day, 0)..days.midnight(day, 1)).contains(&at));
                    }
                }
            }
        }
    }
}
