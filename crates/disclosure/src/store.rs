//! What is read from ClickHouse. Decides nothing: sums go out as they are counted.
//!
//! Recounts replace each other by version, so every table of counts is read with `FINAL`. Its keys
//! hold the partition's date, which is what makes it right to merge partitions apart from each
//! other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use clickhouse::query::Query;
use clickhouse::{Client, Row, RowOwned, RowRead};
use domain::group::MONTHS_LATE_MAX;
use domain::{COUNTING_RULE, Month, Province, ServedOn};
use serde::Deserialize;
use strum::VariantArray;
use tokio::sync::Semaphore;

use crate::config::Config;
use crate::figures::{CasesOfMonth, ServedMonth};
use crate::problem::{Kind, Problem};
use crate::stored::{Stored, Table};

/// A query gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// It may in a moment: ClickHouse is away, slow, or has too much to do.
    #[error("ClickHouse does not answer")]
    Unavailable(#[source] anyhow::Error),
    /// It never will.
    #[error("ClickHouse cannot answer")]
    Broken(#[source] anyhow::Error),
}

/// When to ask again while ClickHouse does not answer.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(1);

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unavailable(cause) => {
                tracing::warn!(error = format!("{cause:#}"), "ClickHouse does not answer");
                Self::new(Kind::Overloaded, "The figures cannot be read now. Try again.")
                    .retry_after(RETRY_AFTER)
            }
            Fault::Broken(cause) => Self::internal(&cause),
        }
    }
}

impl From<clickhouse::error::Error> for Fault {
    fn from(error: clickhouse::error::Error) -> Self {
        use clickhouse::error::Error;
        let is_transient = match &error {
            Error::Network(_) | Error::TimedOut => true,
            Error::BadResponse(text) => is_transient(text),
            _ => false,
        };
        if is_transient { Self::Unavailable(error.into()) } else { Self::Broken(error.into()) }
    }
}

/// Timeouts, memory, too many queries, broken connections, shutting down, Keeper away. An answer
/// without a code of ClickHouse's comes from something between it and us.
fn is_transient(text: &str) -> bool {
    const CODES: [u16; 13] = [159, 160, 202, 209, 210, 225, 236, 241, 242, 279, 394, 439, 999];
    let digits = text.strip_prefix("Code: ").unwrap_or_default();
    let digits = &digits[..digits.bytes().take_while(u8::is_ascii_digit).count()];
    digits.parse().map_or(true, |code| CODES.contains(&code))
}

/// A number of queries at once, each with a time limit.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    client: Client,
    permits: Arc<Semaphore>,
    timeout: Duration,
}

#[derive(Row, Deserialize)]
struct ProvinceMonthRow {
    province: u8,
    month: u16,
}

#[derive(Row, Deserialize)]
struct MonthRow {
    month: u16,
    reviews: u64,
}

#[derive(Row, Deserialize)]
struct ServedMonthRow {
    buckets: u64,
    services: u64,
    unreviewed: u64,
    services_by_channel: Vec<(u8, u64)>,
    reviews: Vec<(u16, u64)>,
    set_aside: Vec<(u16, u64)>,
}

#[derive(Row, Deserialize)]
struct LateReviewsRow {
    month: u16,
    reviews: Vec<(u16, u64)>,
}

#[derive(Row, Deserialize)]
struct CasesRow {
    cells: u64,
    cases: u64,
    cases_by_channel: Vec<(u8, u64)>,
}

#[derive(Row, Deserialize)]
struct StoredRow {
    table: String,
    partition: String,
    hash: u64,
}

#[derive(Row, Deserialize)]
struct PingRow {
    #[expect(dead_code, reason = "that there is an answer is the answer")]
    one: u8,
}

impl Store {
    pub(crate) fn new(config: &Config) -> Self {
        let timeout = Duration::from_millis(config.query_timeout_ms);
        let client = config
            .clickhouse
            .client()
            .with_setting("do_not_merge_across_partitions_select_final", "1")
            // A second more than we wait: ClickHouse ends what we have given up.
            .with_setting("max_execution_time", (timeout.as_secs() + 1).to_string());
        let permits = Arc::new(Semaphore::new(config.queries_max.get()));
        Self { client, permits, timeout }
    }

    /// Whether the tables can be read.
    ///
    /// It does not wait for its turn: a service that is busy is ready all the same.
    pub(crate) async fn ping(&self) -> Result<(), Fault> {
        let query = self.client.query("SELECT toUInt8(1) AS one FROM counts LIMIT 1");
        let answered = tokio::time::timeout(self.timeout, query.fetch_all::<PingRow>()).await;
        let too_late = |_| Fault::Unavailable(anyhow!("ClickHouse does not answer"));
        Ok(answered.map_err(too_late)?.map(drop)?)
    }

    /// The parts of the tables from which answers are read.
    pub(crate) async fn stored(&self) -> Result<Stored, Fault> {
        // A table that was dropped and made again begins with the same names.
        let sql = "SELECT table, partition, groupBitXor(sipHash64(name, hash_of_all_files)) AS hash \
                   FROM system.parts \
                   WHERE active AND database = currentDatabase() AND table IN ? \
                   GROUP BY table, partition";
        let tables: Vec<&str> = Table::VARIANTS.iter().map(Into::into).collect();
        let query = small(self.query(sql).bind(tables));
        let rows = self.fetch::<StoredRow>("stored", query).await?.into_iter().map(|row| {
            let table = row.table.parse().context("a table that was not asked for");
            Ok((table.map_err(Fault::Broken)?, row.partition, row.hash))
        });
        Ok(Stored::new(rows.collect::<Result<Vec<_>, Fault>>()?))
    }

    /// Every month of every province of which something was counted, in order.
    pub(crate) async fn months_of_all(&self) -> Result<Vec<(Province, Month)>, Fault> {
        // Whether there is a row does not depend on which version of it holds.
        let sql = "SELECT DISTINCT province, toStartOfMonth(served_on) AS month FROM counts \
                   WHERE rule = ? ORDER BY province, month";
        let query = self.client.query(sql).bind(COUNTING_RULE);
        let rows = self.fetch::<ProvinceMonthRow>("months_of_all", query).await?;
        rows.into_iter()
            .map(|row| {
                let province = Province::from_number(row.province).context("an odd province");
                Ok((province.map_err(Fault::Broken)?, month_of(row.month)?))
            })
            .collect()
    }

    /// The months of a province of which something was counted, in order, with their reviews.
    pub(crate) async fn months(&self, province: Province) -> Result<Vec<(Month, u64)>, Fault> {
        let sql = "SELECT toStartOfMonth(served_on) AS month, sum(arraySum(mapValues(counts.reviews))) AS reviews \
                   FROM counts FINAL WHERE rule = ? AND province = ? GROUP BY month ORDER BY month";
        let query = self.client.query(sql).bind(COUNTING_RULE).bind(province.number());
        let rows = self.fetch::<MonthRow>("months", query).await?;
        rows.into_iter().map(|row| Ok((month_of(row.month)?, row.reviews))).collect()
    }

    /// Whether something was counted of a month.
    pub(crate) async fn is_known(&self, province: Province, month: Month) -> Result<bool, Fault> {
        let sql = "SELECT toUInt8(1) AS one FROM counts \
                   WHERE rule = ? AND province = ? AND served_on >= ? AND served_on < ? LIMIT 1";
        let query = self.of_month(sql, province, month);
        Ok(!self.fetch::<PingRow>("is_known", query).await?.is_empty())
    }

    /// What was counted of the services of a month; nothing if nothing was.
    pub(crate) async fn served_month(
        &self,
        province: Province,
        month: Month,
    ) -> Result<Option<ServedMonth>, Fault> {
        let sql = "SELECT count() AS buckets, \
                       sum(counts.services) AS services, \
                       sum(counts.unreviewed) AS unreviewed, \
                       sumMap(counts.services_by_channel) AS services_by_channel, \
                       sumMap(counts.reviews) AS reviews, \
                       sumMap(counts.set_aside) AS set_aside \
                   FROM counts FINAL \
                   WHERE rule = ? AND province = ? AND served_on >= ? AND served_on < ?";
        let query = self.of_month(sql, province, month);
        let row = self.fetch::<ServedMonthRow>("served_month", small(query)).await?.pop();
        Ok(row.filter(|row| row.buckets > 0).map(|row| ServedMonth {
            services: row.services,
            unreviewed: row.unreviewed,
            services_by_channel: row.services_by_channel,
            reviews: row.reviews,
            set_aside: row.set_aside,
        }))
    }

    /// Counted bad reviews of services of earlier months that were given in a later month, for those
    /// months of which some may have been given in `month`.
    pub(crate) async fn late_bad_reviews(
        &self,
        province: Province,
        month: Month,
    ) -> Result<Vec<(Month, Vec<(u16, u64)>)>, Fault> {
        let sql = "SELECT toStartOfMonth(served_on) AS month, \
                       sumMap(mapFilter((k, v) -> bitAnd(k, 7) <= 2 AND bitAnd(bitShiftRight(k, 8), 15) > 0, \
                           counts.reviews)) AS reviews \
                   FROM counts FINAL \
                   WHERE rule = ? AND province = ? \
                       AND served_on >= addMonths(toDate(?), -toInt8(?)) AND served_on < ? \
                   GROUP BY month";
        let first_day = month.first_day().to_string();
        let query = self
            .client
            .query(sql)
            .bind(COUNTING_RULE)
            .bind(province.number())
            .bind(&first_day)
            .bind(MONTHS_LATE_MAX)
            .bind(&first_day);
        let rows = self.fetch::<LateReviewsRow>("late_bad_reviews", small(query)).await?;
        rows.into_iter().map(|row| Ok((month_of(row.month)?, row.reviews))).collect()
    }

    /// The cases of a month; nothing before they are counted for the first time.
    pub(crate) async fn cases(
        &self,
        province: Province,
        month: Month,
    ) -> Result<Option<CasesOfMonth>, Fault> {
        let sql = "SELECT count() AS cells, sum(case_counts.cases) AS cases, \
                       sumMap(case_counts.cases_by_channel) AS cases_by_channel \
                   FROM case_counts FINAL \
                   WHERE rule = ? AND province = ? AND month >= ? AND month < ?";
        let query = self.of_month(sql, province, month);
        let row =
            self.fetch::<CasesRow>("cases", small(query)).await?.pop().filter(|row| row.cells > 0);
        Ok(row.map(|row| CasesOfMonth { cases: row.cases, cases_by_channel: row.cases_by_channel }))
    }

    /// A query that asks for a rule, a province and the days of a month, in this order.
    pub(crate) fn of_month(&self, sql: &str, province: Province, month: Month) -> Query {
        self.client
            .query(sql)
            .bind(COUNTING_RULE)
            .bind(province.number())
            .bind(month.first_day().to_string())
            .bind(month.end().to_string())
    }

    /// A query.
    pub(crate) fn query(&self, sql: &str) -> Query {
        self.client.query(sql)
    }

    /// Waits for its turn and for all rows, within the time limit.
    pub(crate) async fn fetch<T>(&self, name: &'static str, query: Query) -> Result<Vec<T>, Fault>
    where
        T: RowOwned + RowRead,
    {
        let started = Instant::now();
        let fetched = tokio::time::timeout(self.timeout, async {
            let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
            query.fetch_all::<T>().await
        });
        let result = fetched.await;
        metrics::histogram!("haochaping_disclosure_query_seconds", "query" => name)
            .record(started.elapsed());
        let too_late =
            |_| Fault::Unavailable(anyhow!("the query {name} took longer than {:?}", self.timeout));
        Ok(result.map_err(too_late)??)
    }
}

/// A query of a few ten thousand rows, which one thread reads as fast as two. The other cores are left
/// to who answers.
fn small(query: Query) -> Query {
    query.with_setting("max_threads", "1")
}

fn month_of(days_since_epoch: u16) -> Result<Month, Fault> {
    let day = ServedOn::from_days_since_epoch(days_since_epoch).context("an odd month");
    day.map(ServedOn::month).map_err(Fault::Broken)
}

#[cfg(test)]
mod tests {
    use clickhouse::error::Error;

    use super::*;

    #[test]
    fn what_passes_is_told_from_what_stays() {
        let unavailable = |text: &str| {
            matches!(Error::BadResponse(text.to_owned()).into(), Fault::Unavailable(_))
        };
        assert!(unavailable("Code: 241. DB::Exception: Memory limit exceeded"));
        assert!(unavailable("<html>502 Bad Gateway</html>"));
        assert!(!unavailable("Code: 60. DB::Exception: Unknown table expression identifier"));
        assert!(matches!(Error::TimedOut.into(), Fault::Unavailable(_)));
        assert!(matches!(Error::NotEnoughData.into(), Fault::Broken(_)));
    }
}
