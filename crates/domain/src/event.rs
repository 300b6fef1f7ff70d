//! What is accepted: services, reviews and dispositions.

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

/// The most tags that one review can have.
pub const TAGS_MAX: usize = 8;

/// The most characters of a review's words.
pub const TEXT_CHARACTERS_MAX: usize = 500;

/// The most characters of the name of an item or a department.
pub const NAME_CHARACTERS_MAX: usize = 100;

/// An event as its source gave it, checked. Events are immutable: a correction is another event
/// with a higher revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// Something was done for somebody.
    Service(Service<'a>),
    /// Somebody said how it was.
    Review(Review<'a>),
    /// Somebody who may decided whether a review counts.
    Disposition(Disposition),
}

/// The kinds of events, by the words that topics and tables use.
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

/// Of the events about one thing the highest revision speaks for it.
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
    /// Where it was given.
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
    /// The channel by which it was given.
    pub channel: Channel,
    /// See [`Revision`].
    pub revision: Revision,
}

/// What a review is about (评价对象).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A service. Only these enter the figures of cases.
    Service {
        /// Where it was given.
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
        /// Where it is offered.
        area_code: AreaCode,
        /// The item.
        item_code: ItemCode,
        /// The day in China on which it was read.
        visited_on: ServedOn,
    },
    /// A service hall (政务服务大厅).
    Hall {
        /// Where it lies.
        area_code: AreaCode,
        /// The hall.
        hall_code: PlaceCode,
        /// The day in China of the visit.
        visited_on: ServedOn,
    },
    /// A window in a hall.
    Window {
        /// Where the hall lies.
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
        /// Whose site it is.
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
    /// Which kind it is.
    pub fn kind(&self) -> SubjectKind {
        match self {
            Self::Service { .. } => SubjectKind::Service,
            Self::Item { .. } => SubjectKind::Item,
            Self::Hall { .. } => SubjectKind::Hall,
            Self::Window { .. } => SubjectKind::Window,
            Self::Site { .. } => SubjectKind::Site,
        }
    }

    /// Where it lies.
    pub fn area_code(&self) -> AreaCode {
        match self {
            Self::Service { area_code, .. }
            | Self::Item { area_code, .. }
            | Self::Hall { area_code, .. }
            | Self::Window { area_code, .. }
            | Self::Site { area_code, .. } => *area_code,
        }
    }

    /// The item, where there is one.
    pub fn item_code(&self) -> Option<ItemCode> {
        match self {
            Self::Service { item_code, .. } | Self::Item { item_code, .. } => Some(*item_code),
            Self::Hall { .. } | Self::Window { .. } | Self::Site { .. } => None,
        }
    }

    /// The place: hall and window of a service, or the hall, window or site itself.
    pub fn places(&self) -> (Option<PlaceCode>, Option<PlaceCode>) {
        match self {
            Self::Service { hall_code, window_code, .. } => (*hall_code, *window_code),
            Self::Item { .. } => (None, None),
            Self::Hall { hall_code, .. } => (Some(*hall_code), None),
            Self::Window { hall_code, window_code, .. } => (Some(*hall_code), Some(*window_code)),
            Self::Site { site_code, .. } => (Some(*site_code), None),
        }
    }

    /// The day that decides in which month the review lies: of the service, or of the visit.
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
    /// The channel by which it was given.
    pub channel: Channel,
    /// The level.
    pub level: Level,
    /// Whether a system wrote it after silence (默认评价) and not a person (主动评价).
    pub is_default: bool,
    /// When it was given.
    pub rated_at: EpochSeconds,
    /// Whether it is the one further review after a bad one was handled (追评). It never counts.
    pub follow_up: bool,
    /// Why, by code.
    pub tags: ArrayVec<Tag, TAGS_MAX>,
    /// Why, in words; at most [`TEXT_CHARACTERS_MAX`] characters.
    pub text: Option<Cow<'a, str>>,
}

/// What no revision of a review may change: by it a disposition names a review.
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

/// The decision whether a review counts (申诉复核 and the like). The highest revision holds.
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
    /// It does not count.
    SetAside = 1,
    /// It counts again.
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
    /// The publisher does not call it a valid review (无效评价).
    NotValid = 1,
    /// Given by mistake (误评).
    Mistaken = 2,
    /// A malicious bad review (恶意差评).
    Malicious = 3,
    /// A faked good review (刷好评).
    Fabricated = 4,
    /// Given while a device was tried.
    Test = 5,
}

fn not_a_subject(_: &str) -> ParseError {
    ParseError::new("service, item, hall, window or site")
}

fn not_an_action(_: &str) -> ParseError {
    ParseError::new("set_aside or restore")
}

fn not_a_reason(_: &str) -> ParseError {
    ParseError::new("a reason, such as mistaken or not_valid")
}

impl Event<'_> {
    /// Which kind it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Service(_) => Kind::Service,
            Self::Review(_) => Kind::Review,
            Self::Disposition(_) => Kind::Disposition,
        }
    }

    /// Where it happened.
    pub fn area_code(&self) -> AreaCode {
        match self {
            Self::Service(service) => service.area_code,
            Self::Review(review) => review.subject.area_code(),
            Self::Disposition(disposition) => disposition.review.subject.area_code(),
        }
    }
}
