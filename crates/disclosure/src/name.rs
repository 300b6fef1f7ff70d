//! Names in both languages.

use std::borrow::Cow;

use serde::Serialize;

/// A name in Chinese and, where there is one, in English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Name {
    pub(crate) zh: Cow<'static, str>,
    pub(crate) en: Option<Cow<'static, str>>,
}

impl Name {
    /// Items and departments have no English names.
    pub(crate) fn in_chinese(zh: String) -> Self {
        Self { zh: Cow::Owned(zh), en: None }
    }
}

impl From<(&'static str, &'static str)> for Name {
    fn from((zh, en): (&'static str, &'static str)) -> Self {
        Self { zh: Cow::Borrowed(zh), en: Some(Cow::Borrowed(en)) }
    }
}

/// The name of a province-level unit.
pub(crate) fn of_province(province: domain::Province) -> Name {
    let name = province.county_code().name();
    name.expect("a test of the list of areas finds every unit").into()
}
