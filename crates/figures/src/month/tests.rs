use domain::{Group, Level, Rate};

use super::*;
use crate::levels::Levels;
use crate::metric::{
    ACTIVE_REVIEW_RATE, ACTIVE_SATISFACTION, BAD_REVIEWS_PER_MILLION, REVIEW_RATE,
    REVIEWS_WITH_SET_ASIDE, SATISFACTION,
};
use crate::slice::Reviews;

fn guangdong() -> Province {
    "440000".parse().expect("a province")
}

fn tibet() -> Province {
    "540000".parse().expect("a province")
}

fn month(text: &str) -> Month {
    text.parse().expect("a month")
}

fn group(channel: Channel, level: Level) -> Group {
    Group { is_default: false, months_late: 0, channel, level }
}

/// July 2023 by hand: 1,000 services, of which 6 have no review.
fn july() -> ServedMonth {
    let hall = |level| group(Channel::Hall, level);
    ServedMonth {
        services: 1_000,
        unreviewed: 6,
        services_by_channel: vec![(7, 900), (2, 100)],
        reviews: vec![
            (hall(Level::VerySatisfied).code(), 890),
            (hall(Level::Dissatisfied).code(), 3),
            (Group { months_late: 1, ..hall(Level::VeryDissatisfied) }.code(), 1),
            (
                Group {
                    is_default: true,
                    months_late: 1,
                    ..group(Channel::GovernmentApp, Level::BasicallySatisfied)
                }
                .code(),
                40,
            ),
            (group(Channel::GovernmentApp, Level::Satisfied).code(), 60),
        ],
        set_aside: vec![(hall(Level::VeryDissatisfied).code(), 2)],
    }
}

/// June 2023: of its bad reviews, two were given in July and one in August.
fn june() -> (Month, Vec<(u16, u64)>) {
    let late = |months_late, level| Group { months_late, ..group(Channel::Hotline12345, level) };
    let reviews = vec![
        (late(0, Level::Dissatisfied).code(), 5),
        (late(1, Level::Dissatisfied).code(), 2),
        (late(2, Level::Dissatisfied).code(), 1),
        (late(1, Level::VerySatisfied).code(), 7),
    ];
    (month("2023-06"), reviews)
}

fn of_july(counts: &ServedMonth, cases: Option<&CasesOfMonth>) -> Figures {
    Figures::of(guangdong(), month("2023-07"), counts, &[], cases).expect("known keys")
}

fn channel_of(figures: &Figures, channel: Channel) -> &Slice {
    &figures.channels.iter().find(|(of, _)| *of == channel).expect("every channel is there").1
}

#[test]
fn a_month_is_added_up_over_channels_and_levels() {
    let cases = CasesOfMonth {
        cases: 700,
        cases_by_channel: vec![(7, 650), (2, 90)],
        cases_by_channels: None,
    };
    let figures = of_july(&july(), Some(&cases));

    let total = &figures.total;
    assert_eq!(
        (total.cases, total.services, total.unreviewed_services),
        (Some(700), Some(1_000), Some(6))
    );
    assert_eq!(total.reviews(), Reviews { counted: 994, active: 954, default: 40 });
    let levels = Levels {
        very_satisfied: 890,
        satisfied: 60,
        basically_satisfied: 40,
        dissatisfied: 3,
        very_dissatisfied: 1,
    };
    assert_eq!(total.levels, levels);
    assert_eq!(total.active_levels, Levels { basically_satisfied: 0, ..levels });
    assert_eq!((total.set_aside, total.set_aside_bad), (Some(2), Some(2)));
    assert_eq!(REVIEWS_WITH_SET_ASIDE.count(total), Some(996));
    let rate = |numerator| Some(Rate { numerator, denominator: 1_000 });
    assert_eq!((REVIEW_RATE.rate(total), ACTIVE_REVIEW_RATE.rate(total)), (rate(994), rate(954)));
    assert_eq!(SATISFACTION.rate(total), Some(Rate { numerator: 990, denominator: 994 }));
    assert_eq!(ACTIVE_SATISFACTION.ratio(total), Some(950.0 / 954.0));
    assert_eq!(BAD_REVIEWS_PER_MILLION.ratio(total), Some(4.0 / 994.0 * 1e6));

    let hall = channel_of(&figures, Channel::Hall);
    assert_eq!((hall.cases, hall.services, hall.reviews().counted), (Some(650), Some(900), 894));
    assert_eq!(hall.set_aside, Some(2));
    let (group, online) = &figures.groups[0];
    assert_eq!(
        (*group, online.services, online.reviews().default),
        (ChannelGroup::Online, Some(100), 40)
    );
    assert_eq!(figures.groups[1].1.reviews().counted, 894);
    assert_eq!(figures.channels.len(), 10);
}

#[test]
fn a_bad_review_is_received_in_the_month_in_which_it_was_given() {
    let earlier = [june()];
    let of_july =
        Figures::of(guangdong(), month("2023-07"), &july(), &earlier, None).expect("known keys");
    // Three of July's own services (the fourth was given in August), two of June's.
    assert_eq!(of_july.total.bad_reviews_received, Some(5));
    assert_eq!(channel_of(&of_july, Channel::Hotline12345).bad_reviews_received, Some(2));
    assert_eq!(of_july.groups[0].1.bad_reviews_received, Some(0));
    assert_eq!(of_july.groups[1].1.bad_reviews_received, Some(5), "the hotline is offline there");
    let of_tibet = Figures::of(tibet(), month("2023-07"), &july(), &earlier, None);
    let of_tibet = of_tibet.expect("known keys");
    assert_eq!(of_tibet.groups[0].1.bad_reviews_received, Some(2), "and online elsewhere");
    assert_eq!(of_july.total.levels.bad(), 4, "all other figures go by the month of the service");
    // The bridge between the two: 4 = 5 received in July - 2 of June's services + 1 given in August.
    assert_eq!(of_july.total.bad_reviews_of_earlier_services, Some(2));
    assert_eq!(of_july.total.bad_reviews_given_later(), Some(1));

    let nothing = ServedMonth::default();
    let earlier = [june(), (month("2023-07"), july().reviews)];
    let of_august =
        Figures::of(guangdong(), month("2023-08"), &nothing, &earlier, None).expect("known keys");
    assert_eq!(
        of_august.total.bad_reviews_received,
        Some(2),
        "one of June's services, one of July's"
    );
}

#[test]
fn what_is_not_known_is_absent() {
    let figures = of_july(&ServedMonth::default(), None);
    assert_eq!(SATISFACTION.ratio(&figures.total), None);
    assert_eq!(ACTIVE_SATISFACTION.ratio(&figures.total), None);
    assert_eq!(BAD_REVIEWS_PER_MILLION.ratio(&figures.total), None);
    assert_eq!(figures.total.cases, None, "no cell of the month has counted its cases yet");

    let known = CasesOfMonth { cases: 5, cases_by_channel: vec![(7, 5)], cases_by_channels: None };
    let figures = of_july(&july(), Some(&known));
    assert_eq!(channel_of(&figures, Channel::Paper).cases, Some(0), "all cases are known");
    for (group, slice) in &figures.groups {
        assert_eq!((slice.cases, slice.unreviewed_services), (None, None), "{group}");
    }
    for (channel, slice) in &figures.channels {
        assert_eq!(slice.unreviewed_services, None, "{channel}");
    }
}

#[test]
fn the_channels_reconcile_with_the_groups_and_the_total() {
    let figures = of_july(&july(), None);
    let sum = |slices: &mut dyn Iterator<Item = &Slice>| {
        slices.fold((0, 0, 0), |sum, slice| {
            (
                sum.0 + slice.services.expect("known"),
                sum.1 + slice.reviews().counted,
                sum.2 + slice.levels.bad(),
            )
        })
    };
    let total = sum(&mut std::iter::once(&figures.total));
    assert_eq!(sum(&mut figures.channels.iter().map(|(_, slice)| slice)), total);
    assert_eq!(sum(&mut figures.groups.iter().map(|(_, slice)| slice)), total);
}

#[test]
fn a_key_that_is_not_known_is_not_left_out() {
    let mut unexpected = july();
    unexpected.reviews.push((11 << 3 | 5, 1));
    let read = Figures::of(guangdong(), month("2023-07"), &unexpected, &[], None);
    assert_eq!(read, Err(UnknownKey(11 << 3 | 5)));
    assert_eq!(Slice::of_reviews(&[(0, 1)]), Err(UnknownKey(0)));

    let cases = CasesOfMonth { cases_by_channels: Some(vec![(1 << 10, 1)]), ..Default::default() };
    let read = Figures::of(guangdong(), month("2023-07"), &july(), &[], Some(&cases));
    assert_eq!(read, Err(UnknownKey(1 << 10)), "a set with an eleventh channel");
}

/// A case with services online and in the hall is one case of each group, and one of the month.
#[test]
fn the_cases_of_a_group_are_counted_and_never_added_up() {
    let bit = |channel: Channel| 1 << (channel.code() - 1);
    let (app, hall, paper) = (bit(Channel::GovernmentApp), bit(Channel::Hall), bit(Channel::Paper));
    let mut cases = CasesOfMonth {
        cases: 700,
        cases_by_channel: vec![(7, 640), (2, 88), (10, 12)],
        cases_by_channels: Some(vec![(app, 60), (app | hall, 28), (hall, 600), (hall | paper, 12)]),
    };
    let of_groups = |cases: &CasesOfMonth| {
        let figures = of_july(&july(), Some(cases));
        figures.groups.iter().map(|(_, slice)| slice.cases).collect::<Vec<_>>()
    };
    assert_eq!(of_groups(&cases), [Some(88), Some(640)]);
    cases.cases_by_channels = Some(vec![(hall, 640)]);
    assert_eq!(of_groups(&cases), [Some(0), Some(640)], "all are known");
    cases.cases_by_channels = None;
    assert_eq!(of_groups(&cases), [None, None], "not recounted yet");
}

#[test]
fn more_cases_than_services_are_of_another_moment_and_therefore_unknown() {
    let bit = |channel: Channel| 1 << (channel.code() - 1);
    let (app, hall) = (bit(Channel::GovernmentApp), bit(Channel::Hall));
    let cases = CasesOfMonth {
        cases: 1_000,
        cases_by_channel: vec![(7, 900), (2, 101)],
        cases_by_channels: Some(vec![(app, 101), (hall, 899)]),
    };
    let figures = of_july(&july(), Some(&cases));
    assert_eq!(figures.total.cases, Some(1_000), "as many as services");
    assert_eq!(channel_of(&figures, Channel::Hall).cases, Some(900));
    assert_eq!(channel_of(&figures, Channel::GovernmentApp).cases, None, "100 services");
    let of_groups: Vec<_> = figures.groups.iter().map(|(_, slice)| slice.cases).collect();
    assert_eq!(of_groups, [None, Some(899)]);
    let more = CasesOfMonth { cases: 1_001, ..cases };
    assert_eq!(of_july(&july(), Some(&more)).total.cases, None);
}
