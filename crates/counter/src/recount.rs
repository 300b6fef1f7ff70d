//! Recounts buckets: makes ClickHouse replace their rows in a table of counts.

use std::time::Duration;

use anyhow::{Context, anyhow};
use clickhouse::Client;
use tables::buckets::Buckets;
use tables::counts::Table;
use tables::records::{DaySizes, day_sizes};
use tables::{QUERY_SIZE_MAX, Rule};
use tokio::time::timeout;

use crate::attempts::Attempts;
use crate::priority::Priority;
use crate::schedule::add_all;
use crate::statements::statements;

/// The time limit of one statement in ClickHouse.
const STATEMENT_TIMEOUT: Duration = Duration::from_mins(10);

/// How much longer to wait for its answer. A server that is down gives none.
const ANSWER_GRACE: Duration = Duration::from_secs(10);

/// Buckets that are still to be recounted, and why.
#[derive(Debug, thiserror::Error)]
#[error("{} days were not recounted", left.len())]
pub struct Unfinished {
    /// The buckets.
    pub left: Buckets,
    /// The first error of ClickHouse.
    #[source]
    pub fault: anyhow::Error,
}

/// Recounts buckets whole by each rule, as far as it can. What ClickHouse refuses is tried again in halves,
/// so that what cannot be counted does not keep others from being counted; see [`Attempts`]. A failure
/// leaves the table as a recount at another time would have.
///
/// # Errors
///
/// If something is still to be recounted by one of the rules.
pub async fn recount(
    client: &Client,
    table: Table,
    rules: &[Rule],
    buckets: &Buckets,
) -> Result<(), Unfinished> {
    let mut unfinished: Option<Unfinished> = None;
    for rule in rules {
        let counted =
            recount_into(client, table, *rule, table.into(), Priority::of(table), buckets).await;
        match (counted, &mut unfinished) {
            (Ok(()), _) => {}
            (Err(later), Some(first)) => add_all(&mut first.left, &later.left),
            (Err(first), None) => unfinished = Some(first),
        }
    }
    unfinished.map_or(Ok(()), Err)
}

/// Recounts buckets of a table into another table with the same columns, with the given precedence.
///
/// # Errors
///
/// As [`recount`].
pub(crate) async fn recount_into(
    client: &Client,
    table: Table,
    rule: Rule,
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
        Table::ItemCounts | Table::ClassCounts => {
            day_sizes(client, buckets, [STATEMENT_TIMEOUT, ANSWER_GRACE]).await
        }
        Table::Counts | Table::CaseCounts => Ok(DaySizes::new()),
    };
    let sizes = sizes.map_err(|fault| Unfinished { left: buckets.clone(), fault })?;
    let mut attempts =
        Attempts::new(buckets, |buckets: &Buckets| statements(table, rule, buckets, &sizes));
    let mut fault = None;
    while let Some(statement) = attempts.next() {
        match run(client, table, &statement.insert_into(target)).await {
            Ok(()) => attempts.on_done(),
            Err(error) => {
                if is_refusal(&error) {
                    tracing::warn!(%table, %rule, error = format!("{error:#}"), "a recount is refused");
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

/// Whether ClickHouse answered with a refusal.
fn is_refusal(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(clickhouse::error::Error::BadResponse(_)))
}

async fn run(client: &Client, table: Table, sql: &str) -> anyhow::Result<()> {
    let run = client
        .query_raw(sql)
        .with_setting("max_execution_time", STATEMENT_TIMEOUT.as_secs().to_string())
        .with_setting("max_query_size", QUERY_SIZE_MAX)
        // All rows of a statement are one block, and so one part: every reader sees a day whole.
        .with_setting("max_insert_threads", "1")
        .with_setting("min_insert_block_size_rows", "1000000000")
        .with_setting("min_insert_block_size_bytes", "0")
        // The status of an answer is final only once the statement has ended.
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
    fn a_refusal_is_told_from_no_answer() {
        let failed = |error: Error| anyhow::Error::new(error).context("failed to recount counts");
        assert!(is_refusal(&failed(Error::BadResponse("Code: 241. MEMORY_LIMIT_EXCEEDED".into()))));
        assert!(!is_refusal(&failed(Error::Network("connection refused".into()))));
        assert!(!is_refusal(&anyhow!("ClickHouse did not end a recount of counts in time")));
    }
}
