//! SELECTs of the counts of a month by area, department or item, and of what these are called.
//!
//! What goes into the text of a statement are numbers and checked codes, never what a stranger wrote.

use clickhouse::{Client, Row};
use domain::{Channel, CountyCode, DepartmentCode, ItemCode, Month, Province};
use serde::Deserialize;

use crate::counts::{Table, held};
use crate::month_counts::{OF_MONTH, bind_month, of_month, read};
use crate::select::{Months, Read, Select};

/// What the counts of a month are broken down by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Breakdown {
    /// By city (地级).
    Cities,
    /// By county (县级), of one city or of all.
    Counties {
        /// Only those of this city.
        city: Option<CountyCode>,
    },
    /// By department.
    Departments,
    /// By item.
    Items {
        /// Only what was served in this area.
        area: Option<CountyCode>,
        /// Only items of this department.
        department: Option<DepartmentCode>,
        /// Only this item.
        item: Option<ItemCode>,
        /// Only reviews of this channel.
        channel: Option<Channel>,
    },
}

impl Breakdown {
    /// Whether services are counted for each row. Services of an item are not counted by channel.
    pub fn has_services(&self) -> bool {
        !matches!(self, Self::Items { channel: Some(_), .. })
    }
}

/// Which rows of all: one page of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RowRange {
    /// At most so many.
    pub limit: u32,
    /// So many are left out before the first.
    pub offset: u32,
}

impl RowRange {
    /// The most rows that one statement gives.
    pub const LIMIT_MAX: u32 = 1_000;

    /// As many rows as there may be, from the beginning.
    pub const FIRST: Self = Self { limit: Self::LIMIT_MAX, offset: 0 };
}

/// The counts of one area, department or item.
#[derive(Row, Deserialize)]
pub struct CountedRow {
    /// Which one.
    pub code: String,
    /// Distinct services.
    pub services: u64,
    /// Services of which no review counts.
    pub unreviewed: u64,
    /// Counted reviews by the group's code.
    pub reviews: Vec<(u16, u64)>,
    /// Rows on all pages.
    pub total_rows: u64,
}

/// The counts of one area, department or item, with its name.
#[derive(Row, Deserialize)]
pub struct NamedRow {
    /// Which one.
    pub code: String,
    /// What a department or an item was called when it was last heard of; empty if nobody said, and of
    /// areas, whose names are known.
    pub name: String,
    /// Distinct services.
    pub services: u64,
    /// Services of which no review counts.
    pub unreviewed: u64,
    /// Counted reviews by the group's code.
    pub reviews: Vec<(u16, u64)>,
}

/// Which records the rows of a month were counted from.
#[derive(Row, Deserialize)]
pub struct RowCoverageRow {
    /// How many records.
    pub records: u64,
    /// Of these, those that are simulated.
    pub simulated: u64,
    /// When Kafka took the latest of them, in seconds since 1970; 0 is not known.
    pub records_through: u32,
}

/// How many rows there are on all pages.
#[derive(Row, Deserialize)]
pub struct TotalRow {
    /// The number.
    pub total_rows: u64,
}

/// What something is called.
#[derive(Row, Deserialize)]
pub struct NameRow {
    /// The item or the department.
    pub code: String,
    /// Its name in Chinese.
    pub name: String,
}

/// What has a name that its sources gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A department.
    Department,
    /// An item.
    Item,
}

impl Named {
    /// The word of the table.
    fn kind(self) -> &'static str {
        match self {
            Self::Department => "department",
            Self::Item => "item",
        }
    }
}

const NAMES: Read = Read { table: "names", months: Months::All };

/// How many bytes ClickHouse keeps in memory to add up all rows, and to sort them: a quarter of what a
/// server of 2 GB has for one statement.
const ALL_ROWS_MEMORY_MAX: &str = "268435456";

/// One page of rows, in the order of their codes. A row without a service or a review is left out.
pub fn rows(
    client: &Client,
    rule: u16,
    province: Province,
    month: Month,
    breakdown: &Breakdown,
    range: RowRange,
) -> Select<CountedRow> {
    let sql = format!(
        "SELECT *, count() OVER () AS total_rows FROM ({}) ORDER BY code LIMIT {} OFFSET {}",
        grouped(breakdown),
        range.limit,
        range.offset
    );
    Select::new("rows", of_month(client, &sql, rule, province, month), reads(month))
}

/// How many rows there are on all pages.
pub fn total_rows(
    client: &Client,
    rule: u16,
    province: Province,
    month: Month,
    breakdown: &Breakdown,
) -> Select<TotalRow> {
    let sql = format!("SELECT count() AS total_rows FROM ({})", grouped(breakdown));
    Select::new("rows_total", of_month(client, &sql, rule, province, month), reads(month))
}

/// All rows, in the order of their codes, with their names. They are to be read one by one: a province has
/// hundreds of thousands of items, and ClickHouse sorts on disk what does not fit into
/// [`ALL_ROWS_MEMORY_MAX`].
pub fn all_rows(
    client: &Client,
    rule: u16,
    province: Province,
    month: Month,
    breakdown: &Breakdown,
) -> Select<NamedRow> {
    let counted = grouped(breakdown);
    let (sql, names) = match breakdown {
        Breakdown::Cities | Breakdown::Counties { .. } => (
            format!(
                "SELECT code, '' AS name, services, unreviewed, reviews FROM ({counted}) ORDER BY code"
            ),
            None,
        ),
        Breakdown::Departments => (named(&counted, province, Named::Department), Some(NAMES)),
        Breakdown::Items { .. } => (named(&counted, province, Named::Item), Some(NAMES)),
    };
    let query = of_month(client, &sql, rule, province, month)
        .with_setting("max_bytes_before_external_group_by", ALL_ROWS_MEMORY_MAX)
        .with_setting("max_bytes_before_external_sort", ALL_ROWS_MEMORY_MAX);
    let reads: Vec<_> = reads(month).into_iter().chain(names).collect();
    Select::new("all_rows", query, reads)
}

/// Counted rows with their names, in the order of the codes.
fn named(counted: &str, province: Province, of: Named) -> String {
    format!(
        "SELECT code, named.name AS name, services, unreviewed, reviews FROM ({counted}) AS counted \
         LEFT JOIN \
         ( \
             SELECT code, argMax(names.name, (last_month, names.name)) AS name FROM names \
             WHERE province = {} AND kind = '{}' GROUP BY code \
         ) AS named USING (code) ORDER BY code",
        province.number(),
        of.kind()
    )
}

/// Which records the rows of a month were counted from, whatever they are broken down by.
///
/// A day is counted as a whole. A day on which nothing but halls, windows and sites was rated has no rows
/// and never will have any, so nothing of it is missing: its records are taken from `counts`.
pub fn row_coverage(
    client: &Client,
    rule: u16,
    province: Province,
    month: Month,
) -> Select<RowCoverageRow> {
    // A later recount has seen all that an earlier one has, so which versions of a row lie beside it
    // does not matter. Nor does it that a day is in both parts.
    let sql = format!(
        "SELECT sum(of_day) AS records, sum(simulated_of_day) AS simulated, max(through) AS records_through \
         FROM \
         ( \
             SELECT served_on, max(of_part) AS of_day, max(simulated_of_part) AS simulated_of_day, \
                 max(part_through) AS through \
             FROM \
             ( \
                 SELECT served_on, generation AS of_part, item_counts.simulated AS simulated_of_part, \
                     item_counts.records_through AS part_through \
                 FROM item_counts WHERE {OF_MONTH} \
                 UNION ALL \
                 SELECT served_on, sum(counts.generation) AS of_part, \
                     sum(counts.simulated) AS simulated_of_part, \
                     max(counts.records_through) AS part_through \
                 FROM ({}) AS counts \
                 GROUP BY served_on \
                 HAVING sum(counts.services) = 0 AND sum(counts.counted) = 0 \
                     AND sum(length(counts.set_aside)) = 0 \
             ) \
             GROUP BY served_on \
         )",
        held(Table::Counts, OF_MONTH)
    );
    let query = of_month(client, &sql, rule, province, month);
    let query = bind_month(query, rule, province, month);
    let [items] = reads(month);
    Select::new("row_coverage", query, [items, read(Table::Counts, Months::only(month))])
}

/// What a province's items or departments were called when they were last heard of.
pub fn names(client: &Client, province: Province, of: Named, codes: &[&str]) -> Select<NameRow> {
    let sql = "SELECT code, argMax(name, (last_month, name)) AS name FROM names \
               WHERE province = ? AND kind = ? AND code IN ? GROUP BY code";
    let query = client.query(sql).bind(province.number()).bind(of.kind()).bind(codes);
    Select::new("names", query, [NAMES])
}

fn reads(month: Month) -> [Read; 1] {
    [read(Table::ItemCounts, Months::only(month))]
}

/// The sums of each row.
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
    let services_count = if breakdown.has_services() { "services > 0 OR " } else { "" };
    let held = held(Table::ItemCounts, &format!("{OF_MONTH}{conditions}"));
    format!(
        "SELECT {code} AS code, sum(item_counts.services) AS services, \
             sum(item_counts.unreviewed) AS unreviewed, sumMap({reviews}) AS reviews \
         FROM ({held}) AS item_counts \
         GROUP BY code HAVING {services_count}arraySum(mapValues(reviews)) > 0"
    )
}

/// What lies in an area: zeros at the end of its code stand for anything.
fn lies_in(area: CountyCode) -> String {
    let from = area.number();
    let width = [10_000, 100].into_iter().find(|width| from.is_multiple_of(*width)).unwrap_or(1);
    format!(" AND area >= {from} AND area < {}", from + width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::select::tests::assert_names_its_tables;

    #[test]
    fn zeros_at_the_end_of_a_code_stand_for_all_that_lies_in_it() {
        let range = |code: &str| lies_in(code.parse().expect("a code"));
        assert_eq!(range("440000"), " AND area >= 440000 AND area < 450000");
        assert_eq!(range("440100"), " AND area >= 440100 AND area < 440200");
        assert_eq!(range("440106"), " AND area >= 440106 AND area < 440107");
    }

    #[test]
    fn every_statement_names_the_tables_that_it_reads() {
        let (client, month) = (Client::default(), "2023-07".parse().expect("a month"));
        let guangdong = "440000".parse().expect("a province");
        let range = RowRange { limit: 7, offset: 0 };
        let breakdown = Breakdown::Departments;
        assert_names_its_tables(&rows(&client, 1, guangdong, month, &breakdown, range));
        assert_names_its_tables(&total_rows(&client, 1, guangdong, month, &breakdown));
        assert_names_its_tables(&row_coverage(&client, 1, guangdong, month));
        let items = Breakdown::Items { area: None, department: None, item: None, channel: None };
        for breakdown in [Breakdown::Cities, Breakdown::Departments, items] {
            assert_names_its_tables(&all_rows(&client, 1, guangdong, month, &breakdown));
        }
        assert_names_its_tables(&names(&client, guangdong, Named::Item, &["1"]));
    }
}
