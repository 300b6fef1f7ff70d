//! Parses the parameters in the path and in the query. A problem names the parameter and never
//! repeats its value.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Path, Query};
use domain::{CountyCode, Month, Province};
use http::Uri;
use http::request::Parts;

use crate::extension::Extension;
use crate::problem::{Kind, Problem};
use crate::resource::{Extent, ROWS_DEFAULT, RowRange};

/// The variable parts of a path.
#[derive(Debug)]
pub(crate) struct PathValues(HashMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for PathValues {
    type Rejection = Infallible;

    /// Bytes that are no text are no code of anything either: they are found missing.
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let values = Path::from_request_parts(parts, state).await;
        Ok(Self(values.map(|Path(values)| values).unwrap_or_default()))
    }
}

impl PathValues {
    /// The province of `{code}`.
    pub(crate) fn province(&self) -> Result<Province, Problem> {
        self.read("code").map_err(|()| {
            let detail = "The code belongs to none of the 32 province-level units. See the list of provinces.";
            Problem::new(Kind::UnknownProvince, detail)
        })
    }

    /// The province and the month of `{month}`.
    pub(crate) fn month(&self) -> Result<(Province, Month), Problem> {
        let province = self.province()?;
        let month = self.read("month").map_err(|()| {
            let detail = "Write the month as yyyy-mm, such as 2023-07. The first month is 2019-12.";
            Problem::new(Kind::MalformedMonth, detail)
        })?;
        Ok((province, month))
    }

    /// The same without the extension of the month, and the extension.
    pub(crate) fn split_month(mut self) -> (Self, Option<Extension>) {
        let Some(month) = self.0.get_mut("month") else { return (self, None) };
        let (month_only, extension) = Extension::split(month);
        *month = month_only.to_owned();
        (self, extension)
    }

    fn read<T: FromStr>(&self, name: &str) -> Result<T, ()> {
        self.0.get(name).and_then(|value| value.parse().ok()).ok_or(())
    }
}

/// The parameters of a query that were not taken yet.
#[derive(Debug)]
pub(crate) struct Parameters {
    given: Vec<(String, String)>,
    known: Vec<&'static str>,
}

impl Parameters {
    pub(crate) fn of(uri: &Uri) -> Result<Self, Problem> {
        let given = Query::try_from_uri(uri).map_err(|_| {
            Problem::new(Kind::MalformedParameter, "The query string cannot be parsed.")
        })?;
        Ok(Self { given: given.0, known: Vec::new() })
    }

    /// A parameter as it was written, if it was given.
    fn take(&mut self, name: &'static str) -> Result<Option<String>, Problem> {
        self.known.push(name);
        let Some(index) = self.given.iter().position(|(given, _)| given == name) else {
            return Ok(None);
        };
        let (_, value) = self.given.swap_remove(index);
        if self.given.iter().any(|(given, _)| given == name) {
            return Err(malformed(name, "is given more than once"));
        }
        Ok(Some(value))
    }

    /// A parameter, if it was given.
    pub(crate) fn read<T>(&mut self, name: &'static str) -> Result<Option<T>, Problem>
    where
        T: FromStr<Err: Display>,
    {
        let value = self.take(name)?.map(|value| value.parse());
        value.transpose().map_err(|error| malformed(name, &format!("is malformed: {error}")))
    }

    /// An area, which must lie in the province.
    pub(crate) fn area(
        &mut self,
        name: &'static str,
        province: Province,
    ) -> Result<Option<CountyCode>, Problem> {
        let area: Option<CountyCode> = self.read(name)?;
        match area {
            Some(area) if area.province() != province => {
                Err(malformed(name, "must lie in the province"))
            }
            area => Ok(area),
        }
    }

    /// `limit` and `offset`.
    pub(crate) fn extent(&mut self) -> Result<Extent, Problem> {
        let limit = self.number("limit", 1..=RowRange::LIMIT_MAX)?;
        let offset = self.number("offset", 0..=u32::MAX)?;
        if limit.is_none() && offset.is_none() {
            return Ok(Extent::Unsaid);
        }
        let (limit, offset) = (limit.unwrap_or(ROWS_DEFAULT), offset.unwrap_or(0));
        Ok(Extent::Page(RowRange { limit, offset }))
    }

    /// `0` or `1`, if it was given.
    pub(crate) fn switch(&mut self, name: &'static str) -> Result<Option<bool>, Problem> {
        Ok(self.number(name, 0..=1)?.map(|number| number == 1))
    }

    fn number(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u32>,
    ) -> Result<Option<u32>, Problem> {
        let Some(value) = self.take(name)? else { return Ok(None) };
        let number = value.parse().ok().filter(|number| range.contains(number));
        let (least, most) = range.into_inner();
        let error = || malformed(name, &format!("must be a number from {least} to {most}"));
        number.ok_or_else(error).map(Some)
    }

    /// Refuses what was not taken.
    pub(crate) fn end(self) -> Result<(), Problem> {
        if self.given.is_empty() {
            return Ok(());
        }
        let known = self.known.join(", ");
        let detail = format!("This address takes only these parameters: {known}.");
        Err(Problem::new(Kind::UnknownParameter, detail))
    }
}

/// A parameter with a value that it cannot have.
pub(crate) fn malformed(name: &str, what_is_wrong: &str) -> Problem {
    let detail = format!("The parameter {name} {what_is_wrong}.");
    Problem::new(Kind::MalformedParameter, detail)
}
