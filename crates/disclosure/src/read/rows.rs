//! Reads figures by area, department or item.

use std::collections::HashMap;

use ::figures::{Coverage, Slice, UnknownKey};
use ::tables::row_counts::{self, CountedRow, NameRow, Named};
use domain::{CountyCode, DepartmentCode, Province};

use super::Of;
use crate::model::{AreaLevel, AreaOfRow, Row, Rows};
use crate::name::Name;
use crate::resource::{Breakdown, RowRange};
use crate::store::{Fault, Reader};

/// One page of rows.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) rows: Rows,
    /// What all rows rest on, those of other pages too.
    pub(super) coverage: Coverage,
}

/// Rows in the order of their codes.
pub(super) async fn page(
    reader: &Reader,
    of: Of,
    breakdown: &Breakdown,
    range: RowRange,
) -> Result<Page, Fault> {
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
    Ok(Page { rows: Rows { rows, total_rows }, coverage: Coverage::default() })
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
