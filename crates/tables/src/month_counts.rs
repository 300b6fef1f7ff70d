//! SELECTs of what was counted of a month as a whole, and of which months there are counts.
//!
//! Rows that do not hold any more are left out ([`held`]), unless it does not matter which version of a
//! row is found.

use clickhouse::query::Query;
use clickhouse::{Client, Row};
use domain::group::MONTHS_LATE_MAX;
use domain::{Month, Province};
use serde::Deserialize;

use crate::active_rule;
use crate::counts::{Table, held};
use crate::select::{Months, Read, Select};

/// A province and a month.
#[derive(Row, Deserialize)]
pub struct ProvinceMonthRow {
    /// [`Province::number`].
    pub province: u8,
    /// Its first day, in days since 1970.
    pub month: u16,
}

/// A month of a province.
#[derive(Row, Deserialize)]
pub struct MonthRow {
    /// Its first day, in days since 1970.
    pub month: u16,
    /// Counted reviews.
    pub reviews: u64,
}

/// There is something.
#[derive(Row, Deserialize)]
pub struct FoundRow {
    #[expect(dead_code, reason = "that there is a row is the answer")]
    found: u8,
}

/// What was counted of the services of a month.
#[derive(Row, Deserialize)]
pub struct ServedMonthRow {
    /// How many buckets were counted; none if nothing is known of the month.
    pub buckets: u64,
    /// Distinct services.
    pub services: u64,
    /// Services of which no review counts.
    pub unreviewed: u64,
    /// Services by the channel's code.
    pub services_by_channel: Vec<(u8, u64)>,
    /// Counted reviews by the group's code.
    pub reviews: Vec<(u16, u64)>,
    /// Reviews that were set aside, by the group's code.
    pub set_aside: Vec<(u16, u64)>,
}

/// Reviews of services of an earlier month.
#[derive(Row, Deserialize)]
pub struct LateReviewsRow {
    /// The first day of the month of the services, in days since 1970.
    pub month: u16,
    /// Counted bad reviews by the group's code.
    pub reviews: Vec<(u16, u64)>,
}

/// What was counted of the cases of a month.
#[derive(Row, Deserialize)]
pub struct CasesRow {
    /// How many cells were counted; none if the cases were never counted.
    pub cells: u64,
    /// Distinct cases.
    pub cases: u64,
    /// Distinct cases by the channel's code.
    pub cases_by_channel: Vec<(u8, u64)>,
    /// Of these cells the cases by group are not known: they were counted before there was such a
    /// figure, and are recounted soon. A part of a sum is not the sum.
    pub cells_without_groups: u64,
    /// Distinct cases by the code of the group of channels.
    pub cases_by_group: Vec<(u8, u64)>,
}

/// A rule, a province and the days of a month, in the order in which [`of_month`] binds them.
pub(crate) const OF_MONTH: &str = "rule = ? AND province = ? AND served_on >= ? AND served_on < ?";

pub(crate) fn read(table: Table, months: Months) -> Read {
    Read { table: table.into(), months }
}

/// Whether the tables can be read.
pub fn ping(client: &Client) -> Select<FoundRow> {
    let sql = "SELECT toUInt8(1) AS found FROM counts LIMIT 1";
    Select::new("ping", client.query(sql), [read(Table::Counts, Months::All)])
}

/// Every month of every province of which something was counted by its active rule, in order.
pub fn months_of_all(client: &Client) -> Select<ProvinceMonthRow> {
    // Whether there is a row does not depend on which version of it holds.
    let sql = format!(
        "SELECT DISTINCT province, toStartOfMonth(served_on) AS month FROM counts \
         WHERE {} ORDER BY province, month",
        active_rule::is_active()
    );
    let reads = [read(Table::Counts, Months::All), active_rule::READ];
    Select::new("months_of_all", client.query(&sql), reads)
}

/// The months of a province of which something was counted, in order, with their reviews.
pub fn months(client: &Client, rule: u16, province: Province) -> Select<MonthRow> {
    let sql = format!(
        "SELECT toStartOfMonth(served_on) AS month, sum(arraySum(mapValues(counts.reviews))) AS reviews \
         FROM ({}) AS counts GROUP BY month ORDER BY month",
        held(Table::Counts, "rule = ? AND province = ?")
    );
    let query = client.query(&sql).bind(rule).bind(province.number());
    Select::new("months", query, [read(Table::Counts, Months::All)])
}

/// Whether something was counted of a month.
pub fn is_known(client: &Client, rule: u16, province: Province, month: Month) -> Select<FoundRow> {
    let sql = format!("SELECT toUInt8(1) AS found FROM counts WHERE {OF_MONTH} LIMIT 1");
    let reads = [read(Table::Counts, Months::only(month))];
    Select::new("is_known", of_month(client, &sql, rule, province, month), reads)
}

/// What was counted of the services of a month, in one row.
pub fn served_month(
    client: &Client,
    rule: u16,
    province: Province,
    month: Month,
) -> Select<ServedMonthRow> {
    let sql = format!(
        "SELECT count() AS buckets, \
             sum(counts.services) AS services, \
             sum(counts.unreviewed) AS unreviewed, \
             sumMap(counts.services_by_channel) AS services_by_channel, \
             sumMap(counts.reviews) AS reviews, \
             sumMap(counts.set_aside) AS set_aside \
         FROM ({}) AS counts",
        held(Table::Counts, OF_MONTH)
    );
    let reads = [read(Table::Counts, Months::only(month))];
    Select::new("served_month", of_month(client, &sql, rule, province, month), reads).small()
}

/// Counted bad reviews of services of earlier months that were given in a later month, for those
/// months of which some may have been given in `month`.
pub fn late_bad_reviews(
    client: &Client,
    rule: u16,
    province: Province,
    month: Month,
) -> Select<LateReviewsRow> {
    let which = "rule = ? AND province = ? \
                 AND served_on >= addMonths(toDate(?), -toInt8(?)) AND served_on < ?";
    let sql = format!(
        "SELECT toStartOfMonth(served_on) AS month, \
             sumMap(mapFilter((k, v) -> bitAnd(k, 7) <= 2 AND bitAnd(bitShiftRight(k, 8), 15) > 0, \
                 counts.reviews)) AS reviews \
         FROM ({}) AS counts GROUP BY month",
        held(Table::Counts, which)
    );
    let first_day = month.first_day().to_string();
    let query = client
        .query(&sql)
        .bind(rule)
        .bind(province.number())
        .bind(&first_day)
        .bind(MONTHS_LATE_MAX)
        .bind(&first_day);
    let months = Months::Until { last: month, earlier: MONTHS_LATE_MAX };
    Select::new("late_bad_reviews", query, [read(Table::Counts, months)]).small()
}

/// What was counted of the cases of a month, in one row.
pub fn cases(client: &Client, rule: u16, province: Province, month: Month) -> Select<CasesRow> {
    let which = "rule = ? AND province = ? AND month >= ? AND month < ?";
    let sql = format!(
        "SELECT count() AS cells, sum(case_counts.cases) AS cases, \
             sumMap(case_counts.cases_by_channel) AS cases_by_channel, \
             countIf(empty(case_counts.cases_by_group)) AS cells_without_groups, \
             sumMap(case_counts.cases_by_group) AS cases_by_group \
         FROM ({}) AS case_counts",
        held(Table::CaseCounts, which)
    );
    let reads = [read(Table::CaseCounts, Months::only(month))];
    Select::new("cases", of_month(client, &sql, rule, province, month), reads).small()
}

/// A query that asks for a rule, a province and the days of a month, in this order.
pub(crate) fn of_month(
    client: &Client,
    sql: &str,
    rule: u16,
    province: Province,
    month: Month,
) -> Query {
    client
        .query(sql)
        .bind(rule)
        .bind(province.number())
        .bind(month.first_day().to_string())
        .bind(month.end().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::select::tests::assert_names_its_tables;

    #[test]
    fn every_statement_names_the_tables_that_it_reads() {
        let (client, month) = (Client::default(), "2023-07".parse().expect("a month"));
        let guangdong = "440000".parse().expect("a province");
        assert_names_its_tables(&ping(&client));
        assert_names_its_tables(&months_of_all(&client));
        assert_names_its_tables(&months(&client, 1, guangdong));
        assert_names_its_tables(&is_known(&client, 1, guangdong, month));
        assert_names_its_tables(&served_month(&client, 1, guangdong, month));
        assert_names_its_tables(&late_bad_reviews(&client, 1, guangdong, month));
        assert_names_its_tables(&cases(&client, 1, guangdong, month));
    }
}
