//! Names in both languages.

use std::borrow::Cow;

use domain::CountyCode;
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

    /// What the bodies of a province or a city serve themselves (本级), apart from the areas within it.
    pub(crate) fn of_own_bodies(self, place: CountyCode) -> Self {
        let is_province = place == place.province().county_code();
        let bodies = if is_province { "province-level bodies" } else { "city-level bodies" };
        Self {
            zh: format!("{}本级", self.zh).into(),
            en: self.en.map(|en| format!("{en}, {bodies}").into()),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_place_serves_itself_has_a_name_of_its_own() {
        let name = |code: &str| {
            let code: CountyCode = code.parse().expect("an area");
            Name::from(code.name().expect("it is in the list")).of_own_bodies(code)
        };
        let city = ("广州市本级", "Guangzhou, city-level bodies");
        let province = ("广东省本级", "Guangdong, province-level bodies");
        assert_eq!((name("440100"), name("440000")), (city.into(), province.into()));
    }
}
