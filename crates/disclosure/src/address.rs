//! Parses URLs into requests, and writes those of the API. The API and the pages have the same URLs, so
//! they parse them with the same functions.

use ::figures::Edition;
use domain::{Month, Province};
use strum::EnumString;

use crate::dataset::dictionary::INDEX;
use crate::extension::Extension;
use crate::model::Model;
use crate::params::{Parameters, PathValues, malformed};
use crate::problem::Problem;
use crate::resource::{Breakdown, Dimension, LedgerBreakdown, LedgerRow, Resource, dimension};

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
    Ok(Resource::Rows(province, month, breakdown, parameters.extent()?))
}

pub(crate) fn departments(
    path: &PathValues,
    parameters: &mut Parameters,
) -> Result<Resource, Problem> {
    let (province, month) = path.month()?;
    Ok(Resource::Rows(province, month, Breakdown::Departments, parameters.extent()?))
}

pub(crate) fn items(path: &PathValues, parameters: &mut Parameters) -> Result<Resource, Problem> {
    let (province, month) = path.month()?;
    let breakdown = Breakdown::Items {
        area: parameters.area("area", province)?,
        department: parameters.read("department")?,
        item: parameters.read("item")?,
        channel: parameters.read("channel")?,
    };
    Ok(Resource::Rows(province, month, breakdown, parameters.extent()?))
}

pub(crate) fn ledger(path: &PathValues, parameters: &mut Parameters) -> Result<Resource, Problem> {
    let (province, month) = path.month()?;
    let by = parameters.read("by")?.unwrap_or_default();
    let breakdown = LedgerBreakdown { by, source: parameters.read("source")? };
    Ok(Resource::Ledger(province, month, breakdown, parameters.extent()?))
}

/// The address of a model in the API, with these parameters beside its own.
pub(crate) fn in_api(model: &Model, extension: Extension, further: &[String]) -> String {
    let of_month = |edition: Edition| month_path(edition.province, edition.month);
    let (path, parameters) = match model {
        Model::Provinces(_) => ("/provinces".to_owned(), vec![]),
        Model::Metrics => ("/metrics".to_owned(), vec![]),
        Model::Months(province, _) => (format!("/provinces/{province}/months"), vec![]),
        Model::Figures(of) => (of_month(of.edition), vec![]),
        Model::Rows(of) => {
            (rows_path(&of_month(of.edition), &of.breakdown), rows_parameters(&of.breakdown))
        }
        Model::Ledger(of) => {
            let LedgerBreakdown { by, source } = of.breakdown;
            let by = (by != LedgerRow::default()).then(|| format!("by={}", <&str>::from(by)));
            let parameters = by.into_iter().chain(source.map(|source| format!("source={source}")));
            (format!("{}/ledger", of_month(of.edition)), parameters.collect())
        }
    };
    written(&path, extension, &[&parameters, further].concat())
}

/// The address of the list of data sets in the API.
pub(crate) fn of_index(extension: Extension) -> String {
    written(INDEX, extension, &[])
}

/// The address of all rows of a breakdown in the API.
pub(crate) fn of_rows(
    province: Province,
    month: Month,
    breakdown: &Breakdown,
    extension: Extension,
) -> String {
    let path = rows_path(&month_path(province, month), breakdown);
    written(&path, extension, &rows_parameters(breakdown))
}

fn written(path: &str, extension: Extension, parameters: &[String]) -> String {
    let query = if parameters.is_empty() { "" } else { "?" };
    format!("/v1{path}{}{query}{}", extension.suffix(), parameters.join("&"))
}

fn month_path(province: Province, month: Month) -> String {
    format!("/provinces/{province}/months/{month}")
}

fn rows_path(month: &str, breakdown: &Breakdown) -> String {
    let part = match dimension(breakdown) {
        Dimension::Area => "areas",
        Dimension::Department => "departments",
        Dimension::Item => "items",
    };
    format!("{month}/{part}")
}

/// The parameters that say what rows are of.
fn rows_parameters(breakdown: &Breakdown) -> Vec<String> {
    let given = match breakdown {
        Breakdown::Cities | Breakdown::Departments => vec![],
        Breakdown::Counties { city } => {
            vec![Some("level=county".to_owned()), city.map(|city| format!("parent={city}"))]
        }
        Breakdown::Items { area, department, item, channel } => vec![
            area.map(|area| format!("area={area}")),
            department.as_ref().map(|department| format!("department={department}")),
            item.map(|item| format!("item={item}")),
            channel.map(|channel| format!("channel={channel}")),
        ],
    };
    given.into_iter().flatten().collect()
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
