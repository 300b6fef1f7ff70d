//! Reads a resource: runs statements and builds a model. `figures` decides what a row means.

use std::collections::HashMap;

use ::figures::{CasesOfMonth, Edition, Figures, ServedMonth, Slice, Status, UnknownKey};
use ::tables::active_rule;
use ::tables::month_counts::{self, CasesRow};
use ::tables::row_counts::NameRow;
use ::tables::row_counts::{self, CountedRow, Named};
use anyhow::Context;
use domain::{CountyCode, Month, Province, ProvinceMonth, ServedOn};

use crate::ledger::{self, Ledger};
use crate::model::{FiguresOfMonth, LedgerOfMonth, Model, MonthOfProvince, Row, Rows, RowsOfMonth};
use crate::name::Name;
use crate::problem::{Kind, Problem};
use crate::resource::{Breakdown, LedgerBreakdown, Resource, RowRange};
use crate::store::{Fault, Reader};

/// Whom a model is read for. Pages show a little more than data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum For {
    Data,
    Page,
}

/// Everything that is needed to show a resource.
pub(crate) async fn read(
    reader: &Reader,
    resource: Resource,
    reading_for: For,
) -> Result<Model, Problem> {
    Ok(match resource {
        Resource::Provinces => Model::Provinces(months_of_all(reader).await?),
        Resource::Metrics => Model::Metrics,
        Resource::Months(province) => {
            let rule = active_rule(reader, province).await?;
            Model::Months(province, months(reader, rule, province).await?)
        }
        Resource::Figures(province, month) => {
            let rule = active_rule(reader, province).await?;
            let cities = async {
                match reading_for {
                    For::Data => Ok(Vec::new()),
                    For::Page => {
                        let cities = &Breakdown::Cities;
                        let rows =
                            rows(reader, rule, province, month, cities, RowRange::FIRST).await?;
                        Ok(rows.rows)
                    }
                }
            };
            let (figures, cities) =
                tokio::try_join!(figures(reader, rule, province, month), cities)?;
            let edition = Edition::provisional(province, month, rule);
            Model::Figures(FiguresOfMonth { edition, figures, cities })
        }
        Resource::Rows(province, month, breakdown, range) => {
            let rule = active_rule(reader, province).await?;
            let rows = rows(reader, rule, province, month, &breakdown, range).await?;
            // A month with rows is known. For others, the tables are asked.
            if rows.total_rows == 0 && !is_known(reader, rule, province, month).await? {
                return Err(unknown_month());
            }
            let department = match (reading_for, &breakdown) {
                (For::Page, Breakdown::Items { department: Some(department), .. }) => {
                    let code = department.to_string();
                    let mut names = names(reader, province, Named::Department, &[&code]).await?;
                    names.remove(&code).map(|name| name.zh.into_owned())
                }
                _ => None,
            };
            let edition = Edition::provisional(province, month, rule);
            Model::Rows(RowsOfMonth { edition, breakdown, range, rows, department })
        }
        Resource::Ledger(province, month, breakdown, range) => {
            Model::Ledger(ledger(reader, province, month, breakdown, range).await?)
        }
    })
}

/// The rule by which a province's figures are read. Everything in one answer is read by the same one.
async fn active_rule(reader: &Reader, province: Province) -> Result<u16, Fault> {
    let row = reader.select(active_rule::of(reader.client(), province)).await?.pop();
    row.map(|row| row.rule).context("no answer about the rule").map_err(Fault::Broken)
}

fn unknown_month() -> Problem {
    let detail = "There are no figures for this month. See the province's list of months.";
    Problem::new(Kind::UnknownMonth, detail)
}

async fn months_of_all(reader: &Reader) -> Result<Vec<(Province, Month)>, Fault> {
    let rows = reader.select(month_counts::months_of_all(reader.client())).await?;
    let months = rows.into_iter().map(|row| {
        let province = Province::from_number(row.province).context("an unexpected province");
        Ok((province.map_err(Fault::Broken)?, month_of(row.month)?))
    });
    months.collect()
}

async fn months(
    reader: &Reader,
    rule: u16,
    province: Province,
) -> Result<Vec<MonthOfProvince>, Fault> {
    let rows = reader.select(month_counts::months(reader.client(), rule, province)).await?;
    let months = rows.into_iter().map(|row| {
        let (month, reviews) = (month_of(row.month)?, row.reviews);
        Ok(MonthOfProvince { month, status: Status::Provisional, reviews })
    });
    months.collect()
}

async fn is_known(
    reader: &Reader,
    rule: u16,
    province: Province,
    month: Month,
) -> Result<bool, Fault> {
    let found =
        reader.select(month_counts::is_known(reader.client(), rule, province, month)).await?;
    Ok(!found.is_empty())
}

async fn figures(
    reader: &Reader,
    rule: u16,
    province: Province,
    month: Month,
) -> Result<Figures, Problem> {
    let client = reader.client();
    let (of_month, earlier, cases) = tokio::try_join!(
        reader.select(month_counts::served_month(client, rule, province, month)),
        reader.select(month_counts::late_bad_reviews(client, rule, province, month)),
        reader.select(month_counts::cases(client, rule, province, month)),
    )?;
    // Bad reviews may have been received in a month that has no services.
    let of_month = of_month.into_iter().next();
    let of_month = of_month.filter(|row| row.buckets > 0 || !earlier.is_empty());
    let of_month = of_month.map(|row| ServedMonth {
        services: row.services,
        unreviewed: row.unreviewed,
        services_by_channel: row.services_by_channel,
        reviews: row.reviews,
        set_aside: row.set_aside,
    });
    let of_month = of_month.ok_or_else(unknown_month)?;
    let earlier = earlier.into_iter().map(|row| Ok((month_of(row.month)?, row.reviews)));
    let earlier = earlier.collect::<Result<Vec<_>, Fault>>()?;
    // Absent until they are counted for the first time.
    let cases = cases.into_iter().next().filter(|row| row.cells > 0);
    let cases = cases.map(cases_of_month);
    let figures = Figures::of(province, month, &of_month, &earlier, cases.as_ref());
    Ok(figures.map_err(|error| Fault::Broken(error.into()))?)
}

/// Cases by set of channels are known if they are known of every cell.
fn cases_of_month(row: CasesRow) -> CasesOfMonth {
    CasesOfMonth {
        cases: row.cases,
        cases_by_channel: row.cases_by_channel,
        cases_by_channels: (row.cells_without_sets == 0).then_some(row.cases_by_channels),
    }
}

/// Rows in the order of their codes.
async fn rows(
    reader: &Reader,
    rule: u16,
    province: Province,
    month: Month,
    breakdown: &Breakdown,
    range: RowRange,
) -> Result<Rows, Fault> {
    let client = reader.client();
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
    let rows = counted.into_iter().map(|row| {
        let of_reviews = Slice::of_reviews(&row.reviews)?;
        let known = |count: u64| breakdown.has_services().then_some(count);
        let slice = Slice {
            services: known(row.services),
            unreviewed_services: known(row.unreviewed),
            ..of_reviews
        };
        Ok(Row { name: names.remove(&row.code), code: row.code, slice })
    });
    let rows = rows.collect::<Result<_, UnknownKey>>();
    let rows = rows.map_err(|error| Fault::Broken(error.into()))?;
    Ok(Rows { rows, total_rows })
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

async fn ledger(
    reader: &Reader,
    province: Province,
    month: Month,
    breakdown: LedgerBreakdown,
    range: RowRange,
) -> Result<LedgerOfMonth, Problem> {
    // The answer depends on the time too: an audit becomes too old although no table changes.
    let store = reader.depending_on_more();
    let rule = active_rule(reader, province).await?;
    let of = ProvinceMonth { province, month };
    let known = ledger::read::read(store, rule, of, &breakdown, range, reader.now()).await?;
    let ledger = Ledger::of(known).ok_or_else(unknown_month)?;
    Ok(LedgerOfMonth {
        edition: Edition::provisional(province, month, rule),
        breakdown,
        range,
        ledger,
    })
}

fn month_of(days_since_epoch: u16) -> Result<Month, Fault> {
    let day = ServedOn::from_days_since_epoch(days_since_epoch).context("an unexpected month");
    day.map(ServedOn::month).map_err(Fault::Broken)
}
