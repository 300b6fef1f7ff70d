//! Reads figures by area, department or item.
//!
//! Records are counted while rows are read. What the rows rest on is therefore read before them and once
//! more after them: rows are simulated if either says so, and look as if they rested on all records of
//! the month only if both agree. Rows that are sent while they are read have named their status by then;
//! if it has changed they break off as an error, and the client asks again.

use std::collections::HashMap;

use ::figures::{Coverage, Edition, Slice, Status, UnknownKey};
use ::tables::row_counts::{self, CountedRow, NameRow, Named, NamedRow};
use anyhow::{Context, anyhow};
use domain::{CountyCode, DepartmentCode, Province};
use futures_util::Stream;

use super::{Counted, Of, months, unknown_month};
use crate::dataset::rows::Line;
use crate::model::{AboutRows, AreaLevel, AreaOfRow, Row, Rows};
use crate::name::Name;
use crate::problem::Problem;
use crate::resource::{Breakdown, Dimension, LongTable, RowRange, dimension};
use crate::store::{Fault, Reader, stream};

/// What the rows of a month rest on, whatever they are broken down by.
async fn known(reader: &Reader, of: Of) -> Result<Counted, Fault> {
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
async fn about(reader: &Reader, of: Of, dimension: Dimension) -> Result<AboutRows, Problem> {
    let (whole, rows) = tokio::try_join!(months::known(reader, of), known(reader, of))?;
    let whole = whole.ok_or_else(unknown_month)?;
    Ok(AboutRows {
        edition: of.edition(whole.is_simulated || rows.is_simulated),
        dimension,
        coverage: rows.coverage,
        of_month: whole.coverage,
    })
}

/// One page of rows, and what is said of it beside itself.
///
/// # Errors
///
/// If nothing is known of the month.
pub(super) async fn with_about(
    reader: &Reader,
    of: Of,
    breakdown: &Breakdown,
    range: RowRange,
) -> Result<(AboutRows, Rows), Problem> {
    let dimension = dimension(breakdown);
    let before = about(reader, of, dimension).await?;
    let rows = page(reader, of, breakdown, range).await?;
    let after = about(reader, of, dimension).await?;
    Ok((about_between(before, after), rows))
}

/// What is said of rows that were read between the two.
fn about_between(before: AboutRows, after: AboutRows) -> AboutRows {
    let is_simulated =
        [before, after].iter().any(|about| about.edition.status == Status::Simulated);
    let status = Status::of_unpublished(is_simulated);
    AboutRows {
        edition: Edition { status, ..after.edition },
        coverage: Coverage::between(before.coverage, after.coverage, after.of_month),
        ..after
    }
}

/// The rows of all cities, and what was counted before and after they were read.
pub(super) async fn cities(reader: &Reader, of: Of) -> Result<(Vec<Row>, [Counted; 2]), Fault> {
    let before = known(reader, of).await?;
    let cities = page(reader, of, &Breakdown::Cities, RowRange::FIRST).await?;
    let after = known(reader, of).await?;
    Ok((cities.rows, [before, after]))
}

/// What is said of the rows of a table that is sent while it is read. The rows are read after it, so
/// they may rest on some records more.
pub(crate) async fn about_rows(reader: &Reader, table: &LongTable) -> Result<AboutRows, Problem> {
    let of = Of::month(reader, table.province, table.month).await?;
    about(reader, of, dimension(&table.breakdown)).await
}

/// After the last row: the status that every row has named must still be that of the month.
async fn end(reader: &Reader, before: AboutRows) -> Result<(), Fault> {
    let Edition { province, month, rule, .. } = before.edition;
    let of = Of { rule, province, month };
    let (whole, rows) = tokio::try_join!(months::known(reader, of), known(reader, of))?;
    let is_simulated = rows.is_simulated || whole.is_some_and(|whole| whole.is_simulated);
    is_still(before.edition.status, of.edition(is_simulated).status)
}

fn is_still(named: Status, now: Status) -> Result<(), Fault> {
    if named == now {
        return Ok(());
    }
    let changed = anyhow!("the month was {named:?} when its rows began, and is {now:?} now");
    Err(Fault::Unavailable(changed))
}

/// All rows one by one, in the order of their codes. They end as an error if the status that `about` has
/// named is another by then.
pub(crate) fn all_rows(
    reader: &Reader,
    table: &LongTable,
    about: AboutRows,
) -> Result<impl Stream<Item = Result<Line, Fault>> + Send + 'static, Fault> {
    let LongTable { province, month, breakdown, .. } = table.clone();
    let reader = reader.for_later();
    let rule = about.edition.rule;
    let select = row_counts::all_rows(reader.client(), rule, province, month, &breakdown);
    let cursor = stream(select)?;
    Ok(futures_util::stream::try_unfold(
        (cursor, breakdown, reader),
        move |(mut cursor, breakdown, reader)| async move {
            let Some(row) = cursor.next().await? else {
                end(&reader, about).await?;
                return Ok(None);
            };
            let row = named_row(&breakdown, row).map_err(|error| Fault::Broken(error.into()))?;
            Ok(Some((Line { about, row }, (cursor, breakdown, reader))))
        },
    ))
}

/// Rows in the order of their codes.
async fn page(
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
    let province = code.province().county_code();
    Some(if code == province {
        AreaOfRow { level: AreaLevel::Province, parent: province, is_own: true }
    } else if level == AreaLevel::City || code == code.city() && !code.has_counties() {
        AreaOfRow { level, parent: province, is_own: false }
    } else {
        AreaOfRow { level, parent: code.city(), is_own: code == code.city() }
    })
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
        assert_eq!(area(&Breakdown::Cities, "440000"), expected("province", "440000", true));
        assert_eq!(area(&Breakdown::Cities, "441900"), expected("city", "440000", false));
        assert_eq!(area(&counties, "440106"), expected("county", "440100", false));
        assert_eq!(area(&counties, "440100"), expected("county", "440100", true));
        assert_eq!(area(&counties, "440000"), expected("province", "440000", true));
        assert_eq!(
            area(&counties, "441900"),
            expected("county", "440000", false),
            "Dongguan has no counties: all of it is one row"
        );
        assert_eq!(super::area(&Breakdown::Departments, "11440106000000000X"), None);
    }

    fn about(rows: u64, of_month: u64, is_simulated: bool) -> AboutRows {
        let coverage = |records| Coverage { records, through: None };
        let month = "2023-07".parse().expect("a month");
        let of = Of { rule: 1, province: "440000".parse().expect("a province"), month };
        AboutRows {
            edition: of.edition(is_simulated),
            dimension: Dimension::Item,
            coverage: coverage(rows),
            of_month: coverage(of_month),
        }
    }

    #[test]
    fn rows_are_simulated_if_they_were_so_before_or_after_they_were_read() {
        for (before, after, expected) in [
            (false, false, Status::Provisional),
            (false, true, Status::Simulated),
            (true, false, Status::Simulated),
        ] {
            let between = about_between(about(7, 7, before), about(7, 7, after));
            assert_eq!(between.edition.status, expected);
        }
    }

    #[test]
    fn rows_that_were_read_while_records_were_counted_do_not_look_whole() {
        let counted = |before, after| {
            let AboutRows { coverage, of_month, .. } = about_between(before, after);
            (coverage.records, of_month.records)
        };
        assert_eq!(counted(about(7, 7, false), about(7, 7, false)), (7, 7));
        assert_eq!(counted(about(7, 7, false), about(9, 9, false)), (7, 9));
    }

    #[test]
    fn rows_that_have_named_another_status_than_the_month_has_at_their_end_break_off() {
        assert!(is_still(Status::Provisional, Status::Provisional).is_ok());
        let changed = is_still(Status::Provisional, Status::Simulated);
        assert!(matches!(changed, Err(Fault::Unavailable(_))), "the client asks again");
    }
}
