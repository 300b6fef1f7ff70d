//! Arbitrary histories: the events posted, their order in Kafka, and how they are loaded and
//! recounted.

use arrayvec::ArrayVec;
use domain::{
    Action, Channel, Disposition, EpochSeconds, Event, Level, Reason, Review, Service, ServiceNo,
    Subject,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use strum::VariantArray;
use uuid::Uuid;
use wire::CloudEvent;

/// One step of loading.
#[derive(Clone, Debug)]
pub enum Step {
    /// A loader takes the next records of a partition, or repeats earlier ones, and the counter
    /// recounts the touched buckets.
    Load { partition: Index, records: usize },
    /// The same, but the counter's result is written much later.
    LoadAndHold { partition: Index, records: usize },
    /// A loader dies, and this many records of a partition are read again.
    GoBack { partition: Index, records: usize },
    /// One of the delayed results is written.
    WriteHeld { which: Index },
    /// ClickHouse merges.
    Merge,
}

/// The events posted and what happens to them.
#[derive(Clone, Debug)]
pub struct History {
    /// The values of the records of each partition, in their order.
    pub partitions: Vec<Vec<CloudEvent<'static>>>,
    /// The steps. Records that they do not load are loaded at the end.
    pub steps: Vec<Step>,
}

pub const PARTITIONS: usize = 3;

/// Days of two months, so that a case can span two months.
const DAYS: [&str; 3] = ["2023-07-30", "2023-07-31", "2023-08-01"];

/// Two items of two departments.
const ITEMS: [&str; 2] = ["1144010000751234561440110001000", "1144010000751234572440110002000"];

/// Two counties and another province, which has the same project numbers and items.
const AREAS: [&str; 4] = ["440106000000", "440106001000", "440305000000", "430102000000"];

pub fn histories() -> impl Strategy<Value = History> {
    let events = prop::collection::vec(events_of_a_service(), 1..12)
        .prop_map(|services| services.into_iter().flatten().collect::<Vec<_>>());
    // Each event is posted one to three times and lands in any partition.
    let copies = events.prop_flat_map(|events| {
        let copies = prop::collection::vec((1..=3_usize, any::<[Index; 3]>()), events.len());
        (Just(events), copies)
    });
    let shuffled = copies
        .prop_map(|(events, copies)| {
            let copied = events.into_iter().zip(copies).flat_map(|(event, (times, places))| {
                places
                    .into_iter()
                    .take(times)
                    .map(move |place| (place.index(PARTITIONS), event.clone()))
            });
            copied.collect::<Vec<_>>()
        })
        .prop_shuffle();
    (shuffled, prop::collection::vec(steps(), 0..24)).prop_map(|(records, steps)| {
        let mut partitions = vec![Vec::new(); PARTITIONS];
        for (partition, event) in records {
            partitions[partition].push(event);
        }
        History { partitions, steps }
    })
}

fn steps() -> impl Strategy<Value = Step> {
    let at = || (any::<Index>(), 1..30_usize);
    prop_oneof![
        4 => at().prop_map(|(partition, records)| Step::Load { partition, records }),
        3 => at().prop_map(|(partition, records)| Step::LoadAndHold { partition, records }),
        2 => at().prop_map(|(partition, records)| Step::GoBack { partition, records }),
        2 => any::<Index>().prop_map(|which| Step::WriteHeld { which }),
        1 => Just(Step::Merge),
    ]
}

/// All kinds of events about one service: its records with corrections, rival reviews with
/// corrections, follow-ups, defaults, and decisions about them.
fn events_of_a_service() -> impl Strategy<Value = Vec<CloudEvent<'static>>> {
    let subject = (0..4_u32, 1..=2_u8, select(&DAYS[..]), select(&AREAS[..]), select(&ITEMS[..]));
    subject.prop_flat_map(|(case, service_no, day, area, item)| {
        let subject = Subject::Service {
            area_code: area.parse().expect("an area"),
            item_code: item.parse().expect("an item"),
            project_no: format!("4401-{case:04}").parse().expect("a project number"),
            service_no: ServiceNo::try_from(service_no).expect("a number"),
            served_on: day.parse().expect("a day"),
            hall_code: None,
            window_code: None,
        };
        let services = prop::collection::vec(service(&subject), 0..3);
        let reviews = prop::collection::vec(review_and_decisions(subject), 0..4);
        (services, reviews).prop_map(|(services, reviews)| {
            services.into_iter().chain(reviews.into_iter().flatten()).collect()
        })
    })
}

fn service(subject: &Subject) -> impl Strategy<Value = CloudEvent<'static>> + use<> {
    let Subject::Service { project_no, service_no, served_on, .. } = *subject else {
        unreachable!("services are made of services")
    };
    let place = (select(&AREAS[..]), select(&ITEMS[..]));
    (0..3_u16, select(Channel::VARIANTS), place, envelope()).prop_map(
        move |(revision, channel, (area, item), (id, source))| CloudEvent {
            id,
            source: source.parse().expect("a source"),
            event: Event::Service(Service {
                area_code: area.parse().expect("an area"),
                item_code: item.parse().expect("an item"),
                item_name: None,
                department_name: None,
                project_no,
                service_no,
                served_on,
                channel,
                revision,
            }),
        },
    )
}

fn envelope() -> impl Strategy<Value = (Uuid, &'static str)> {
    (any::<u128>().prop_map(Uuid::from_u128), select(&["hall-1", "hall-2"][..]))
}

fn review_and_decisions(subject: Subject) -> impl Strategy<Value = Vec<CloudEvent<'static>>> {
    // Only a few instants, so that some reviews are simultaneous; one of them in a later month.
    let rated_at = prop_oneof![0..3_u32, Just(40 * 86_400)];
    let is_a_service = prop::bool::weighted(0.9);
    let fixed = (any::<u128>(), rated_at, any::<bool>(), prop::bool::weighted(0.15), is_a_service);
    fixed.prop_flat_map(move |(review_id, late, is_default, follow_up, is_a_service)| {
        let subject = if is_a_service { subject.clone() } else { window(&subject) };
        let first = Review {
            review_id: Uuid::from_u128(review_id),
            revision: 0,
            rated_at: EpochSeconds::new(subject.day().begins_at().get() + 36_000 + late),
            subject,
            channel: Channel::Hall,
            level: Level::Satisfied,
            is_default,
            follow_up: follow_up && !is_default,
            tags: ArrayVec::new(),
            text: None,
        };
        let level = if is_default { &Level::VARIANTS[2..] } else { Level::VARIANTS };
        let revision = (0..3_u16, select(Channel::VARIANTS), select(level), any::<u128>());
        let revisions = prop::collection::vec(revision, 1..4);
        let decision = (0..3_u16, any::<bool>(), any::<u128>());
        let decisions = prop::collection::vec(decision, 0..4);
        let source = select(&["hall-1", "hall-2"][..]);
        (source, revisions, decisions).prop_map(move |(source, revisions, decisions)| {
            let source = source.parse().expect("a source");
            let reviews = revisions.into_iter().map(|(revision, channel, level, id)| {
                let text = level.is_bad().then(|| "等了很久".into());
                let review = Review { revision, channel, level, text, ..first.clone() };
                CloudEvent { id: Uuid::from_u128(id), source, event: Event::Review(review) }
            });
            let decisions = decisions.into_iter().map(|(revision, sets_aside, id)| CloudEvent {
                id: Uuid::from_u128(id),
                source: "court".parse().expect("a source"),
                event: Event::Disposition(Disposition {
                    review: first.reference(source),
                    revision,
                    action: if sets_aside { Action::SetAside } else { Action::Restore },
                    reason: Reason::Mistaken,
                    decided_at: EpochSeconds::new(1_700_000_000),
                }),
            });
            reviews.chain(decisions).collect()
        })
    })
}

/// A window. Its reviews are never among the figures of services.
fn window(subject: &Subject) -> Subject {
    Subject::Window {
        area_code: subject.area_code(),
        hall_code: "H1".parse().expect("a hall"),
        window_code: "7".parse().expect("a window"),
        visited_on: subject.day(),
    }
}
