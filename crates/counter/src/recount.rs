//! Recounts: has ClickHouse replace what a table of counts says of buckets.

use std::time::Duration;

use anyhow::{Context, anyhow};
use clickhouse::{Client, Row};
use serde::Deserialize;
use tokio::time::timeout;

use crate::attempts::Attempts;
use crate::schedule::{Buckets, day_of_row};
use crate::statements::{DaySizes, statements, which_days};
use crate::table::{Priority, Table};

/// How long one statement may take in ClickHouse.
const STATEMENT_TIMEOUT: Duration = Duration::from_mins(10);

/// How much longer its answer is waited for: a server that is gone gives none.
const ANSWER_GRACE: Duration = Duration::from_secs(10);

/// A month's buckets by name are more than a statement may say by default.
pub(crate) const QUERY_SIZE_MAX: &str = "67108864";

/// Buckets that are still to be recounted, and why.
#[derive(Debug, thiserror::Error)]
#[error("{} days were not recounted", left.len())]
pub struct Unfinished {
    /// The buckets.
    pub left: Buckets,
    /// The first fault of ClickHouse.
    #[source]
    pub fault: anyhow::Error,
}

/// Recounts buckets whole, as far as it can. What ClickHouse refuses is tried again in halves, so that
/// what cannot be counted does not keep others from being counted; see [`Attempts`]. A failure leaves
/// the table as a recount at another time would have.
///
/// # Errors
///
/// If something is still to be recounted.
pub async fn recount(client: &Client, table: Table, buckets: &Buckets) -> Result<(), Unfinished> {
    recount_into(client, table, table.into(), table.priority(), buckets).await
}

/// Recounts buckets of a table into another one that looks the same, before or after what else is counted.
///
/// # Errors
///
/// As [`recount`].
pub(crate) async fn recount_into(
    client: &Client,
    table: Table,
    target: &str,
    priority: Priority,
    buckets: &Buckets,
) -> Result<(), Unfinished> {
    let client =
        &client.clone().with_setting("priority", priority.number().to_string()).with_setting(
            "low_priority_query_wait_time_ms",
            Priority::WAIT_MAX.as_millis().to_string(),
        );
    let sizes = match table {
        Table::ItemCounts | Table::ClassCounts => sizes(client, buckets).await,
        Table::Counts | Table::CaseCounts => Ok(DaySizes::new()),
    };
    let sizes = sizes.map_err(|fault| Unfinished { left: buckets.clone(), fault })?;
    let mut attempts =
        Attempts::new(buckets, |buckets: &Buckets| statements(table, buckets, &sizes));
    let mut fault = None;
    while let Some(statement) = attempts.next() {
        match run(client, table, target, &statement.sql).await {
            Ok(()) => attempts.on_done(),
            Err(error) => {
                if is_refusal(&error) {
                    tracing::warn!(%table, error = format!("{error:#}"), "a recount is refused");
                    attempts.on_refused(&statement.buckets);
                } else {
                    attempts.on_no_answer(&statement.buckets);
                }
                fault.get_or_insert(error);
            }
        }
    }
    match (attempts.into_left(), fault) {
        (left, Some(fault)) if !left.is_empty() => Err(Unfinished { left, fault }),
        _ => Ok(()),
    }
}

/// Whether ClickHouse has answered that it cannot.
fn is_refusal(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(clickhouse::error::Error::BadResponse(_)))
}

#[derive(Row, Deserialize)]
struct SizeRow {
    province: u8,
    served_on: u16,
    records: u64,
}

/// How many records the days of buckets have. It reads two columns of the key.
async fn sizes(client: &Client, buckets: &Buckets) -> anyhow::Result<DaySizes> {
    if buckets.is_empty() {
        return Ok(DaySizes::new());
    }
    let statement = format!(
        "SELECT province, served_on, count() AS records FROM records WHERE {} GROUP BY province, served_on",
        which_days(buckets)
    );
    let query = client
        .query_raw(&statement)
        .with_setting("max_query_size", QUERY_SIZE_MAX)
        .with_setting("max_execution_time", STATEMENT_TIMEOUT.as_secs().to_string())
        .fetch_all();
    let rows: Vec<SizeRow> = timeout(STATEMENT_TIMEOUT + ANSWER_GRACE, query)
        .await
        .map_err(|_| anyhow!("ClickHouse did not say in time how many records days have"))?
        .context("failed to ask how many records days have")?;
    rows.into_iter()
        .map(|row| Ok((day_of_row(row.province, row.served_on)?, row.records)))
        .collect()
}

async fn run(client: &Client, table: Table, target: &str, sql: &str) -> anyhow::Result<()> {
    let rest = sql.strip_prefix(&format!("INSERT INTO {table} "));
    let rest = rest.expect("a statement begins with its table");
    let run = client
        .query_raw(&format!("INSERT INTO {target} {rest}"))
        .with_setting("max_execution_time", STATEMENT_TIMEOUT.as_secs().to_string())
        .with_setting("max_query_size", QUERY_SIZE_MAX)
        // All rows of a statement are one block, and so one part: who reads sees a day whole.
        .with_setting("max_insert_threads", "1")
        .with_setting("min_insert_block_size_rows", "1000000000")
        .with_setting("min_insert_block_size_bytes", "0")
        // The status of an answer is final only when the statement has ended.
        .with_setting("wait_end_of_query", "1")
        .execute();
    match timeout(STATEMENT_TIMEOUT + ANSWER_GRACE, run).await {
        Ok(ended) => ended.with_context(|| format!("failed to recount {table}")),
        Err(_) => Err(anyhow!("ClickHouse did not end a recount of {table} in time")),
    }
}

#[cfg(test)]
mod tests {
    use clickhouse::error::Error;

    use super::*;

    #[test]
    fn an_answer_that_it_cannot_is_told_from_no_answer() {
        let failed = |error: Error| anyhow::Error::new(error).context("failed to recount counts");
        assert!(is_refusal(&failed(Error::BadResponse("Code: 241. MEMORY_LIMIT_EXCEEDED".into()))));
        assert!(!is_refusal(&failed(Error::Network("connection refused".into()))));
        assert!(!is_refusal(&anyhow!("ClickHouse did not end a recount of counts in time")));
    }
}
