//! Decides how the data of each kind of event, whose types are in `domain`, looks as JSON.
//!
//! Each `…Fields` describes a type of `domain` to serde, field by field and under the same names.
//! The order of the fields is that of the canonical form, so it must never change.

use std::borrow::Cow;

use arrayvec::ArrayVec;
use domain::event::TAGS_MAX;
use domain::{
    Action, AreaCode, Channel, Disposition, EpochSeconds, Event, ItemCode, Level, ProjectNo,
    Reason, Review, ReviewReference, Revision, ServedOn, Service, ServiceNo, SourceId, Subject,
    Tag,
};
use serde::{Deserialize, Serialize, Serializer};
use serde_with::{BorrowCow, DisplayFromStr, serde_as};
use uuid::Uuid;

use crate::adapt::{Hyphenated, Present, Whole};
use crate::{subject, tags};

#[derive(Deserialize)]
pub(crate) struct ServiceData<'a>(#[serde(borrow, with = "ServiceFields")] pub(crate) Service<'a>);

#[derive(Deserialize)]
pub(crate) struct ReviewData<'a>(#[serde(borrow, with = "ReviewFields")] pub(crate) Review<'a>);

#[derive(Deserialize)]
pub(crate) struct DispositionData(#[serde(with = "DispositionFields")] pub(crate) Disposition);

/// The data of any event, for serialising.
pub(crate) struct DataOf<'r, 'a>(pub(crate) &'r Event<'a>);

impl Serialize for DataOf<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Event::Service(service) => ServiceFields::serialize(service, serializer),
            Event::Review(review) => ReviewFields::serialize(review, serializer),
            Event::Disposition(disposition) => {
                DispositionFields::serialize(disposition, serializer)
            }
        }
    }
}

#[serde_as]
#[derive(Deserialize, Serialize)]
#[serde(remote = "Service", deny_unknown_fields)]
struct ServiceFields<'a> {
    #[serde_as(as = "DisplayFromStr")]
    area_code: AreaCode,
    #[serde_as(as = "DisplayFromStr")]
    item_code: ItemCode,
    #[serde_as(as = "Present<BorrowCow>")]
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    item_name: Option<Cow<'a, str>>,
    #[serde_as(as = "Present<BorrowCow>")]
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    department_name: Option<Cow<'a, str>>,
    #[serde_as(as = "DisplayFromStr")]
    project_no: ProjectNo,
    #[serde_as(as = "Whole")]
    service_no: ServiceNo,
    #[serde_as(as = "DisplayFromStr")]
    served_on: ServedOn,
    #[serde_as(as = "DisplayFromStr")]
    channel: Channel,
    #[serde_as(as = "Whole")]
    #[serde(default, skip_serializing_if = "is_default")]
    revision: Revision,
}

#[serde_as]
#[derive(Deserialize, Serialize)]
#[serde(remote = "Review", deny_unknown_fields)]
struct ReviewFields<'a> {
    #[serde_as(as = "Hyphenated")]
    review_id: Uuid,
    #[serde_as(as = "Whole")]
    #[serde(default, skip_serializing_if = "is_default")]
    revision: Revision,
    #[serde(with = "subject")]
    subject: Subject,
    #[serde_as(as = "DisplayFromStr")]
    channel: Channel,
    #[serde_as(as = "DisplayFromStr")]
    level: Level,
    #[serde(default, skip_serializing_if = "is_default")]
    is_default: bool,
    #[serde_as(as = "DisplayFromStr")]
    rated_at: EpochSeconds,
    #[serde(default, skip_serializing_if = "is_default")]
    follow_up: bool,
    #[serde(default, with = "tags", skip_serializing_if = "ArrayVec::is_empty")]
    tags: ArrayVec<Tag, TAGS_MAX>,
    #[serde_as(as = "Present<BorrowCow>")]
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    text: Option<Cow<'a, str>>,
}

#[serde_as]
#[derive(Deserialize, Serialize)]
#[serde(remote = "Disposition", deny_unknown_fields)]
struct DispositionFields {
    #[serde(with = "ReviewReferenceFields")]
    review: ReviewReference,
    #[serde_as(as = "Whole")]
    #[serde(default, skip_serializing_if = "is_default")]
    revision: Revision,
    #[serde_as(as = "DisplayFromStr")]
    action: Action,
    #[serde_as(as = "DisplayFromStr")]
    reason: Reason,
    #[serde_as(as = "DisplayFromStr")]
    decided_at: EpochSeconds,
}

#[serde_as]
#[derive(Deserialize, Serialize)]
#[serde(remote = "ReviewReference", deny_unknown_fields)]
struct ReviewReferenceFields {
    #[serde_as(as = "DisplayFromStr")]
    source: SourceId,
    #[serde_as(as = "Hyphenated")]
    review_id: Uuid,
    #[serde(with = "subject")]
    subject: Subject,
    #[serde_as(as = "DisplayFromStr")]
    rated_at: EpochSeconds,
    #[serde(default, skip_serializing_if = "is_default")]
    is_default: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    follow_up: bool,
}

/// Whether a field has the value that leaving it out means.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
