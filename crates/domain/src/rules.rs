//! The rules that an event must obey beyond the form of its fields.
//!
//! What [`check`] decides never changes. The intake applies it, and the loader applies it again.
//! [`check_arrival`] depends on the clock and [`check_text`] on the version of Unicode, so only the
//! intake applies them: an event that they let pass stays valid.

use std::time::Duration;

use crate::calendar::{EpochSeconds, ServedOn};
use crate::event::{Event, NAME_CHARACTERS_MAX, Review, Service, Subject, TEXT_CHARACTERS_MAX};
use crate::group::MONTHS_LATE_MAX;
use crate::text;

/// How far a source's clock may be ahead of ours.
pub const CLOCK_AHEAD_MAX: Duration = Duration::from_mins(5);

/// A rule that an event breaks. It names the field and never repeats its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {detail}")]
pub struct Violation {
    /// The field's path within the event's data, such as `subject/served_on`.
    pub field: &'static str,
    /// Which element, if the field is a list.
    pub index: Option<usize>,
    /// What is wrong, as the rest of a sentence about the field.
    pub detail: &'static str,
}

impl Violation {
    fn new(field: &'static str, detail: &'static str) -> Self {
        Self { field, index: None, detail }
    }
}

/// Checks everything that does not depend on when the event arrives.
///
/// # Errors
///
/// The first rule that the event breaks.
pub fn check(event: &Event) -> Result<(), Violation> {
    match event {
        Event::Service(service) => check_service(service),
        Event::Review(review) => check_review(review),
        Event::Disposition(disposition)
            if disposition.review.is_default && disposition.review.follow_up =>
        {
            Err(Violation::new(
                "review/follow_up",
                "must be false, since a default review is never a follow-up",
            ))
        }
        Event::Disposition(_) => Ok(()),
    }
}

fn check_service(service: &Service) -> Result<(), Violation> {
    let names = [("item_name", &service.item_name), ("department_name", &service.department_name)];
    for (field, name) in names {
        if name.as_ref().is_some_and(|name| name.contains(char::is_control)) {
            return Err(Violation::new(field, "must not contain control characters"));
        }
        if name.as_ref().is_some_and(|name| {
            name.trim().is_empty() || name.chars().count() > NAME_CHARACTERS_MAX
        }) {
            return Err(Violation::new(field, "must have 1 to 100 characters, not only spaces"));
        }
    }
    Ok(())
}

fn check_review(review: &Review) -> Result<(), Violation> {
    if review.is_default {
        if review.level.is_bad() {
            return Err(Violation::new(
                "level",
                "must not be dissatisfied or very_dissatisfied in a default review",
            ));
        }
        if review.follow_up {
            return Err(Violation::new("follow_up", "must be false in a default review"));
        }
        if !review.tags.is_empty() {
            return Err(Violation::new("tags", "must be absent in a default review"));
        }
        if review.text.is_some() {
            return Err(Violation::new("text", "must be absent in a default review"));
        }
    }
    if review
        .text
        .as_ref()
        .is_some_and(|text| text.trim().is_empty() || text.chars().count() > TEXT_CHARACTERS_MAX)
    {
        return Err(Violation::new("text", "must have 1 to 500 characters, not only spaces"));
    }
    for (index, tag) in review.tags.iter().enumerate() {
        if tag.level() != review.level {
            let detail = "must be a tag of the review's own level";
            return Err(Violation { index: Some(index), ..Violation::new("tags", detail) });
        }
        if review.tags[..index].contains(tag) {
            let detail = "must not repeat an earlier tag";
            return Err(Violation { index: Some(index), ..Violation::new("tags", detail) });
        }
    }
    if review.level.is_bad() && review.tags.is_empty() && review.text.is_none() {
        return Err(Violation::new(
            "tags",
            "must not be empty unless text says why the review is bad",
        ));
    }
    if review.rated_at < review.subject.day().begins_at() {
        return Err(Violation::new(
            "rated_at",
            "must not be before the day of the service or visit",
        ));
    }
    if review.months_late() > i32::from(MONTHS_LATE_MAX) {
        return Err(Violation::new("rated_at", "must be within 15 months of the service or visit"));
    }
    Ok(())
}

/// Checks that names and words are there to be read, and that a page can show names as they are.
///
/// A name is refused with a control or with a change of direction in it: it comes from a list, which
/// somebody can correct. Words that somebody has typed lose them instead
/// ([`text::without_controls`]): nobody can be asked to type them again, and a bad review must not be
/// lost to a character that its writer has never seen.
///
/// # Errors
///
/// The first rule that the event breaks.
pub fn check_text(event: &Event) -> Result<(), Violation> {
    match event {
        Event::Service(service) => {
            check_name("item_name", service.item_name.as_deref())?;
            check_name("department_name", service.department_name.as_deref())
        }
        Event::Review(Review { text: Some(words), .. }) if !words.chars().any(text::is_visible) => {
            Err(Violation::new("text", MUST_BE_VISIBLE))
        }
        Event::Review(_) | Event::Disposition(_) => Ok(()),
    }
}

const MUST_BE_VISIBLE: &str = "must have a character that can be seen";

fn check_name(field: &'static str, name: Option<&str>) -> Result<(), Violation> {
    let Some(name) = name else { return Ok(()) };
    let is_strange = |c| text::changes_direction(c) || text::separates_lines(c);
    if !text::is_plain(name) && name.contains(is_strange) {
        let detail = "must not contain line breaks or characters that change the text's direction";
        return Err(Violation::new(field, detail));
    }
    if !name.chars().any(text::is_visible) {
        return Err(Violation::new(field, MUST_BE_VISIBLE));
    }
    Ok(())
}

/// Checks everything that depends on when the event arrives: nothing lies in the future, and
/// nothing arrives more than `late_max` after its day. A back-dated five-star review could displace
/// a bad one as the earliest, so each account has its own limit.
///
/// # Errors
///
/// The first rule that the event breaks.
pub fn check_arrival(
    event: &Event,
    now: EpochSeconds,
    late_max: Duration,
) -> Result<(), Violation> {
    let ahead = u32::try_from(CLOCK_AHEAD_MAX.as_secs()).expect("five minutes");
    let latest = now.saturating_add(ahead);
    let late = u32::try_from(late_max.as_secs()).unwrap_or(u32::MAX);
    let earliest = now.saturating_sub(late);
    let check_begun = |field, day: ServedOn| {
        if day.begins_at() > latest {
            Err(Violation::new(field, "must not be in the future"))
        } else {
            Ok(())
        }
    };
    let check_day = |field, day: ServedOn| {
        check_begun(field, day)?;
        if day.begins_at().saturating_add(86_400) < earliest {
            Err(Violation::new(field, "must not be further back than this account may post"))
        } else {
            Ok(())
        }
    };
    let check_instant = |field, instant| {
        if instant > latest {
            Err(Violation::new(field, "must not be in the future"))
        } else if instant < earliest {
            Err(Violation::new(field, "must not be further back than this account may post"))
        } else {
            Ok(())
        }
    };
    match event {
        Event::Service(service) => check_day("served_on", service.served_on),
        Event::Review(review) => {
            check_day(
                day_field(&review.subject, "subject/served_on", "subject/visited_on"),
                review.subject.day(),
            )?;
            check_instant("rated_at", review.rated_at)
        }
        Event::Disposition(disposition) => {
            let subject = &disposition.review.subject;
            let (served_on, visited_on) = ("review/subject/served_on", "review/subject/visited_on");
            // The service itself may lie any time back, because appeals take their time.
            check_begun(day_field(subject, served_on, visited_on), subject.day())?;
            check_instant("decided_at", disposition.decided_at)
        }
    }
}

/// The field that holds the day of a subject.
fn day_field(subject: &Subject, served_on: &'static str, visited_on: &'static str) -> &'static str {
    match subject {
        Subject::Service { .. } => served_on,
        Subject::Item { .. }
        | Subject::Hall { .. }
        | Subject::Window { .. }
        | Subject::Site { .. } => visited_on,
    }
}
