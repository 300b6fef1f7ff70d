//! Generates any number of events that cover every class of record. A seed always gives the same
//! events.
//!
//! There are services with corrections, rival reviews with revisions, default reviews before and
//! after a person's, follow-ups, other subjects, and reviews that are set aside and restored, from
//! two sources, around the ends of months and years, in several provinces. All of them obey the
//! rules, so that an intake accepts each.

use arrayvec::ArrayVec;
use domain::{
    Action, Channel, Disposition, EpochSeconds, Event, Level, Reason, Review, Service, ServiceNo,
    Subject, Tag,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use strum::VariantArray;
use uuid::Uuid;
use wire::CloudEvent;

use testbed::world::SOURCES;

/// Days around the ends of months and years, and a leap day.
const DAYS: [&str; 7] = [
    "2023-07-30",
    "2023-07-31",
    "2023-08-01",
    "2023-12-31",
    "2024-01-01",
    "2024-02-29",
    "2024-03-01",
];

/// Counties, in pairs of one province each.
const AREAS: [[&str; 2]; 3] = [
    ["440106000000", "440305000000"],
    ["430102000000", "430111001000"],
    ["110101000000", "110108000000"],
];

/// Two items of two departments.
const ITEMS: [&str; 2] = ["1144010000751234561440110001000", "1144010000751234572440110002000"];

/// A text without anything that the intake would redact.
const WORDS: &str = "等了很久";

/// The number of open cases. It decides how often the same service occurs again.
const CASES_UNDER_WAY: u64 = 12;

/// An endless source of events.
pub struct History {
    chance: ChaCha8Rng,
    seed: u64,
    made: u64,
}

impl History {
    /// The history of a seed.
    pub fn of_seed(seed: u64) -> Self {
        Self { chance: ChaCha8Rng::seed_from_u64(seed), seed, made: 0 }
    }

    /// The events about this many services, in any order.
    pub fn about(&mut self, services: usize) -> Vec<CloudEvent<'static>> {
        let mut events: Vec<_> = (0..services).flat_map(|_| self.about_one()).collect();
        for index in (1..events.len()).rev() {
            events.swap(index, self.below(index as u64 + 1));
        }
        events
    }

    /// The events about one service, and perhaps about a window.
    fn about_one(&mut self) -> Vec<CloudEvent<'static>> {
        self.made += 1;
        let areas = *self.one_of(&AREAS);
        let case = self.made / 3 + self.below(CASES_UNDER_WAY) as u64;
        let subject = Subject::Service {
            area_code: self.one_of(&areas).parse().expect("an area"),
            item_code: self.one_of(&ITEMS).parse().expect("an item"),
            project_no: format!("T{}-{case:06}", self.seed).parse().expect("a project number"),
            service_no: ServiceNo::try_from(1 + self.byte(2)).expect("a number"),
            served_on: self.one_of(&DAYS).parse().expect("a day"),
            hall_code: None,
            window_code: None,
        };
        let mut events = Vec::new();
        for _ in 0..self.below(3) {
            events.push(self.service(&subject, &areas));
        }
        for _ in 0..self.below(4) {
            events.extend(self.review_and_decisions(&subject));
        }
        events
    }

    fn service(&mut self, subject: &Subject, areas: &[&str; 2]) -> CloudEvent<'static> {
        let Subject::Service { project_no, service_no, served_on, .. } = *subject else {
            unreachable!("services are made of services")
        };
        let service = Service {
            // A correction can move a service to another county and another item.
            area_code: self.one_of(areas).parse().expect("an area"),
            item_code: self.one_of(&ITEMS).parse().expect("an item"),
            item_name: self.chance_of(4).then(|| "居住证换领".into()),
            department_name: None,
            project_no,
            service_no,
            served_on,
            channel: *self.one_of(Channel::VARIANTS),
            revision: u16::from(self.byte(3)),
        };
        self.envelope(Event::Service(service))
    }

    fn review_and_decisions(&mut self, subject: &Subject) -> Vec<CloudEvent<'static>> {
        let is_default = self.chance_of(3);
        let subject = if self.chance_of(10) { window(subject) } else { subject.clone() };
        // Only a few instants, so that some reviews are simultaneous; one of them in a later month.
        let late = if self.chance_of(5) { 40 * 86_400 } else { u32::from(self.byte(3)) };
        let source = *self.one_of(&SOURCES);
        let first = Review {
            review_id: self.id(),
            revision: 0,
            rated_at: subject.day().begins_at().saturating_add(36_000 + late),
            subject,
            channel: Channel::Hall,
            level: Level::Satisfied,
            is_default,
            follow_up: !is_default && self.chance_of(6),
            tags: ArrayVec::new(),
            text: None,
        };
        let mut events = Vec::new();
        for _ in 0..=self.below(3) {
            let levels = if is_default { &Level::VARIANTS[2..] } else { Level::VARIANTS };
            let level = *self.one_of(levels);
            let review = Review {
                revision: u16::from(self.byte(3)),
                channel: *self.one_of(Channel::VARIANTS),
                level,
                text: (level.is_bad() && self.chance_of(2)).then(|| WORDS.into()),
                ..first.clone()
            };
            let why = review.level.is_bad() && review.text.is_none();
            let tags = if why { tag_of(level).into_iter().collect() } else { ArrayVec::new() };
            events.push(self.of_source(source, Event::Review(Review { tags, ..review })));
        }
        let reviewed_by = source.parse().expect("a source");
        for _ in 0..self.below(4) {
            let disposition = Disposition {
                review: first.reference(reviewed_by),
                revision: u16::from(self.byte(3)),
                action: if self.chance_of(2) { Action::SetAside } else { Action::Restore },
                reason: *self.one_of(Reason::VARIANTS),
                decided_at: EpochSeconds::new(1_710_000_000),
            };
            events.push(self.envelope(Event::Disposition(disposition)));
        }
        events
    }

    fn envelope(&mut self, event: Event<'static>) -> CloudEvent<'static> {
        let source = *self.one_of(&SOURCES);
        self.of_source(source, event)
    }

    fn of_source(&mut self, source: &str, event: Event<'static>) -> CloudEvent<'static> {
        CloudEvent { id: self.id(), source: source.parse().expect("a source"), event }
    }

    fn id(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.chance.next_u64(), self.chance.next_u64())
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> usize {
        usize::try_from(self.chance.next_u64() % end).expect("a small number")
    }

    fn byte(&mut self, end: u64) -> u8 {
        u8::try_from(self.below(end)).expect("a small number")
    }

    /// True once in this many times.
    fn chance_of(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn one_of<'a, T>(&mut self, some: &'a [T]) -> &'a T {
        &some[self.below(some.len() as u64)]
    }
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

/// A tag that belongs to a bad level.
fn tag_of(level: Level) -> Option<Tag> {
    ["108", "207"]
        .into_iter()
        .filter_map(|tag| tag.parse::<Tag>().ok())
        .find(|tag| tag.level() == level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_of_a_history_keeps_the_rules_and_is_the_same_for_a_seed() {
        let events = History::of_seed(3).about(2_000);
        assert_eq!(events, History::of_seed(3).about(2_000));
        assert_ne!(events, History::of_seed(4).about(2_000));
        for event in &events {
            let json = event.to_json();
            let parsed = CloudEvent::parse(&json).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(&parsed, event);
        }
    }

    /// A class that never occurs is never tested.
    #[test]
    fn a_history_has_records_of_every_class() {
        let events = History::of_seed(5).about(1_000);
        let reviews = || {
            events.iter().filter_map(|event| match &event.event {
                Event::Review(review) => Some(review),
                Event::Service(_) | Event::Disposition(_) => None,
            })
        };
        let has = |what: fn(&Review) -> bool| reviews().any(what);
        assert!(has(|review| review.is_default) && has(|review| !review.is_default));
        assert!(has(|review| review.follow_up));
        assert!(has(|review| review.revision == 2));
        assert!(has(|review| matches!(review.subject, Subject::Window { .. })));
        assert!(has(|review| review.months_late() == 2));
        let mut keys: Vec<_> = reviews().map(|review| review.subject.key()).collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert!(keys.len() * 2 < all, "services have rival reviews");
        for action in Action::VARIANTS {
            assert!(events.iter().any(|event| matches!(
                &event.event, Event::Disposition(disposition) if disposition.action == *action
            )));
        }
    }
}
