//! The three kinds of event: services, reviews and dispositions.

use std::borrow::Cow;

use arrayvec::ArrayVec;
use strum::{Display, EnumString, IntoStaticStr, VariantArray};
use uuid::Uuid;

use crate::area::AreaCode;
use crate::calendar::{EpochSeconds, ServedOn};
use crate::channel::Channel;
use crate::code::{ItemCode, ParseError, PlaceCode, ProjectNo, SourceId};
use crate::level::Level;
use crate::tag::Tag;

/// The largest number of tags on one review.
pub const TAGS_MAX: usize = 8;

/// The largest number of characters in a review's text.
pub const TEXT_CHARACTERS_MAX: usize = 500;

/// The largest number of characters in the name of an item or a department.
pub const NAME_CHARACTERS_MAX: usize = 100;

/// A checked event, as its source sent it. Events are immutable: a correction is another event with
/// a higher revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A department gave somebody a service.
    Service(Service<'a>),
    /// Somebody rated a service, an item, a hall, a window or a site.
    Review(Review<'a>),
    /// An authorised body decided whether a review counts.
    Disposition(Disposition),
}

/// The kinds of event, by the words that topics and tables use.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// [`Service`].
    Service,
    /// [`Review`].
    Review,
    /// [`Disposition`].
    Disposition,
}

/// The version of an event. Among the events about one thing, the highest revision holds.
pub type Revision = u16;

/// The number of a service within its case (服务编号), 1 to 99.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceNo(u8);

impl ServiceNo {
    /// The number.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for ServiceNo {
    type Error = ParseError;

    fn try_from(number: u8) -> Result<Self, ParseError> {
        if (1..=99).contains(&number) {
            Ok(Self(number))
        } else {
            Err(ParseError::new("a number from 1 to 99"))
        }
    }
}

impl From<ServiceNo> for u8 {
    fn from(number: ServiceNo) -> Self {
        number.0
    }
}

/// One contact within a case (办件服务): the unit that is rated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service<'a> {
    /// Where the service was given.
    pub area_code: AreaCode,
    /// What was applied for.
    pub item_code: ItemCode,
    /// The item's name at that time, at most [`NAME_CHARACTERS_MAX`] characters.
    pub item_name: Option<Cow<'a, str>>,
    /// The department's name at that time, at most [`NAME_CHARACTERS_MAX`] characters.
    pub department_name: Option<Cow<'a, str>>,
    /// The case.
    pub project_no: ProjectNo,
    /// The service within the case.
    pub service_no: ServiceNo,
    /// The day in China.
    pub served_on: ServedOn,
    /// The channel through which it was given.
    pub channel: Channel,
    /// See [`Revision`].
    pub revision: Revision,
}

/// What a review is about (评价对象).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A service. Only reviews of services enter the figures of cases.
    Service {
        /// Where the service was given.
        area_code: AreaCode,
        /// What was applied for.
        item_code: ItemCode,
        /// The case.
        project_no: ProjectNo,
        /// The service within the case.
        service_no: ServiceNo,
        /// The day in China.
        served_on: ServedOn,
        /// The hall, if it was given in one.
        hall_code: Option<PlaceCode>,
        /// The window in that hall.
        window_code: Option<PlaceCode>,
    },
    /// The guide to an item (办事指南).
    Item {
        /// The area that offers it.
        area_code: AreaCode,
        /// The item.
        item_code: ItemCode,
        /// The day in China on which the reviewer read it.
        visited_on: ServedOn,
    },
    /// A service hall (政务服务大厅).
    Hall {
        /// The area it lies in.
        area_code: AreaCode,
        /// The hall.
        hall_code: PlaceCode,
        /// The day in China of the visit.
        visited_on: ServedOn,
    },
    /// A window in a hall.
    Window {
        /// The area the hall lies in.
        area_code: AreaCode,
        /// The hall.
        hall_code: PlaceCode,
        /// The window.
        window_code: PlaceCode,
        /// The day in China of the visit.
        visited_on: ServedOn,
    },
    /// A web site or an app as a whole.
    Site {
        /// The area whose site it is.
        area_code: AreaCode,
        /// The site.
        site_code: PlaceCode,
        /// The day in China of the visit.
        visited_on: ServedOn,
    },
}

/// The kinds of [`Subject`], by the words that events and tables use.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = not_a_subject)]
#[repr(u8)]
pub enum SubjectKind {
    /// [`Subject::Service`].
    Service = 1,
    /// [`Subject::Item`].
    Item = 2,
    /// [`Subject::Hall`].
    Hall = 3,
    /// [`Subject::Window`].
    Window = 4,
    /// [`Subject::Site`].
    Site = 5,
}

impl Subject {
    /// Its kind.
    pub fn kind(&self) -> SubjectKind {
        match self {
            Self::Service { .. } => SubjectKind::Service,
            Self::Item { .. } => SubjectKind::Item,
            Self::Hall { .. } => SubjectKind::Hall,
            Self::Window { .. } => SubjectKind::Window,
            Self::Site { .. } => SubjectKind::Site,
        }
    }

    /// The area it lies in.
    pub fn area_code(&self) -> AreaCode {
        match self {
            Self::Service { area_code, .. }
            | Self::Item { area_code, .. }
            | Self::Hall { area_code, .. }
            | Self::Window { area_code, .. }
            | Self::Site { area_code, .. } => *area_code,
        }
    }

    /// The item, for subjects that have one.
    pub fn item_code(&self) -> Option<ItemCode> {
        match self {
            Self::Service { item_code, .. } | Self::Item { item_code, .. } => Some(*item_code),
            Self::Hall { .. } | Self::Window { .. } | Self::Site { .. } => None,
        }
    }

    /// The codes of the hall and the window: those of a service, or the hall, window or site
    /// itself.
    pub fn places(&self) -> (Option<PlaceCode>, Option<PlaceCode>) {
        match self {
            Self::Service { hall_code, window_code, .. } => (*hall_code, *window_code),
            Self::Item { .. } => (None, None),
            Self::Hall { hall_code, .. } => (Some(*hall_code), None),
            Self::Window { hall_code, window_code, .. } => (Some(*hall_code), Some(*window_code)),
            Self::Site { site_code, .. } => (Some(*site_code), None),
        }
    }

    /// The day of the service or of the visit. It decides which month the review belongs to.
    pub fn day(&self) -> ServedOn {
        match self {
            Self::Service { served_on, .. } => *served_on,
            Self::Item { visited_on, .. }
            | Self::Hall { visited_on, .. }
            | Self::Window { visited_on, .. }
            | Self::Site { visited_on, .. } => *visited_on,
        }
    }
}

/// How satisfied somebody was (评价).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review<'a> {
    /// The source's own number of the review.
    pub review_id: Uuid,
    /// See [`Revision`].
    pub revision: Revision,
    /// What it is about.
    pub subject: Subject,
    /// The channel through which it was given.
    pub channel: Channel,
    /// The level.
    pub level: Level,
    /// True if a system wrote it after the user stayed silent (默认评价), false if a person gave it
    /// (主动评价).
    pub is_default: bool,
    /// When it was given.
    pub rated_at: EpochSeconds,
    /// Whether it is the one further review after a bad one was handled (追评). It never counts.
    pub follow_up: bool,
    /// The reasons, as codes.
    pub tags: ArrayVec<Tag, TAGS_MAX>,
    /// The reasons in the reviewer's own words, at most [`TEXT_CHARACTERS_MAX`] characters.
    pub text: Option<Cow<'a, str>>,
}

/// The fields that no revision of a review may change. A disposition names its review by them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewReference {
    /// The review's source.
    pub source: SourceId,
    /// The source's own number of the review.
    pub review_id: Uuid,
    /// What it is about.
    pub subject: Subject,
    /// When it was given.
    pub rated_at: EpochSeconds,
    /// Whether a system wrote it.
    pub is_default: bool,
    /// Whether it is a follow-up.
    pub follow_up: bool,
}

/// A decision on whether a review counts (申诉复核 and the like). The highest revision holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disposition {
    /// The review.
    pub review: ReviewReference,
    /// See [`Revision`].
    pub revision: Revision,
    /// What was decided.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// When.
    pub decided_at: EpochSeconds,
}

/// What a disposition does to a review.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = not_an_action)]
#[repr(u8)]
pub enum Action {
    /// The review does not count.
    SetAside = 1,
    /// The review counts again.
    Restore = 2,
}

/// Why a review was set aside or restored.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = not_a_reason)]
#[repr(u8)]
pub enum Reason {
    /// The publisher does not consider it a valid review (无效评价).
    NotValid = 1,
    /// Given by mistake (误评).
    Mistaken = 2,
    /// A malicious bad review (恶意差评).
    Malicious = 3,
    /// A faked good review (刷好评).
    Fabricated = 4,
    /// Given while a device was being tested.
    Test = 5,
}

fn not_a_subject(_: &str) -> ParseError {
    ParseError::new("service, item, hall, window or site")
}

fn not_an_action(_: &str) -> ParseError {
    ParseError::new("set_aside or restore")
}

fn not_a_reason(_: &str) -> ParseError {
    ParseError::new("one of the reasons not_valid, mistaken, malicious, fabricated and test")
}

impl Event<'_> {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Service(_) => Kind::Service,
            Self::Review(_) => Kind::Review,
            Self::Disposition(_) => Kind::Disposition,
        }
    }

    /// The area it happened in.
    pub fn area_code(&self) -> AreaCode {
        match self {
            Self::Service(service) => service.area_code,
            Self::Review(review) => review.subject.area_code(),
            Self::Disposition(disposition) => disposition.review.subject.area_code(),
        }
    }
}
