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
    /// Counted reviews.
    pub reviews: u64,
    /// Simulated records in the months that its figures rest on. More than zero: they are simulated.
    pub simulated: u64,
    /// When Kafka took the latest counted record of the month itself, in seconds since 1970; 0 is not
    /// known.
    pub records_through: u32,
}

/// A month of a province.
#[derive(Row, Deserialize)]
pub struct MonthRow {
    /// Its first day, in days since 1970.
    pub month: u16,
    /// Counted reviews.
    pub reviews: u64,
    /// Simulated records in the months that its figures rest on. More than zero: they are simulated.
    pub simulated: u64,
    /// When Kafka took the latest counted record of the month itself, in seconds since 1970; 0 is not
    /// known.
    pub records_through: u32,
}

/// There is something.
#[derive(Row, Deserialize)]
pub struct FoundRow {
    #[expect(dead_code, reason = "that there is a row is the answer")]
    found: u8,
}

/// Which records the figures of a month rest on.
#[derive(Row, Deserialize)]
pub struct CoverageRow {
    /// Months whose services the figures are about: the month itself, and those earlier ones of which bad
    /// reviews were received in it. None: nothing is known of the month.
    pub months: u64,
    /// Records of the month itself that were counted.
    pub records: u64,
    /// Simulated records in all these months. More than zero: the figures are simulated.
    pub simulated: u64,
    /// When Kafka took the latest counted record of the month itself, in seconds since 1970; 0 is not
    /// known.
    pub records_through: u32,
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
    /// Records that it was counted from: services, reviews and dispositions.
    pub records: u64,
    /// Of these, those that are simulated.
    pub simulated: u64,
    /// When Kafka took the latest of them, in seconds since 1970; 0 is not known.
    pub records_through: u32,
}

/// Bad reviews that were received in a month, of services of an earlier one.
#[derive(Row, Deserialize)]
pub struct LateReviewsRow {
    /// The first day of the month of the services, in days since 1970.
    pub month: u16,
    /// Counted bad reviews by the group's code; none if all were set aside.
    pub reviews: Vec<(u16, u64)>,
    /// Simulated records of that earlier month.
    pub simulated: u64,
    /// When Kafka took its latest counted record, in seconds since 1970; 0 is not known.
    pub records_through: u32,
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
    /// Of these cells the cases by set of channels are not known: they were counted before there was such
    /// a figure, and are recounted soon. A part of a sum is not the sum.
    pub cells_without_sets: u64,
    /// Distinct cases by the set of all channels of their services: bit 0 is the channel whose code is 1.
    pub cases_by_channels: Vec<(u16, u64)>,
    /// Service records that it was counted from.
    pub records: u64,
    /// Of these, those that are simulated.
    pub simulated: u64,
    /// When Kafka took the latest of them, in seconds since 1970; 0 is not known.
    pub records_through: u32,
}

/// How many months after the month of their service bad reviews were given that were set aside, as bits of
/// the column `bad_months_late`, which has those that count. A month that has lost a bad review by a
/// simulated disposition is simulated too.
const SET_ASIDE_MONTHS_LATE: &str = "arrayReduce('groupBitOr', \
    arrayMap(code -> bitShiftLeft(toUInt16(1), bitAnd(bitShiftRight(code, 8), 15)), \
        arrayFilter(code -> bitAnd(code, 7) <= 2, mapKeys(counts.set_aside))))";

/// A rule, a province and the days of a month, in the order in which [`of_month`] binds them.
pub(crate) const OF_MONTH: &str = "rule = ? AND province = ? AND served_on >= ? AND served_on < ?";

/// A rule, a province and the days up to an end, from the earliest month on of which bad reviews may have
/// been given in a month; in the order in which [`since_earlier`] binds them.
const SINCE_EARLIER: &str = "rule = ? AND province = ? \
    AND served_on >= addMonths(toDate(?), -toInt8(?)) AND served_on < ?";

pub(crate) fn read(table: Table, months: Months) -> Read {
    Read { table: table.into(), months }
}

/// Whether the tables can be read.
pub fn ping(client: &Client) -> Select<FoundRow> {
    let sql = "SELECT toUInt8(1) AS found FROM counts LIMIT 1";
    Select::new("ping", client.query(sql), [read(Table::Counts, Months::All)])
}

/// Every month of every province in which something was received, by its active rule, in order.
pub fn months_of_all(client: &Client) -> Select<ProvinceMonthRow> {
    let sql = months_by("province, ", &active_rule::is_active());
    let reads = [read(Table::Counts, Months::All), active_rule::READ];
    Select::new("months_of_all", client.query(&sql), reads)
}

/// The months of a province in which something was received, in order, with their reviews.
pub fn months(client: &Client, rule: u16, province: Province) -> Select<MonthRow> {
    let query = client.query(&months_by("", "rule = ? AND province = ?"));
    let query = query.bind(rule).bind(province.number());
    Select::new("months", query, [read(Table::Counts, Months::All)])
}

/// Months that have records of their own services, or in which bad reviews of services of earlier months
/// were received. The only map that is read is that of reviews that were set aside, of which there are few:
/// it is asked of all history. Such reviews make no month, but a simulated month of one that there is.
fn months_by(key: &str, which: &str) -> String {
    format!(
        "SELECT {key}received.1 AS month, sum(received.2) AS reviews, sum(simulated_records) AS simulated, \
             max(received.3) AS records_through \
         FROM \
         ( \
             SELECT {key}simulated_records, \
                 arrayJoin(arrayPushFront(arrayMap( \
                     months -> (addMonths(served_in, months), toUInt64(0), \
                         if(bitTest(late, months), through, toDateTime(0, 'UTC')), bitTest(late, months)), \
                     arrayFilter(months -> months > 0, bitPositionsToArray(bitOr(late, set_aside_late)))), \
                     (served_in, of_month, through, toUInt8(1)))) AS received \
             FROM \
             ( \
                 SELECT {key}toStartOfMonth(served_on) AS served_in, sum(counts.counted) AS of_month, \
                     sum(counts.simulated) AS simulated_records, max(counts.records_through) AS through, \
                     groupBitOr(counts.bad_months_late) AS late, \
                     groupBitOr({SET_ASIDE_MONTHS_LATE}) AS set_aside_late \
                 FROM ({}) AS counts GROUP BY {key}served_in \
             ) \
         ) \
         GROUP BY {key}month HAVING max(received.4) = 1 ORDER BY {key}month",
        held(Table::Counts, which)
    )
}

/// Which records the figures of a month rest on, in one row.
pub fn coverage(
    client: &Client,
    rule: u16,
    province: Province,
    month: Month,
) -> Select<CoverageRow> {
    let sql = format!(
        "SELECT countIf(months_late = 0 OR bitTest(late, months_late)) AS months, \
             sumIf(of_month, months_late = 0) AS records, sum(simulated_records) AS simulated, \
             maxIf(through, months_late = 0) AS records_through \
         FROM \
         ( \
             SELECT dateDiff('month', toStartOfMonth(served_on), toDate(?)) AS months_late, \
                 sum(counts.generation) AS of_month, sum(counts.simulated) AS simulated_records, \
                 max(counts.records_through) AS through, groupBitOr(counts.bad_months_late) AS late, \
                 groupBitOr({SET_ASIDE_MONTHS_LATE}) AS set_aside_late \
             FROM ({}) AS counts GROUP BY months_late \
         ) \
         WHERE months_late = 0 OR bitTest(bitOr(late, set_aside_late), months_late)",
        held(Table::Counts, SINCE_EARLIER)
    );
    let first_day = month.first_day().to_string();
    let query = client.query(&sql).bind(&first_day);
    let query = since_earlier(query, rule, province, month, &month.end().to_string());
    Select::new("coverage", query, [read(Table::Counts, with_earlier(month))]).small()
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
             sumMap(counts.set_aside) AS set_aside, \
             sum(counts.generation) AS records, \
             sum(counts.simulated) AS simulated, \
             max(counts.records_through) AS records_through \
         FROM ({}) AS counts",
        held(Table::Counts, OF_MONTH)
    );
    let reads = [read(Table::Counts, Months::only(month))];
    Select::new("served_month", of_month(client, &sql, rule, province, month), reads).small()
}

/// Counted bad reviews of services of earlier months that were received in a month, one row for each
/// earlier month that has some, or that has some which were set aside.
pub fn late_bad_reviews(
    client: &Client,
    rule: u16,
    province: Province,
    month: Month,
) -> Select<LateReviewsRow> {
    let sql = format!(
        "SELECT toStartOfMonth(served_on) AS month, \
             mapFilter((k, v) -> bitAnd(bitShiftRight(k, 8), 15) = dateDiff('month', month, toDate(?)), \
                 sumMap(mapFilter((k, v) -> bitAnd(k, 7) <= 2 AND bitAnd(bitShiftRight(k, 8), 15) > 0, \
                     counts.reviews))) AS reviews, \
             sum(counts.simulated) AS simulated, \
             max(counts.records_through) AS records_through \
         FROM ({}) AS counts GROUP BY month \
         HAVING notEmpty(reviews) \
             OR bitTest(groupBitOr({SET_ASIDE_MONTHS_LATE}), dateDiff('month', month, toDate(?)))",
        held(Table::Counts, SINCE_EARLIER)
    );
    let first_day = month.first_day().to_string();
    let query = client.query(&sql).bind(&first_day);
    let query = since_earlier(query, rule, province, month, &first_day).bind(&first_day);
    Select::new("late_bad_reviews", query, [read(Table::Counts, with_earlier(month))]).small()
}

/// What was counted of the cases of a month, in one row.
pub fn cases(client: &Client, rule: u16, province: Province, month: Month) -> Select<CasesRow> {
    let which = "rule = ? AND province = ? AND month >= ? AND month < ?";
    let sql = format!(
        "SELECT count() AS cells, sum(case_counts.cases) AS cases, \
             sumMap(case_counts.cases_by_channel) AS cases_by_channel, \
             countIf(empty(case_counts.cases_by_channels)) AS cells_without_sets, \
             sumMap(case_counts.cases_by_channels) AS cases_by_channels, \
             sum(case_counts.generation) AS records, \
             sum(case_counts.simulated) AS simulated, \
             max(case_counts.records_through) AS records_through \
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
    bind_month(client.query(sql), rule, province, month)
}

/// Binds what [`OF_MONTH`] asks for.
pub(crate) fn bind_month(query: Query, rule: u16, province: Province, month: Month) -> Query {
    query
        .bind(rule)
        .bind(province.number())
        .bind(month.first_day().to_string())
        .bind(month.end().to_string())
}

/// Binds what [`SINCE_EARLIER`] asks for: days before `end`.
fn since_earlier(query: Query, rule: u16, province: Province, month: Month, end: &str) -> Query {
    let first_day = month.first_day().to_string();
    query.bind(rule).bind(province.number()).bind(first_day).bind(MONTHS_LATE_MAX).bind(end)
}

/// A month and those before it of which bad reviews may have been given in it.
fn with_earlier(month: Month) -> Months {
    Months::Until { last: month, earlier: MONTHS_LATE_MAX }
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
        assert_names_its_tables(&coverage(&client, 1, guangdong, month));
        assert_names_its_tables(&served_month(&client, 1, guangdong, month));
        assert_names_its_tables(&late_bad_reviews(&client, 1, guangdong, month));
        assert_names_its_tables(&cases(&client, 1, guangdong, month));
    }
}
