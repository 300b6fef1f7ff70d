//! The figures of a month by area, department or item, from the table `item_counts`.

use std::collections::HashMap;

use clickhouse::Row as ClickHouseRow;
use domain::{CountyCode, Month, Province};
use serde::{Deserialize, Serialize};

use crate::figures::{Levels, Reviews, Satisfaction, UnknownKey, reviews_of_row};
use crate::name::Name;
use crate::resource::{Breakdown, Slice};
use crate::store::{Fault, Store};

/// The figures of one area, department or item.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) code: String,
    pub(crate) name: Option<Name>,
    /// Unknown for one channel of an item.
    pub(crate) services: Option<u64>,
    pub(crate) unreviewed_services: Option<u64>,
    pub(crate) reviews: Reviews,
    pub(crate) levels: Levels,
    pub(crate) satisfaction: Satisfaction,
}

/// Some rows of all.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    pub(crate) rows: Vec<Row>,
    pub(crate) total_rows: u64,
}

#[derive(ClickHouseRow, Deserialize)]
struct CountedRow {
    code: String,
    services: u64,
    unreviewed: u64,
    reviews: Vec<(u16, u64)>,
    total_rows: u64,
}

#[derive(ClickHouseRow, Deserialize)]
struct TotalRow {
    total_rows: u64,
}

#[derive(ClickHouseRow, Deserialize)]
struct NameRow {
    code: String,
    name: String,
}

/// Reads rows in the order of their codes.
pub(crate) async fn read(
    store: &Store,
    province: Province,
    month: Month,
    breakdown: &Breakdown,
    slice: Slice,
) -> Result<Rows, Fault> {
    let grouped = grouped(breakdown);
    let sql = format!(
        "SELECT *, count() OVER () AS total_rows FROM ({grouped}) \
         ORDER BY code LIMIT {} OFFSET {}",
        slice.limit, slice.offset
    );
    let counted = store.fetch::<CountedRow>("rows", store.of_month(&sql, province, month)).await?;
    let total_rows = match counted.first() {
        Some(row) => row.total_rows,
        None if slice.offset == 0 => 0,
        None => {
            let sql = format!("SELECT count() AS total_rows FROM ({grouped})");
            let total = store.of_month(&sql, province, month);
            store
                .fetch::<TotalRow>("rows_total", total)
                .await?
                .pop()
                .map_or(0, |row| row.total_rows)
        }
    };
    let mut names = names_of(store, province, breakdown, &counted).await?;
    let services_are_known = !matches!(breakdown, Breakdown::Items { channel: Some(_), .. });
    let rows = counted.into_iter().map(|row| {
        let (reviews, levels) = reviews_of_row(&row.reviews)?;
        Ok(Row {
            name: names.remove(&row.code),
            code: row.code,
            services: services_are_known.then_some(row.services),
            unreviewed_services: services_are_known.then_some(row.unreviewed),
            reviews,
            levels,
            satisfaction: levels.into(),
        })
    });
    let rows = rows.collect::<Result<_, UnknownKey>>();
    let rows = rows.map_err(|error| Fault::Broken(error.into()))?;
    Ok(Rows { rows, total_rows })
}

/// The sums of each row. What goes into the text are numbers and checked codes, never what a
/// stranger wrote.
fn grouped(breakdown: &Breakdown) -> String {
    let code = match breakdown {
        Breakdown::Cities => "toString(intDiv(area, 100) * 100)",
        Breakdown::Counties { .. } => "toString(area)",
        Breakdown::Departments => "substring(CAST(item, 'String'), 1, 18)",
        Breakdown::Items { .. } => "CAST(item, 'String')",
    };
    let conditions = match breakdown {
        Breakdown::Cities | Breakdown::Counties { city: None } | Breakdown::Departments => {
            String::new()
        }
        Breakdown::Counties { city: Some(city) } => lies_in(*city),
        Breakdown::Items { area, department, item, .. } => {
            let area = area.map(lies_in);
            let department = department.as_ref();
            let department = department.map(|code| format!(" AND startsWith(item, '{code}')"));
            let item = item.map(|code| format!(" AND item = '{code}'"));
            [area, department, item].into_iter().flatten().collect()
        }
    };
    let reviews = match breakdown {
        Breakdown::Items { channel: Some(channel), .. } => {
            let is_of_channel = format!("bitAnd(bitShiftRight(k, 3), 31) = {}", channel.code());
            format!("mapFilter((k, v) -> {is_of_channel}, item_counts.reviews)")
        }
        _ => "item_counts.reviews".to_owned(),
    };
    let services_count = match breakdown {
        Breakdown::Items { channel: Some(_), .. } => "",
        _ => "services > 0 OR ",
    };
    format!(
        "SELECT {code} AS code, sum(item_counts.services) AS services, \
             sum(item_counts.unreviewed) AS unreviewed, sumMap({reviews}) AS reviews \
         FROM item_counts FINAL \
         WHERE rule = ? AND province = ? AND served_on >= ? AND served_on < ?{conditions} \
         GROUP BY code HAVING {services_count}arraySum(mapValues(reviews)) > 0"
    )
}

/// What lies in an area: zeros at the end of its code stand for anything.
fn lies_in(area: CountyCode) -> String {
    let from = area.number();
    let width = [10_000, 100].into_iter().find(|width| from.is_multiple_of(*width)).unwrap_or(1);
    format!(" AND area >= {from} AND area < {}", from + width)
}

async fn names_of(
    store: &Store,
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
        Breakdown::Departments => names(store, province, "department", &codes).await,
        Breakdown::Items { .. } => names(store, province, "item", &codes).await,
    }
}

/// What a province's items or departments were called when they were last heard of.
pub(crate) async fn names(
    store: &Store,
    province: Province,
    kind: &'static str,
    codes: &[&str],
) -> Result<HashMap<String, Name>, Fault> {
    if codes.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = "SELECT code, argMax(name, (last_month, name)) AS name FROM names \
               WHERE province = ? AND kind = ? AND code IN ? GROUP BY code";
    let query = store.query(sql).bind(province.number()).bind(kind).bind(codes);
    let rows = store.fetch::<NameRow>("names", query).await?;
    Ok(rows.into_iter().map(|row| (row.code, Name::in_chinese(row.name))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_at_the_end_of_a_code_stand_for_all_that_lies_in_it() {
        let range = |code: &str| lies_in(code.parse().expect("a code"));
        assert_eq!(range("440000"), " AND area >= 440000 AND area < 450000");
        assert_eq!(range("440100"), " AND area >= 440100 AND area < 440200");
        assert_eq!(range("440106"), " AND area >= 440106 AND area < 440107");
    }
}
