//! Builds the events: the full event of each facet of a service.

use std::borrow::Cow;

use domain::{
    Action, Channel, ChannelGroup, Disposition, EpochSeconds, Event, Level, Reason, Review,
    ReviewReference, Service, Subject,
};
use uuid::{Builder, Uuid};
use wire::CloudEvent;

use crate::case::{Case, Matter, Reviewed, Served};
use crate::chance::{Chance, mix};
use crate::facet::Facet;
use crate::plan::Plan;
use crate::table::Fate;
use crate::times::{DAY, HOUR, MINUTE};
use crate::words::{self, Tags};

/// Distinguishes the reviews of one service, for their ids.
#[derive(Clone, Copy)]
enum Which {
    First,
    Second,
    FollowUp,
}

/// Levels of reviews whose level is in no figure: second reviews, and reviews that are set aside.
const ANY_LEVEL: [Level; 12] = [
    Level::VerySatisfied,
    Level::VerySatisfied,
    Level::VerySatisfied,
    Level::VerySatisfied,
    Level::VerySatisfied,
    Level::VerySatisfied,
    Level::VerySatisfied,
    Level::Satisfied,
    Level::Satisfied,
    Level::BasicallySatisfied,
    Level::Dissatisfied,
    Level::VeryDissatisfied,
];

/// Levels of follow-up reviews, after a bad review was handled.
const AFTERWARDS: [Level; 6] = [
    Level::VerySatisfied,
    Level::VerySatisfied,
    Level::Satisfied,
    Level::Satisfied,
    Level::BasicallySatisfied,
    Level::Dissatisfied,
];

impl Plan {
    /// The event of a facet. It depends on nothing else, so it is byte for byte the same whenever
    /// it is built.
    pub(crate) fn event(&self, case: &Case, served: &Served, facet: Facet) -> CloudEvent<'static> {
        let number = Self::event_number(served.number, facet);
        let mut chance = Chance::about(self.keys.event, number);
        let matter = self.matter(case);
        let reviewed = || served.reviewed.as_ref().expect("other facets are of reviewed services");
        let event = match facet {
            Facet::Service | Facet::ServiceBefore => {
                Event::Service(self.service(&matter, served, facet))
            }
            Facet::Review => Event::Review(self.review(&matter, served, reviewed(), &mut chance)),
            Facet::ReviewBefore => {
                Event::Review(self.review_before(&matter, served, reviewed(), &mut chance))
            }
            Facet::SecondReview => {
                Event::Review(self.second_review(&matter, served, reviewed(), &mut chance))
            }
            Facet::FollowUp => {
                Event::Review(self.follow_up(&matter, served, reviewed(), &mut chance))
            }
            Facet::SetAside | Facet::Restored => {
                Event::Disposition(self.disposition(&matter, served, reviewed(), facet))
            }
        };
        CloudEvent { id: identifier(self.keys.event_id, number), source: self.source, event }
    }

    fn service(&self, matter: &Matter, served: &Served, facet: Facet) -> Service<'static> {
        let is_before = facet == Facet::ServiceBefore;
        // The correction adds the name of the item, which was missing at first.
        let name = (!is_before).then_some(Cow::Borrowed(matter.item.name));
        Service {
            area_code: matter.area.code,
            item_code: matter.item.code,
            item_name: name,
            department_name: Some(Cow::Borrowed(matter.item.department)),
            project_no: matter.project_no,
            service_no: (served.round + 1).try_into().expect("at most 99 rounds"),
            served_on: self.days.served_on(served.day),
            channel: served.channel,
            revision: u16::from(served.is_corrected && !is_before),
        }
    }

    /// The service as the subject of a review. Its hall and window are the same for all its
    /// reviews.
    fn subject(&self, matter: &Matter, served: &Served) -> Subject {
        let mut chance = Chance::about(self.keys.event, !served.number);
        let (hall_code, window_code) = match (served.channel.group(), served.channel) {
            (ChannelGroup::Online, _) => (None, None),
            (ChannelGroup::Offline, Channel::SelfServiceMachine) => {
                let (hall, machine) = self.places.machine(matter.area, &mut chance);
                (Some(hall), Some(machine))
            }
            (ChannelGroup::Offline, _) => {
                let (hall, window) = self.places.window(matter.area, &mut chance);
                (Some(hall), Some(window))
            }
        };
        Subject::Service {
            area_code: matter.area.code,
            item_code: matter.item.code,
            project_no: matter.project_no,
            service_no: (served.round + 1).try_into().expect("at most 99 rounds"),
            served_on: self.days.served_on(served.day),
            hall_code,
            window_code,
        }
    }

    fn review(
        &self,
        matter: &Matter,
        served: &Served,
        reviewed: &Reviewed,
        chance: &mut Chance,
    ) -> Review<'static> {
        let (level, is_default, tags) = match reviewed.planned.fate {
            Fate::Counted { level, is_default: true } => (level, true, Tags::new()),
            Fate::Counted { level, is_default: false } => {
                (level, false, self.words.tags(level, reviewed.planned.ordinal, chance))
            }
            Fate::SetAside => {
                let level = *chance.one_of(&ANY_LEVEL);
                (level, false, words::any_tags(level, chance))
            }
        };
        let text = if is_default { None } else { words::complaint(level, chance) };
        Review {
            review_id: self.review_id(served, Which::First),
            revision: u16::from(reviewed.is_revised),
            subject: self.subject(matter, served),
            channel: reviewed.planned.channel,
            level,
            is_default,
            rated_at: EpochSeconds::new(reviewed.rated_at),
            follow_up: false,
            tags,
            text: text.map(Cow::Borrowed),
        }
    }

    /// The review before its revision, with another level and sometimes another channel.
    fn review_before(
        &self,
        matter: &Matter,
        served: &Served,
        reviewed: &Reviewed,
        chance: &mut Chance,
    ) -> Review<'static> {
        let mut review = self.review(matter, served, reviewed, chance);
        review.revision = 0;
        review.level = *chance.one_of(&ANY_LEVEL);
        review.tags = words::any_tags(review.level, chance);
        review.text = words::complaint(review.level, chance).map(Cow::Borrowed);
        if chance.per_mille(300) {
            review.channel = self.channels.0[self.channels.1.pick(chance)];
        }
        review
    }

    /// A review that does not count because it is later: by a person through another channel, or by
    /// a system that did not know of the first.
    fn second_review(
        &self,
        matter: &Matter,
        served: &Served,
        reviewed: &Reviewed,
        chance: &mut Chance,
    ) -> Review<'static> {
        let mut review = self.review(matter, served, reviewed, chance);
        review.review_id = self.review_id(served, Which::Second);
        review.revision = 0;
        review.is_default = chance.per_mille(300);
        if review.is_default {
            review.level = Level::BasicallySatisfied;
            review.tags = Tags::new();
            review.text = None;
        } else {
            review.channel = self.channels.0[self.channels.1.pick(chance)];
            review.level = *chance.one_of(&ANY_LEVEL);
            review.tags = words::any_tags(review.level, chance);
            review.text = words::complaint(review.level, chance).map(Cow::Borrowed);
            review.rated_at = review.rated_at.saturating_add(chance.within(MINUTE..=HOUR));
        }
        review
    }

    fn follow_up(
        &self,
        matter: &Matter,
        served: &Served,
        reviewed: &Reviewed,
        chance: &mut Chance,
    ) -> Review<'static> {
        let mut review = self.review(matter, served, reviewed, chance);
        review.review_id = self.review_id(served, Which::FollowUp);
        review.revision = 0;
        review.follow_up = true;
        review.level = *chance.one_of(&AFTERWARDS);
        review.tags = words::any_tags(review.level, chance);
        review.text = words::afterwards(review.level, chance).map(Cow::Borrowed);
        review.rated_at = review.rated_at.saturating_add(chance.within(3 * DAY..=12 * DAY));
        review
    }

    fn disposition(
        &self,
        matter: &Matter,
        served: &Served,
        reviewed: &Reviewed,
        facet: Facet,
    ) -> Disposition {
        let decision = reviewed.decision.as_ref().expect("a disposition is due for a decision");
        let is_restored = facet == Facet::Restored;
        Disposition {
            review: ReviewReference {
                source: self.source,
                review_id: self.review_id(served, Which::First),
                subject: self.subject(matter, served),
                rated_at: EpochSeconds::new(reviewed.rated_at),
                is_default: matches!(reviewed.planned.fate, Fate::Counted { is_default: true, .. }),
                follow_up: false,
            },
            revision: u16::from(is_restored),
            action: if is_restored { Action::Restore } else { Action::SetAside },
            reason: if decision.is_withdrawn { Reason::Mistaken } else { Reason::NotValid },
            decided_at: EpochSeconds::new(decision.decided_at + if is_restored { DAY } else { 0 }),
        }
    }

    fn review_id(&self, served: &Served, which: Which) -> Uuid {
        identifier(self.keys.review_id, served.number * 4 + which as u64)
    }
}

/// A UUID of version 8: two bijections of a number under two keys. Two different numbers could only
/// collide through the six bits of version and variant.
fn identifier(keys: [u64; 2], number: u64) -> Uuid {
    let [high, low] = keys.map(|key| mix(key ^ mix(number)));
    let bits = u128::from(high) << 64 | u128::from(low);
    Builder::from_custom_bytes(bits.to_be_bytes()).into_uuid()
}
