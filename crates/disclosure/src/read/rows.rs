//! Reads figures by area, department or item.

use std::collections::HashMap;

use ::figures::{Slice, UnknownKey};
use ::tables::row_counts::{self, CountedRow, NameRow, Named, NamedRow};
use anyhow::Context;
use domain::{CountyCode, DepartmentCode, Province};
use futures_util::Stream;

use super::{Counted, Of, months, unknown_month};
use crate::dataset::rows::Line;
use crate::model::{AboutRows, AreaLevel, AreaOfRow, Row, Rows};
use crate::name::Name;
use crate::problem::Problem;
use crate::resource::{Breakdown, LongTable, RowRange, dimension};
use crate::store::{Fault, Reader, stream};

/// What the rows of a month rest on, whatever they are broken down by.
pub(super) async fn known(reader: &Reader, of: Of) -> Result<Counted, Fault> {
    let select = row_counts::row_coverage(reader.client(), of.rule, of.province, of.month);
    let row = reader.select(select).await?.pop();
    let row = row.context("no answer about what rows rest on").map_err(Fault::Broken)?;
    Ok(Counted::of(row.records, row.simulated, row.records_through))
}

/// What is said of rows beside themselves.
///
/// # Errors
///
/// If nothing is known of the month.
pub(super) async fn about(
    reader: &Reader,
    of: Of,
    breakdown: &Breakdown,
) -> Result<AboutRows, Problem> {
    let (whole, rows) = tokio::try_join!(months::known(reader, of), known(reader, of))?;
    let whole = whole.ok_or_else(unknown_month)?;
    Ok(AboutRows {
        edition: of.edition(whole.is_simulated || rows.is_simulated),
        dimension: dimension(breakdown),
        coverage: rows.coverage,
        of_month: whole.coverage,
    })
}

/// What is said of the rows of a table that is sent while it is read. The rows are read after it, so
/// they may rest on some records more.
pub(crate) async fn about_rows(reader: &Reader, table: &LongTable) -> Result<AboutRows, Problem> {
    let of = Of::month(reader, table.province, table.month).await?;
    about(reader, of, &table.breakdown).await
}

/// All rows one by one, in the order of their codes.
pub(crate) fn all_rows(
    reader: &Reader,
    table: &LongTable,
    about: AboutRows,
) -> Result<impl Stream<Item = Result<Line, Fault>> + Send + 'static, Fault> {
    let LongTable { province, month, breakdown, .. } = table.clone();
    let rule = about.edition.rule;
    let select = row_counts::all_rows(reader.client(), rule, province, month, &breakdown);
    let cursor = stream(select)?;
    Ok(futures_util::stream::try_unfold(
        (cursor, breakdown),
        move |(mut cursor, breakdown)| async move {
            let Some(row) = cursor.next().await? else { return Ok(None) };
            let row = named_row(&breakdown, row).map_err(|error| Fault::Broken(error.into()))?;
            Ok(Some((Line { about, row }, (cursor, breakdown))))
        },
    ))
}

/// Rows in the order of their codes.
pub(super) async fn page(
    reader: &Reader,
    of: Of,
    breakdown: &Breakdown,
    range: RowRange,
) -> Result<Rows, Fault> {
    let (client, Of { rule, province, month }) = (reader.client(), of);
    let page = row_counts::rows(client, rule, province, month, breakdown, range);
    let counted = reader.select(page).await?;
    let total_rows = match counted.first() {
        Some(row) => row.total_rows,
        None if range.offset == 0 => 0,
        None => {
            let total = row_counts::total_rows(client, rule, province, month, breakdown);
            reader.select(total).await?.pop().map_or(0, |row| row.total_rows)
        }
    };
    let mut names = names_of(reader, province, breakdown, &counted).await?;
    let rows = counted.into_iter().map(|counted| {
        let name = names.remove(&counted.code);
        row(breakdown, counted, name)
    });
    let rows = rows.collect::<Result<_, UnknownKey>>();
    let rows = rows.map_err(|error| Fault::Broken(error.into()))?;
    Ok(Rows { rows, total_rows })
}

fn named_row(breakdown: &Breakdown, named: NamedRow) -> Result<Row, UnknownKey> {
    let NamedRow { code, name, services, unreviewed, reviews } = named;
    let name = (!name.is_empty()).then(|| Name::in_chinese(name));
    row(breakdown, CountedRow { code, services, unreviewed, reviews, total_rows: 0 }, name)
}

fn row(breakdown: &Breakdown, counted: CountedRow, name: Option<Name>) -> Result<Row, UnknownKey> {
    let of_reviews = Slice::of_reviews(&counted.reviews)?;
    let known = |count: u64| breakdown.has_services().then_some(count);
    let slice = Slice {
        services: known(counted.services),
        unreviewed_services: known(counted.unreviewed),
        ..of_reviews
    };
    let area = area(breakdown, &counted.code);
    Ok(Row { code: counted.code, name, area, slice })
}

/// What an area is within the rows of a breakdown.
fn area(breakdown: &Breakdown, code: &str) -> Option<AreaOfRow> {
    let level = match breakdown {
        Breakdown::Cities => AreaLevel::City,
        Breakdown::Counties { .. } => AreaLevel::County,
        Breakdown::Departments | Breakdown::Items { .. } => return None,
    };
    let code: CountyCode = code.parse().ok()?;
    let parent = match level {
        AreaLevel::City => code.province().county_code(),
        AreaLevel::County => code.city(),
    };
    Some(AreaOfRow { level, parent, is_own: code == parent })
}

async fn names_of(
    reader: &Reader,
    province: Province,
    breakdown: &Breakdown,
    rows: &[CountedRow],
) -> Result<HashMap<String, Name>, Fault> {
    let codes: Vec<&str> = rows.iter().map(|row| row.code.as_str()).collect();
    match breakdown {
        Breakdown::Cities | Breakdown::Counties { .. } => Ok(codes
            .into_iter()
            .filter_map(|code| {
                Some((code.to_owned(), code.parse::<CountyCode>().ok()?.name()?.into()))
            })
            .collect()),
        Breakdown::Departments => names(reader, province, Named::Department, &codes).await,
        Breakdown::Items { .. } => names(reader, province, Named::Item, &codes).await,
    }
}

/// What a department is called, if that is known.
pub(super) async fn name_of_department(
    reader: &Reader,
    province: Province,
    department: &DepartmentCode,
) -> Result<Option<String>, Fault> {
    let code = department.to_string();
    let mut names = names(reader, province, Named::Department, &[&code]).await?;
    Ok(names.remove(&code).map(|name| name.zh.into_owned()))
}

/// The latest known names of a province's items or departments.
async fn names(
    reader: &Reader,
    province: Province,
    of: Named,
    codes: &[&str],
) -> Result<HashMap<String, Name>, Fault> {
    if codes.is_empty() {
        return Ok(HashMap::new());
    }
    let names = reader.select(row_counts::names(reader.client(), province, of, codes)).await?;
    let names = names.into_iter().map(|NameRow { code, name }| (code, Name::in_chinese(name)));
    Ok(names.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_one_name_all_of_a_city_is_told_from_its_own_bodies() {
        let area = |breakdown: &Breakdown, code: &str| {
            let area = area(breakdown, code).expect("an area");
            (<&str>::from(area.level), area.parent.to_string(), area.is_own)
        };
        let counties = Breakdown::Counties { city: None };
        let expected = |level, parent: &str, own| (level, parent.to_owned(), own);
        assert_eq!(area(&Breakdown::Cities, "440100"), expected("city", "440000", false));
        assert_eq!(area(&Breakdown::Cities, "440000"), expected("city", "440000", true));
        assert_eq!(area(&counties, "440106"), expected("county", "440100", false));
        assert_eq!(area(&counties, "440100"), expected("county", "440100", true));
        assert_eq!(area(&counties, "440000"), expected("county", "440000", true));
        assert_eq!(super::area(&Breakdown::Departments, "11440106000000000X"), None);
    }
}
