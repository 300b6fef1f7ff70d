//! Decides how the subject of a review looks as JSON: one flat object, whose `type` says which
//! other fields it must have.
//!
//! serde's own tagged enums buffer the object before they interpret it, and so lose the location of
//! an error in it.

use crate::adapt::{Present, Whole};
use domain::{AreaCode, ItemCode, PlaceCode, ProjectNo, ServedOn, ServiceNo, Subject, SubjectKind};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DisplayFromStr, serde_as, skip_serializing_none};

#[serde_as]
#[skip_serializing_none]
#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
struct Fields {
    #[serde_as(as = "Present<DisplayFromStr>")]
    r#type: Option<SubjectKind>,
    #[serde_as(as = "Present<DisplayFromStr>")]
    area_code: Option<AreaCode>,
    #[serde_as(as = "Present<DisplayFromStr>")]
    item_code: Option<ItemCode>,
    #[serde_as(as = "Present<DisplayFromStr>")]
    project_no: Option<ProjectNo>,
    #[serde_as(as = "Present<Whole>")]
    service_no: Option<ServiceNo>,
    #[serde_as(as = "Present<DisplayFromStr>")]
    served_on: Option<ServedOn>,
    #[serde_as(as = "Present<DisplayFromStr>")]
    visited_on: Option<ServedOn>,
    #[serde_as(as = "Present<DisplayFromStr>")]
    hall_code: Option<PlaceCode>,
    #[serde_as(as = "Present<DisplayFromStr>")]
    window_code: Option<PlaceCode>,
    #[serde_as(as = "Present<DisplayFromStr>")]
    site_code: Option<PlaceCode>,
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Subject, D::Error> {
    let mut fields = Fields::deserialize(deserializer)?;
    let kind = take(&mut fields.r#type, "type")?;
    let area_code = take(&mut fields.area_code, "area_code")?;
    let subject = match kind {
        SubjectKind::Service => Subject::Service {
            area_code,
            item_code: take(&mut fields.item_code, "item_code")?,
            project_no: take(&mut fields.project_no, "project_no")?,
            service_no: take(&mut fields.service_no, "service_no")?,
            served_on: take(&mut fields.served_on, "served_on")?,
            hall_code: fields.hall_code.take(),
            window_code: fields.window_code.take(),
        },
        SubjectKind::Item => Subject::Item {
            area_code,
            item_code: take(&mut fields.item_code, "item_code")?,
            visited_on: take(&mut fields.visited_on, "visited_on")?,
        },
        SubjectKind::Hall => Subject::Hall {
            area_code,
            hall_code: take(&mut fields.hall_code, "hall_code")?,
            visited_on: take(&mut fields.visited_on, "visited_on")?,
        },
        SubjectKind::Window => Subject::Window {
            area_code,
            hall_code: take(&mut fields.hall_code, "hall_code")?,
            window_code: take(&mut fields.window_code, "window_code")?,
            visited_on: take(&mut fields.visited_on, "visited_on")?,
        },
        SubjectKind::Site => Subject::Site {
            area_code,
            site_code: take(&mut fields.site_code, "site_code")?,
            visited_on: take(&mut fields.visited_on, "visited_on")?,
        },
    };
    match fields.left_over() {
        Some(field) => Err(D::Error::unknown_field(field, &[])),
        None => Ok(subject),
    }
}

fn take<T, E: Error>(field: &mut Option<T>, name: &'static str) -> Result<T, E> {
    field.take().ok_or_else(|| E::missing_field(name))
}

impl Fields {
    /// The first field that this kind of subject does not have.
    fn left_over(&self) -> Option<&'static str> {
        let fields = [
            ("item_code", self.item_code.is_some()),
            ("project_no", self.project_no.is_some()),
            ("service_no", self.service_no.is_some()),
            ("served_on", self.served_on.is_some()),
            ("visited_on", self.visited_on.is_some()),
            ("hall_code", self.hall_code.is_some()),
            ("window_code", self.window_code.is_some()),
            ("site_code", self.site_code.is_some()),
        ];
        fields.into_iter().find_map(|(name, is_there)| is_there.then_some(name))
    }
}

pub(crate) fn serialize<S: Serializer>(
    subject: &Subject,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut fields = Fields {
        r#type: Some(subject.kind()),
        area_code: Some(subject.area_code()),
        item_code: subject.item_code(),
        ..Fields::default()
    };
    match subject {
        Subject::Service { project_no, service_no, served_on, hall_code, window_code, .. } => {
            fields.project_no = Some(*project_no);
            fields.service_no = Some(*service_no);
            fields.served_on = Some(*served_on);
            fields.hall_code = *hall_code;
            fields.window_code = *window_code;
        }
        Subject::Item { visited_on, .. } => fields.visited_on = Some(*visited_on),
        Subject::Hall { hall_code, visited_on, .. } => {
            fields.hall_code = Some(*hall_code);
            fields.visited_on = Some(*visited_on);
        }
        Subject::Window { hall_code, window_code, visited_on, .. } => {
            fields.hall_code = Some(*hall_code);
            fields.window_code = Some(*window_code);
            fields.visited_on = Some(*visited_on);
        }
        Subject::Site { site_code, visited_on, .. } => {
            fields.site_code = Some(*site_code);
            fields.visited_on = Some(*visited_on);
        }
    }
    fields.serialize(serializer)
}
