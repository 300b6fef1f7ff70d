//! Whatever was published, the events add up to it. Checked with the reference count of `domain`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::reference::{Counts, Record, count};
use domain::{Channel, EpochSeconds, EventHash, Kind, Level, Month, Position, Province};
use proptest::prelude::*;
use simulator::targets::Targets;
use simulator::{Plan, Published, generate};
use strum::VariantArray;
use wire::CloudEvent;

/// A time that is later than everything in the months of these tests.
const LATE: u32 = 4_200_000_000;

fn guangdong() -> Published {
    let json = include_str!("../months/guangdong-2023-07.json");
    Published::parse(json.as_bytes()).expect("a month").0
}

fn illustration() -> Published {
    let json = include_str!("../months/guangdong-2020-01-illustration.json");
    Published::parse(json.as_bytes()).expect("a month").0
}

/// Months with any margins: a few channels, levels and defaults, and cases from very few to many.
fn any_published() -> impl Strategy<Value = Published> {
    let channels = prop::collection::btree_map(0..Channel::VARIANTS.len(), 0..120_u64, 0..6);
    let levels = prop::collection::vec((0..60_u64, 0..=60_u64), 5);
    let month = prop::sample::select(vec!["2019-12", "2021-02", "2023-07", "2026-08"]);
    let province = prop::sample::select(Province::all().collect::<Vec<_>>());
    let tags = prop::option::of(prop::collection::vec(0..40_u64, 0..5));
    (channels, levels, month, province, 0..400_u64, tags).prop_map(
        |(channels, levels, month, province, cases, top_bad_tag_counts)| {
            let reviews_by_channel: BTreeMap<_, _> = channels
                .into_iter()
                .map(|(index, reviews)| (Channel::VARIANTS[index], reviews))
                .collect();
            let mut left: u64 = reviews_by_channel.values().sum();
            let cases = cases.max(left.div_ceil(99));
            let mut reviews_by_level = BTreeMap::new();
            let mut defaults_by_level = BTreeMap::new();
            for (level, (reviews, default)) in Level::best_first().zip(levels) {
                let reviews = reviews.min(left);
                left -= reviews;
                reviews_by_level.insert(level, reviews);
                if !level.is_bad() {
                    defaults_by_level.insert(level, default.min(reviews));
                }
            }
            Published {
                title: None,
                province,
                month: month.parse().expect("a month"),
                cases,
                reviews_by_channel,
                reviews_by_level,
                defaults_by_level: Some(defaults_by_level),
                top_bad_tag_counts,
            }
        },
    )
}

/// Events as they would be stored in Kafka, one after the other.
fn records(events: &[CloudEvent<'static>]) -> Vec<Record<'static>> {
    let record = |(offset, event): (u64, &CloudEvent<'static>)| Record {
        position: Position { topic: 1, partition: 0, offset },
        appended_at: EpochSeconds::new(1),
        source: event.source,
        simulated: true,
        event_hash: EventHash::of(&event.to_json()).short(),
        event: event.event.clone(),
    };
    (0..).zip(events).map(record).collect()
}

/// The figures that a publisher would publish.
#[derive(Debug, PartialEq, Eq)]
struct Figures {
    cases: u64,
    /// Counted and set aside.
    channels: BTreeMap<Channel, u64>,
    set_aside: u64,
    /// Counted: all and default.
    levels: BTreeMap<Level, (u64, u64)>,
}

impl Figures {
    fn counted(counts: &Counts, month: Month) -> Self {
        assert!(counts.cases.keys().all(|(_, of, _)| *of == month), "a case of another month");
        let mut figures = Self {
            cases: counts.cases.values().map(|cell| cell.cases).sum(),
            channels: BTreeMap::new(),
            set_aside: 0,
            levels: BTreeMap::new(),
        };
        for bucket in counts.buckets.values() {
            for (group, reviews) in &bucket.reviews {
                *figures.channels.entry(group.channel).or_default() += reviews;
                let level = figures.levels.entry(group.level).or_default();
                level.0 += reviews;
                level.1 += if group.is_default { *reviews } else { 0 };
            }
            for (group, reviews) in &bucket.set_aside {
                *figures.channels.entry(group.channel).or_default() += reviews;
                figures.set_aside += reviews;
            }
        }
        figures
    }

    fn planned(targets: &Targets) -> Self {
        let channels = targets.channels.iter().filter(|(_, reviews)| **reviews > 0);
        let levels = targets.levels.iter().filter(|(_, level)| level.counted > 0);
        Self {
            cases: targets.cases,
            channels: channels.map(|(channel, reviews)| (*channel, *reviews)).collect(),
            set_aside: targets.set_aside,
            levels: levels
                .map(|(level, target)| (*level, (target.counted, target.default)))
                .collect(),
        }
    }
}

fn check(published: &Published, scale: f64, seed: u64) -> Result<(), TestCaseError> {
    let plan = Plan::new(published, scale, seed).expect("a plan");
    let mut events: Vec<_> = generate::events(&plan).collect();
    let distinct: BTreeSet<_> = events.iter().map(|event| event.id).collect();
    for event in &events {
        let json = event.to_json();
        prop_assert_eq!(&CloudEvent::parse(&json).expect("a valid event"), event);
        domain::rules::check_arrival(&event.event, EpochSeconds::new(LATE), Duration::MAX)
            .expect("nothing lies in the future");
        prop_assert_eq!(event.event.area_code().province(), published.province);
    }
    // An arbitrary order: by id, which is as good as random.
    events.sort_by_key(|event| event.id);
    events.extend(generate::resent(&plan, 0.3).map(|posting| posting.event));
    let still_distinct: BTreeSet<_> = events.iter().map(|event| event.id).collect();
    prop_assert_eq!(distinct, still_distinct);

    let records = records(&events);
    let figures = Figures::counted(&count(&records), published.month);
    prop_assert_eq!(figures, Figures::planned(plan.targets()));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn all_events_count_to_the_published_figures(
        published in any_published(),
        scale in prop::sample::select(vec![1.0, 1.0, 0.5, 0.013, 2.7]),
        seed: u64,
    ) {
        check(&published, scale, seed)?;
    }
}

#[test]
fn the_example_months_count_to_what_was_published() {
    check(&guangdong(), 0.000_7, 1).expect("figures");
    check(&illustration(), 0.004, 2).expect("figures");
}

#[test]
fn a_seed_gives_the_same_bytes_and_another_seed_others() {
    let bytes = |seed, scale| -> Vec<Vec<u8>> {
        let plan = Plan::new(&guangdong(), scale, seed).expect("a plan");
        generate::events(&plan).map(|event| event.to_json()).collect()
    };
    let (first, again, other) = (bytes(5, 0.000_1), bytes(5, 0.000_1), bytes(6, 0.000_1));
    assert_eq!(first, again);
    assert!(first.iter().all(|event| !other.contains(event)));
    // This guards the promise across builds and machines. A change of the generator or of the list
    // of areas changes the hash too.
    let whole = EventHash::of(&first.concat());
    assert_eq!(
        whole.to_string(),
        "ac101e6977565daef1106b8cc103f53b54dee060c0e327275c97ae6a2c3b7319"
    );
}

#[test]
fn events_that_are_sent_again_are_byte_for_byte_equal() {
    let plan = Plan::new(&illustration(), 0.001, 3).expect("a plan");
    let sent: BTreeSet<_> = generate::events(&plan).map(|event| event.to_json()).collect();
    let order: Vec<_> = generate::resent(&plan, 1.0).map(|again| again.event.to_json()).collect();
    assert_eq!(order.iter().cloned().collect::<BTreeSet<_>>(), sent);
    assert_eq!(order.len(), sent.len(), "each once");
    let tenth = generate::resent(&plan, 0.1).count();
    assert!((sent.len() / 12..sent.len() / 8).contains(&tenth), "{tenth} of {}", sent.len());
    assert_eq!(generate::resent(&plan, 0.0).count(), 0);
}

/// A month contains everything that must not change a figure. Without it, the tests above would
/// prove little.
#[test]
fn a_month_has_every_kind_of_event_that_must_not_change_a_figure() {
    let plan = Plan::new(&illustration(), 0.02, 4).expect("a plan");
    let mut kinds: BTreeMap<Kind, u64> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let (mut repeats, mut follow_ups, mut revisions, mut restored) = (0, 0, 0, 0);
    let (mut reviewed, mut early, mut second, mut late) = (BTreeSet::new(), 0, 0, 0);
    let mut served = BTreeSet::new();
    for posting in generate::postings(&plan) {
        let event = posting.event;
        *kinds.entry(event.event.kind()).or_default() += 1;
        assert_eq!(seen.insert(event.id), !posting.is_repeat);
        repeats += u64::from(posting.is_repeat);
        match &event.event {
            domain::Event::Service(service) => {
                revisions += u64::from(service.revision > 0);
                served.insert(service.key());
            }
            domain::Event::Review(review) if review.follow_up => follow_ups += 1,
            domain::Event::Review(review) => {
                revisions += u64::from(review.revision > 0);
                early += u64::from(!served.contains(&review.subject.key()));
                let is_new = reviewed.insert((review.subject.key(), review.review_id));
                second += u64::from(is_new);
                late += u64::from(review.group().months_late > 0);
            }
            domain::Event::Disposition(disposition) => {
                let key = (disposition.review.subject.key(), disposition.review.review_id);
                early += u64::from(!reviewed.contains(&key));
                restored += u64::from(disposition.action == domain::Action::Restore);
            }
        }
    }
    let targets = plan.targets();
    assert!(second > targets.reviews());
    assert!(kinds[&Kind::Service] > targets.reviews() * 13 / 10);
    assert!(kinds[&Kind::Disposition] > targets.set_aside);
    for trouble in [repeats, follow_ups, revisions, restored, early, late] {
        assert!(trouble > 0);
    }
    let all: u64 = kinds.values().sum();
    let about = plan.events_about();
    assert!(all.abs_diff(about) * 200 < about, "{all} events, expected about {about}");
}

/// Most events are posted in order of time, some hours or days late.
#[test]
fn events_come_in_the_order_of_time_but_for_late_ones() {
    let plan = Plan::new(&guangdong(), 0.001, 4).expect("a plan");
    let mut latest_day = None;
    let (mut in_order, mut behind) = (0_u32, 0_u32);
    for event in generate::events(&plan) {
        if let domain::Event::Service(service) = event.event {
            if Some(service.served_on) >= latest_day {
                in_order += 1;
                latest_day = Some(service.served_on);
            } else {
                behind += 1;
            }
        }
    }
    assert!(behind > in_order / 100 && behind < in_order / 10, "{behind} late, {in_order} not");
}
