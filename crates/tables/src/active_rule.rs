//! The active rule: by which counting rule a province's figures are read.
//!
//! Whoever reads counts takes the rule from here. It decides whether the counts of a rule are complete,
//! and never moves the pointer to those that are not.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, ensure};
use clickhouse::{Client, Row};
use daemon::BadEnvironment;
use domain::{Month, Province, ServedOn};
use serde::Deserialize;
use strum::VariantArray;

use crate::buckets::{self, BucketRow, Buckets};
use crate::counts::{LABEL, Table};
use crate::rule::Rule;
use crate::select::{Months, Read, Select};
use crate::sweep::sweep;

const TABLE: &str = "active_rules";

/// The number of a rule.
#[derive(Row, Deserialize)]
pub struct RuleRow {
    /// [`Rule::number`].
    pub rule: u16,
}

/// The rule of a province, in one row.
pub fn of(client: &Client, province: Province) -> Select<RuleRow> {
    let sql = "SELECT if(count() = 0, toUInt16(?), argMax(rule, activated_at)) AS rule \
               FROM active_rules WHERE province = ?";
    let query = client.query(sql).bind(Rule::FIRST.number).bind(province.number());
    Select::new("active_rule", query, [READ]).small()
}

/// The rule of a province, if this version can count by it.
///
/// # Errors
///
/// If it cannot, or ClickHouse does not answer.
pub(crate) async fn known_of(client: &Client, province: Province) -> anyhow::Result<Rule> {
    let row: RuleRow =
        of(client, province).into_query().fetch_one().await.context("failed to read the rule")?;
    let known = Rule::KNOWN.into_iter().find(|rule| rule.number == row.rule);
    known.with_context(|| {
        let number = row.rule;
        format!("figures of {province} are read by rule {number}, which this version does not know")
    })
}

/// That a statement reads the pointer.
pub(crate) const READ: Read = Read { table: TABLE, months: Months::All };

/// A condition over a table of counts: the row is by the active rule of its province.
pub fn is_active() -> String {
    let first = Rule::FIRST;
    format!(
        "((province, rule) IN ( SELECT province, rule FROM active_rules FINAL ) OR \
          rule = {first} AND province NOT IN ( SELECT province FROM active_rules ))"
    )
}

#[derive(Row, Deserialize)]
struct ActiveRow {
    province: u8,
    rule: u16,
}

/// The rule of every province.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn all(client: &Client) -> anyhow::Result<BTreeMap<Province, u16>> {
    let sql = "SELECT province, rule FROM active_rules FINAL ORDER BY province";
    let rows: Vec<ActiveRow> =
        client.query_raw(sql).fetch_all().await.context("failed to read the active rules")?;
    let mut rules: BTreeMap<_, _> =
        Province::all().map(|province| (province, Rule::FIRST.number)).collect();
    for ActiveRow { province, rule } in rows {
        let province = Province::from_number(province).context("a row of no province")?;
        rules.insert(province, rule);
    }
    Ok(rules)
}

/// Days of provinces of which a table is not complete by a rule.
pub type Missing = BTreeMap<&'static str, BTreeSet<(Province, ServedOn)>>;

/// What the counts by a rule lack of some provinces: buckets whose label falls short of what is stored,
/// and of the label by the rule that is active. What came last is counted by neither, and says nothing
/// about the difference between them.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn missing(
    client: &Client,
    rule: Rule,
    provinces: &BTreeSet<Province>,
) -> anyhow::Result<Missing> {
    let active = all(client).await?;
    let mut missing = Missing::new();
    for table in Table::VARIANTS {
        let mut lacks = sweep(client, *table, rule, None).await?;
        lacks.retain(|(province, _), _| provinces.contains(province));
        let months: BTreeSet<Month> = lacks.keys().map(|(_, day)| day.month()).collect();
        let mut behind = Buckets::new();
        for month in months {
            behind.extend(behind_active(client, *table, rule, month).await?);
        }
        lacks.retain(|day, cells| {
            active[&day.0] == rule.number
                || behind.get(day).is_some_and(|behind| behind.intersects(cells))
        });
        if !lacks.is_empty() {
            missing.insert(table.into(), lacks.into_keys().collect());
        }
    }
    Ok(missing)
}

/// The buckets of a month whose label by a rule is lower than by the rule that is active.
async fn behind_active(
    client: &Client,
    table: Table,
    rule: Rule,
    month: Month,
) -> anyhow::Result<Buckets> {
    let (day, active) = (table.day(), is_active());
    let cell = match table {
        Table::Counts | Table::CaseCounts => "cell",
        Table::ItemCounts | Table::ClassCounts => "toUInt16(0)",
    };
    let sql = format!(
        "SELECT province, {day} AS served_on, {cell} AS cell FROM {table}
WHERE toYYYYMM({day}) = {month} AND (rule = {rule} OR {active})
GROUP BY province, served_on, cell
HAVING maxIf({LABEL}, rule = {rule}) < maxIf({LABEL}, rule != {rule})",
        month = month.number()
    );
    let rows: Vec<BucketRow> = client
        .query_raw(&sql)
        .fetch_all()
        .await
        .with_context(|| format!("failed to compare the rules of {table}"))?;
    buckets::of_rows(rows)
}

/// Says in the log which active rules a counter of this version does not count by. Their figures stand
/// still unless another counter runs.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn tell_of_unknown(client: &Client) -> anyhow::Result<()> {
    let mut unknown: BTreeSet<u16> = all(client).await?.into_values().collect();
    unknown.retain(|number| Rule::KNOWN.iter().all(|rule| rule.number != *number));
    for rule in unknown {
        tracing::error!(
            rule,
            "figures are read by a rule that this version does not count by; run the version that \
             does, or activate another rule"
        );
    }
    Ok(())
}

/// Makes a rule the active one of provinces, if its counts are complete. Returns what they lack
/// otherwise, and moves nothing.
///
/// # Errors
///
/// If the rule is none of `known`, or ClickHouse does not answer.
pub async fn activate(
    client: &Client,
    known: &[Rule],
    number: u16,
    provinces: &BTreeSet<Province>,
) -> anyhow::Result<Missing> {
    let rule = known.iter().find(|rule| rule.number == number).ok_or_else(|| {
        let numbers = known.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        BadEnvironment(format!(
            "this version does not know the rule {number}; it counts by: {numbers}"
        ))
    })?;
    ensure!(!provinces.is_empty(), "no province is named");
    let missing = missing(client, *rule, provinces).await?;
    if missing.is_empty() {
        let rows = provinces.iter().map(|province| format!("({}, {rule})", province.number()));
        let rows = rows.collect::<Vec<_>>().join(", ");
        // The latest row holds. A clock that was set back must not leave the one before in force.
        let sql = format!(
            "INSERT INTO active_rules (province, rule, activated_at)
SELECT row.1, row.2, greatest(now64(6), addMicroseconds((SELECT max(activated_at) FROM active_rules), 1))
FROM (SELECT arrayJoin(CAST([{rows}], 'Array(Tuple(UInt8, UInt16))')) AS row)"
        );
        client.query_raw(&sql).execute().await.context("failed to note the active rule")?;
    }
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::select::tests::assert_names_its_tables;

    #[test]
    fn the_statement_names_the_table_that_it_reads() {
        let guangdong = "440000".parse().expect("a province");
        assert_names_its_tables(&of(&Client::default(), guangdong));
    }
}
