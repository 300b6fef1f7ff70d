//! The active rule: by which counting rule a province's figures are read.
//!
//! Whoever reads counts takes the rule from here. It decides whether the counts of a rule are complete,
//! and never moves the pointer to those that are not.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, ensure};
use clickhouse::{Client, Row};
use daemon::BadEnvironment;
use domain::{Province, ServedOn};
use serde::Deserialize;
use strum::VariantArray;

use crate::buckets::Buckets;
use crate::counts::Table;
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

/// What the counts by a rule lack of some provinces: buckets whose label falls short of what is stored.
/// What the rules that are active lack too is no difference between rules: it is being counted.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn missing(
    client: &Client,
    rule: Rule,
    known: &[Rule],
    provinces: &BTreeSet<Province>,
) -> anyhow::Result<Missing> {
    let active = all(client).await?;
    let read: BTreeSet<u16> =
        provinces.iter().map(|province| active[province]).filter(|it| *it != rule.number).collect();
    let read: Vec<Rule> =
        known.iter().filter(|known| read.contains(&known.number)).copied().collect();
    let mut missing = Missing::new();
    for table in Table::VARIANTS {
        // Before and after: what came in between is behind by all of them, or by none.
        let mut behind = sweep_all(client, *table, &read).await?;
        let mut lacks = sweep(client, *table, rule, None).await?;
        behind.extend(sweep_all(client, *table, &read).await?);
        lacks.retain(|day, _| provinces.contains(&day.0) && !behind.contains(day));
        if !lacks.is_empty() {
            missing.insert(table.into(), lacks.into_keys().collect());
        }
    }
    Ok(missing)
}

async fn sweep_all(
    client: &Client,
    table: Table,
    rules: &[Rule],
) -> anyhow::Result<BTreeSet<(Province, ServedOn)>> {
    let mut behind = BTreeSet::new();
    for rule in rules {
        let found: Buckets = sweep(client, table, *rule, None).await?;
        behind.extend(found.into_keys());
    }
    Ok(behind)
}

/// Has the figures of provinces read by a rule, if its counts are complete. Returns what they lack
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
    let missing = missing(client, *rule, known, provinces).await?;
    if missing.is_empty() {
        let rows = provinces.iter().map(|province| format!("({}, {rule})", province.number()));
        let rows = rows.collect::<Vec<_>>().join(", ");
        client
            .query_raw(&format!("INSERT INTO active_rules (province, rule) VALUES {rows}"))
            .execute()
            .await
            .context("failed to note the active rule")?;
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
