//! The rule by which the rows of a database were made.

use anyhow::Context;
use clickhouse::Client;
use daemon::BadEnvironment;
use domain::LOADING_RULE;

/// Refuses a database whose rows were made by another rule: the same record would be stored a second
/// time, under another key.
///
/// # Errors
///
/// [`BadEnvironment`] if the rules differ; or if ClickHouse does not answer.
pub async fn check(client: &Client) -> anyhow::Result<()> {
    let rule: u16 = client
        .query("SELECT argMax(rule, set_at) FROM loading_rule")
        .fetch_one()
        .await
        .context("failed to read the loading rule")?;
    if rule == LOADING_RULE {
        return Ok(());
    }
    let is_empty: bool = client
        .query("SELECT count() = 0 FROM records")
        .fetch_one()
        .await
        .context("failed to look at the records")?;
    if is_empty {
        // The migrations note the first rule; the first loader of an empty database decides.
        return set(client).await;
    }
    Err(BadEnvironment(format!(
        "the records of this database were loaded by rule {rule}, and this version loads by rule \
         {LOADING_RULE}; stop every loader and run `haochaping rebuild --all --records` of this version"
    ))
    .into())
}

/// Notes that the rows are made by the rule of this code.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn set(client: &Client) -> anyhow::Result<()> {
    client
        .query("INSERT INTO loading_rule (rule) VALUES (?)")
        .bind(LOADING_RULE)
        .execute()
        .await
        .context("failed to note the loading rule")
}
