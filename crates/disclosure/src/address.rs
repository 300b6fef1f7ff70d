//! Parses URLs into requests. The API and the pages have the same URLs, so they parse them with the
//! same functions.

use strum::EnumString;

use crate::params::{Parameters, PathValues, malformed};
use crate::problem::Problem;
use crate::resource::{Breakdown, LedgerBreakdown, Resource};

/// Reads an address: its path, and those parameters that say what is asked for.
pub(crate) type Read = fn(&PathValues, &mut Parameters) -> Result<Resource, Problem>;

#[expect(clippy::unnecessary_wraps, reason = "it is one of the functions that read addresses")]
pub(crate) fn provinces(_: &PathValues, _: &mut Parameters) -> Result<Resource, Problem> {
    Ok(Resource::Provinces)
}

#[expect(clippy::unnecessary_wraps, reason = "it is one of the functions that read addresses")]
pub(crate) fn metrics(_: &PathValues, _: &mut Parameters) -> Result<Resource, Problem> {
    Ok(Resource::Metrics)
}

pub(crate) fn months(path: &PathValues, _: &mut Parameters) -> Result<Resource, Problem> {
    path.province().map(Resource::Months)
}

pub(crate) fn figures(path: &PathValues, _: &mut Parameters) -> Result<Resource, Problem> {
    path.month().map(|(province, month)| Resource::Figures(province, month))
}

pub(crate) fn areas(path: &PathValues, parameters: &mut Parameters) -> Result<Resource, Problem> {
    let (province, month) = path.month()?;
    let level = parameters.read("level")?.unwrap_or_default();
    let city = parameters.area("parent", province)?;
    let breakdown = match (level, city) {
        (AreaLevel::City, None) => Breakdown::Cities,
        (AreaLevel::City, Some(_)) => {
            return Err(malformed("parent", "goes with level=county only"));
        }
        (AreaLevel::County, Some(area))
            if area != area.city() || area == province.county_code() =>
        {
            return Err(malformed("parent", "must be a city"));
        }
        (AreaLevel::County, city) => Breakdown::Counties { city },
    };
    Ok(Resource::Rows(province, month, breakdown, parameters.range()?))
}

pub(crate) fn departments(
    path: &PathValues,
    parameters: &mut Parameters,
) -> Result<Resource, Problem> {
    let (province, month) = path.month()?;
    Ok(Resource::Rows(province, month, Breakdown::Departments, parameters.range()?))
}

pub(crate) fn items(path: &PathValues, parameters: &mut Parameters) -> Result<Resource, Problem> {
    let (province, month) = path.month()?;
    let breakdown = Breakdown::Items {
        area: parameters.area("area", province)?,
        department: parameters.read("department")?,
        item: parameters.read("item")?,
        channel: parameters.read("channel")?,
    };
    Ok(Resource::Rows(province, month, breakdown, parameters.range()?))
}

pub(crate) fn ledger(path: &PathValues, parameters: &mut Parameters) -> Result<Resource, Problem> {
    let (province, month) = path.month()?;
    let by = parameters.read("by")?.unwrap_or_default();
    let breakdown = LedgerBreakdown { by, source: parameters.read("source")? };
    Ok(Resource::Ledger(province, month, breakdown, parameters.range()?))
}

#[derive(Default, EnumString)]
#[strum(serialize_all = "snake_case")]
#[strum(parse_err_ty = domain::ParseError, parse_err_fn = not_a_level)]
enum AreaLevel {
    #[default]
    City,
    County,
}

fn not_a_level(_: &str) -> domain::ParseError {
    domain::ParseError::new("city or county")
}
