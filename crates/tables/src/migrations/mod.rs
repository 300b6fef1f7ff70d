//! Brings the database and the list of topics to what this version of the code expects.
//!
//! One process at a time runs it (`haochaping migrate`, or `up`). Services check at their start that
//! the tables are as their own code expects, or as a later version has left them that fits ([`check`]).

mod fit;
mod list;

use anyhow::{Context, bail, ensure};
use clickhouse::{Client, Row};
use domain::EventHash;
use serde::Deserialize;
use uuid::Uuid;

use self::fit::{Applied, Fit};
use self::list::{MIGRATIONS, Migration};
use crate::clickhouse::ClickHouseConfig;
use crate::topology::Topology;
use topics::{KafkaConfig, RegisteredTopic, Topic, TopicLayout};

const MIGRATIONS_TABLE: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS migrations
(
    name       String,
    hash       String COMMENT 'BLAKE3 of the file',
    applied_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY name",
    "ALTER TABLE migrations ADD COLUMN IF NOT EXISTS
    fits_from UInt16 COMMENT 'The oldest version that can run with it, by the number of the last migration that this version knows; 0 if nobody said'",
];

/// Makes the database, its tables and the topics, as far as they are missing.
///
/// # Errors
///
/// If an engine cannot be reached, or the database was migrated by other code than this.
pub async fn run(
    clickhouse: &ClickHouseConfig,
    kafka: &KafkaConfig,
    layout: TopicLayout,
) -> anyhow::Result<()> {
    let topology = Topology::default();
    clickhouse
        .client_without_database()
        .query(&topology.render("CREATE DATABASE IF NOT EXISTS ?"))
        .bind(clickhouse::sql::Identifier(&clickhouse.clickhouse_database))
        .execute()
        .await
        .context("failed to make the database")?;
    let client = clickhouse.client();
    for statement in MIGRATIONS_TABLE {
        let made = topology.define(&client, statement).await;
        made.context("failed to make the list of migrations")?;
    }
    migrate(&client, topology).await?;
    let topics = topics::create_topics(kafka, layout).await?;
    register(&client, kafka, &topics).await
}

#[derive(Row, Deserialize)]
struct AppliedRow {
    name: String,
    hash: String,
    fits_from: u16,
}

/// Checks that the database is as this code expects, and returns its id. A later version may have
/// migrated it, if that has kept what this one needs; the log says so.
///
/// # Errors
///
/// If it was not migrated, or by a version that this one does not fit.
pub async fn check(client: &Client) -> anyhow::Result<Uuid> {
    let applied = applied(client).await.context("run `haochaping migrate` first")?;
    match fit::of_this_version(&applied)? {
        Fit::Missing(missing) => {
            if let Some(name) = missing.first() {
                bail!("the migration {name} is missing; run `haochaping migrate`");
            }
        }
        Fit::Later(name) => warn_of_later(&name),
    }
    let id: Uuid = client
        .query("SELECT min(id) AS id FROM database_id")
        .fetch_one::<DatabaseId>()
        .await
        .context("failed to read the id of the database")?
        .id;
    Ok(id)
}

#[derive(Row, Deserialize)]
struct DatabaseId {
    #[serde(with = "clickhouse::serde::uuid")]
    id: Uuid,
}

async fn applied(client: &Client) -> anyhow::Result<Vec<Applied>> {
    let rows: Vec<AppliedRow> = client
        .query("SELECT name, hash, fits_from FROM migrations FINAL ORDER BY name")
        .fetch_all()
        .await
        .context("failed to read the list of migrations")?;
    let applied = |AppliedRow { name, hash, fits_from }| Applied { name, hash, fits_from };
    Ok(rows.into_iter().map(applied).collect())
}

fn warn_of_later(name: &str) {
    tracing::warn!(
        migration = name,
        "a later version has migrated the database; this version still fits and runs beside it"
    );
}

async fn migrate(client: &Client, topology: Topology) -> anyhow::Result<()> {
    let applied = applied(client).await?;
    if let Fit::Later(name) = fit::of_this_version(&applied)? {
        warn_of_later(&name);
    }
    for Migration { name, sql, fits_from } in MIGRATIONS {
        let hash = EventHash::of(sql.as_bytes()).to_string();
        if let Some(before) = applied.iter().find(|migration| migration.name == *name) {
            ensure!(before.hash == hash, "the migration {name} is not the one that was applied");
            continue;
        }
        for statement in statements(sql) {
            let applied = topology.define(client, statement).await;
            applied.with_context(|| format!("failed to apply the migration {name}"))?;
        }
        client
            .query("INSERT INTO migrations (name, hash, fits_from) VALUES (?, ?, ?)")
            .bind(name)
            .bind(&hash)
            .bind(fits_from)
            .execute()
            .await
            .with_context(|| format!("failed to note the migration {name}"))?;
        tracing::info!(name, "a migration was applied");
    }
    Ok(())
}

/// The statements of a file: each ends with a semicolon at the end of a line.
fn statements(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(";\n").map(str::trim).filter(|statement| !statement.is_empty())
}

#[derive(Row, Deserialize)]
struct Registered {
    number: u8,
    name: String,
    #[serde(with = "clickhouse::serde::uuid")]
    id: Uuid,
}

async fn registered(client: &Client) -> anyhow::Result<Vec<Registered>> {
    client
        .query("SELECT number, name, id FROM topics FINAL ORDER BY number")
        .fetch_all()
        .await
        .context("failed to read the list of topics")
}

/// Gives a number to every topic that a loader reads and whose id has none.
async fn register(
    client: &Client,
    kafka: &KafkaConfig,
    topics: &[(Topic, Uuid)],
) -> anyhow::Result<()> {
    let known = registered(client).await?;
    let mut last = known.last().map_or(0, |topic| topic.number);
    for (topic, id) in topics.iter().filter(|(topic, _)| Topic::READ.contains(topic)) {
        let name = kafka.topic(*topic);
        if let Some(topic) = known.iter().find(|topic| topic.name == name) {
            ensure!(
                topic.id == *id,
                "the topic {name} is another one than the database was loaded from; \
                 restore it, or use a new database"
            );
            continue;
        }
        last = last.checked_add(1).context("every number of a topic is taken")?;
        client
            .query("INSERT INTO topics (number, name, id) VALUES (?, ?, ?)")
            .bind(last)
            .bind(&name)
            .bind(id.to_string())
            .execute()
            .await
            .context("failed to register a topic")?;
    }
    Ok(())
}

/// The topics that a loader reads, with our numbers for them.
///
/// # Errors
///
/// If a topic is not registered, or was recreated since.
pub async fn registered_topics(
    client: &Client,
    kafka: &KafkaConfig,
) -> anyhow::Result<Vec<RegisteredTopic>> {
    let known = registered(client).await?;
    let ids = topics::topic_ids(kafka).await?;
    let read = ids.into_iter().filter(|(topic, _)| Topic::READ.contains(topic));
    read.map(|(topic, id)| {
        let name = kafka.topic(topic);
        let registered = known.iter().find(|registered| registered.name == name);
        let registered = registered.with_context(|| {
            format!("the topic {name} is not registered; run `haochaping migrate`")
        })?;
        ensure!(
            registered.id == id,
            "the topic {name} was deleted and recreated: its offsets begin again, and what was in \
             it is only in the database; restore it, or use a new database"
        );
        Ok(RegisteredTopic { topic, number: registered.number, id })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_of_every_migration_begins_with_what_it_does() {
        for Migration { name, sql, .. } in MIGRATIONS {
            assert!(statements(sql).count() > 0, "{name}");
            for statement in statements(sql) {
                let first =
                    statement.lines().find(|line| !line.starts_with("--") && !line.is_empty());
                let begins = |with: &str| first.is_some_and(|line| line.starts_with(with));
                let known = [
                    "CREATE TABLE IF NOT EXISTS ",
                    "INSERT INTO ",
                    "ALTER TABLE ",
                    "DROP TABLE IF EXISTS ",
                ];
                assert!(known.into_iter().any(begins), "{name}: {first:?}");
            }
        }
    }
}
