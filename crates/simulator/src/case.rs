//! Draws everything about a case and about each of its services.

use std::fmt::Write;

use arrayvec::ArrayString;
use domain::{Channel, Level, ProjectNo};

use crate::chance::{Chance, mix};
use crate::items::Item;
use crate::places::Area;
use crate::plan::Plan;
use crate::table::{Fate, Planned};
use crate::times::{self, Moment};

/// How often in a thousand the simulator does something that must not change a figure.
mod per_mille {
    /// Services that are sent with an error and corrected by a revision.
    pub(super) const SERVICE_CORRECTED: u64 = 3;
    /// Reviews that are sent with another level and corrected by a revision.
    pub(super) const REVIEW_REVISED: u64 = 3;
    /// Reviewed services that are reviewed again through another channel.
    pub(super) const REVIEWED_TWICE: u64 = 4;
    /// Bad reviews that are followed by another after they were handled.
    pub(super) const FOLLOWED_UP: u64 = 400;
    /// Reviews that are set aside by mistake and restored.
    pub(super) const RESTORED: u64 = 1;
    /// Reviews that are posted so late that the decision to set them aside arrives first.
    pub(super) const DECIDED_EARLY: u64 = 30;
}

/// A case: its number and when it begins. Cases are numbered in order of time.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) number: u64,
    pub(crate) rank: u64,
    pub(crate) begun: Moment,
}

/// What all services of a case have in common.
pub(crate) struct Matter<'p> {
    pub(crate) area: &'p Area,
    pub(crate) item: &'p Item,
    pub(crate) project_no: ProjectNo,
}

/// A service of a case: its fate, and when the events about it are due.
pub(crate) struct Served {
    /// Its number among all services of the plan.
    pub(crate) number: u64,
    /// The number of earlier services of its case.
    pub(crate) round: u8,
    pub(crate) channel: Channel,
    /// The day of the month, from zero.
    pub(crate) day: usize,
    pub(crate) posted_at: u32,
    pub(crate) is_corrected: bool,
    pub(crate) reviewed: Option<Reviewed>,
}

/// The review of a service.
pub(crate) struct Reviewed {
    pub(crate) planned: Planned,
    pub(crate) rated_at: u32,
    pub(crate) posted_at: u32,
    pub(crate) is_revised: bool,
    pub(crate) is_reviewed_twice: bool,
    pub(crate) is_followed_up: bool,
    pub(crate) decision: Option<Decision>,
}

/// A decision that sets a review aside.
pub(crate) struct Decision {
    pub(crate) decided_at: u32,
    pub(crate) posted_at: u32,
    /// Whether a second one restores the review.
    pub(crate) is_withdrawn: bool,
}

impl Plan {
    /// The case with this number.
    pub(crate) fn case(&self, number: u64) -> Case {
        Case { number, rank: self.shuffles.ranks.at(number), begun: self.days.moment(number) }
    }

    /// What all services of a case have in common.
    pub(crate) fn matter(&self, case: &Case) -> Matter<'_> {
        let mut chance = Chance::about(self.keys.case, case.number);
        let area = self.places.pick(&mut chance);
        let (first_channel, _, _) = self.channel(self.rounds.number(case.rank, 0));
        let item = self.items.pick(first_channel.group(), &mut chance);
        Matter { area, item, project_no: self.project_no(case, area) }
    }

    /// The number of a case (办件编号): area, day and a serial in Crockford's base 32. The serial is a
    /// bijection of the case's number, so no two cases share one; it is neither a count nor
    /// anybody's real number.
    fn project_no(&self, case: &Case, area: &Area) -> ProjectNo {
        const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let date = self.days.served_on(case.begun.day).date();
        let mut text = ArrayString::<64>::new();
        let year = date.year().rem_euclid(100);
        write!(text, "{}-{year:02}{:02}{:02}-", area.county, date.month(), date.day())
            .expect("sixteen characters");
        // Two rounds of a Feistel network over the 40 bits of a case's number.
        let (mut high, mut low) = (case.number >> 20, case.number & 0xf_ffff);
        for _ in 0..2 {
            high ^= mix(self.keys.project_no ^ low) >> 44;
            low ^= mix(self.keys.project_no ^ high << 20) >> 44;
        }
        let serial = high << 20 | low;
        for digit in (0..8).rev() {
            let index = usize::try_from(serial >> (5 * digit) & 31).expect("five bits");
            text.push(char::from(DIGITS[index]));
        }
        text.parse().expect("digits, capital letters and hyphens")
    }

    /// The channel of a service, its review, and the draws that follow.
    fn channel(&self, service: u64) -> (Channel, Option<Planned>, Chance) {
        let mut chance = Chance::about(self.keys.service, service);
        let planned = self.table.review(self.shuffles.reviews.at(service));
        let channel = match &planned {
            Some(planned) => planned.channel,
            None => self.channels.0[self.channels.1.pick(&mut chance)],
        };
        (served_by(channel, &mut chance), planned, chance)
    }

    /// A service of a case.
    pub(crate) fn served(&self, case: &Case, round: u8) -> Served {
        let number = self.rounds.number(case.rank, round);
        let (channel, planned, mut chance) = self.channel(number);
        let (day, served_at) = self.days.service(case.begun, round, channel, &mut chance);
        let posted_at = served_at + times::posting_delay(&mut chance);
        let is_corrected = chance.per_mille(per_mille::SERVICE_CORRECTED);
        let reviewed = planned.map(|planned| self.reviewed(planned, day, served_at, &mut chance));
        Served { number, round, channel, day, posted_at, is_corrected, reviewed }
    }

    fn reviewed(
        &self,
        planned: Planned,
        day: usize,
        served_at: u32,
        chance: &mut Chance,
    ) -> Reviewed {
        let (level, is_default) = match planned.fate {
            Fate::SetAside => (None, false),
            Fate::Counted { level, is_default } => (Some(level), is_default),
        };
        let rated_at = if is_default {
            self.days.midnight(day, 0) + times::default_review(chance)
        } else {
            served_at + times::review_delay(planned.channel, chance)
        };
        let mut posted_at = rated_at + times::posting_delay(chance);
        if planned.channel == Channel::Paper {
            posted_at += chance.within(times::DAY..=4 * times::DAY); // typed in later
        }
        let is_counted_by_a_person = level.is_some() && !is_default;
        let is_withdrawn = level.is_some() && chance.per_mille(per_mille::RESTORED);
        let is_decided = level.is_none() || is_withdrawn;
        let decision = is_decided.then(|| decision(rated_at, posted_at, is_withdrawn, chance));
        if decision.is_some() && chance.per_mille(per_mille::DECIDED_EARLY) {
            let decision_posted_at = decision.as_ref().map_or(0, |decision| decision.posted_at);
            posted_at = posted_at.max(decision_posted_at + chance.within(1..=times::HOUR));
        }
        Reviewed {
            planned,
            rated_at,
            posted_at,
            // A review that is set aside is sent once, because it counts as set aside under its
            // channel.
            is_revised: is_counted_by_a_person && chance.per_mille(per_mille::REVIEW_REVISED),
            // A second review by a person would replace a default one, or one that is set aside.
            is_reviewed_twice: is_counted_by_a_person
                && chance.per_mille(per_mille::REVIEWED_TWICE),
            is_followed_up: level.is_some_and(Level::is_bad)
                && chance.per_mille(per_mille::FOLLOWED_UP),
            decision,
        }
    }
}

fn decision(rated_at: u32, posted_at: u32, is_withdrawn: bool, chance: &mut Chance) -> Decision {
    let decided_at = rated_at + chance.within(2 * times::HOUR..=9 * times::DAY);
    let posted_at = decided_at.max(posted_at) + times::posting_delay(chance);
    Decision { decided_at, posted_at, is_withdrawn }
}

/// The channel of a service whose review comes through the given channel.
fn served_by(review: Channel, chance: &mut Chance) -> Channel {
    match review {
        Channel::Sms => *chance.one_of(&[Channel::Hall, Channel::Hall, Channel::PcPortal]),
        Channel::PrintedCode | Channel::Paper => Channel::Hall,
        Channel::PcPortal
        | Channel::GovernmentApp
        | Channel::BusinessApp
        | Channel::MiniProgram
        | Channel::Hotline12345
        | Channel::Hall
        | Channel::SelfServiceMachine => review,
    }
}
