//! Brings the database and the list of topics to what this version of the code expects.
//!
//! One process at a time runs it (`haochaping migrate`, or `up`). Services that read and write the
//! tables check at their start that the tables are as their code expects ([`check`]).

use anyhow::{Context, ensure};
use clickhouse::{Client, Row};
use domain::EventHash;
use serde::Deserialize;
use uuid::Uuid;

use crate::clickhouse::ClickHouseConfig;
use daemon::BadEnvironment;
use topics::{KafkaConfig, RegisteredTopic, Topic, TopicLayout};

/// Every migration, in order. One that was released is never edited.
const MIGRATIONS: [(&str, &str); 13] = [
    ("0001_topics", include_str!("../../../schemas/clickhouse/0001_topics.sql")),
    ("0002_records", include_str!("../../../schemas/clickhouse/0002_records.sql")),
    ("0003_counts", include_str!("../../../schemas/clickhouse/0003_counts.sql")),
    ("0004_names", include_str!("../../../schemas/clickhouse/0004_names.sql")),
    ("0005_database_id", include_str!("../../../schemas/clickhouse/0005_database_id.sql")),
    ("0006_class_counts", include_str!("../../../schemas/clickhouse/0006_class_counts.sql")),
    ("0007_quarantine", include_str!("../../../schemas/clickhouse/0007_quarantine.sql")),
    ("0008_audits", include_str!("../../../schemas/clickhouse/0008_audits.sql")),
    ("0009_loading_rule", include_str!("../../../schemas/clickhouse/0009_loading_rule.sql")),
    ("0010_item_counts", include_str!("../../../schemas/clickhouse/0010_item_counts.sql")),
    ("0011_records", include_str!("../../../schemas/clickhouse/0011_records.sql")),
    ("0012_merges", include_str!("../../../schemas/clickhouse/0012_merges.sql")),
    ("0013_audits", include_str!("../../../schemas/clickhouse/0013_audits.sql")),
];

const MIGRATIONS_TABLE: &str = "CREATE TABLE IF NOT EXISTS migrations
(
    name       String,
    hash       String COMMENT 'BLAKE3 of the file',
    applied_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY name";

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
    clickhouse
        .client_without_database()
        .query("CREATE DATABASE IF NOT EXISTS ?")
        .bind(clickhouse::sql::Identifier(&clickhouse.clickhouse_database))
        .execute()
        .await
        .context("failed to make the database")?;
    let client = clickhouse.client();
    client
        .query(MIGRATIONS_TABLE)
        .execute()
        .await
        .context("failed to make the list of migrations")?;
    migrate(&client).await?;
    let topics = topics::create_topics(kafka, layout).await?;
    register(&client, kafka, &topics).await
}

#[derive(Row, Deserialize)]
struct Applied {
    name: String,
    hash: String,
}

/// Checks that the database is as this code expects, and returns its id.
///
/// # Errors
///
/// If it was not migrated, or by other code.
pub async fn check(client: &Client) -> anyhow::Result<Uuid> {
    let applied = applied(client).await.context("run `haochaping migrate` first")?;
    refuse_newer(&applied)?;
    for (name, _) in MIGRATIONS {
        let is_applied = applied.iter().any(|migration| migration.name == name);
        ensure!(is_applied, "the migration {name} is missing; run `haochaping migrate`");
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
    client
        .query("SELECT name, hash FROM migrations FINAL ORDER BY name")
        .fetch_all()
        .await
        .context("failed to read the list of migrations")
}

fn refuse_newer(applied: &[Applied]) -> Result<(), BadEnvironment> {
    match applied
        .iter()
        .find(|migration| !MIGRATIONS.iter().any(|(name, _)| *name == migration.name))
    {
        Some(newer) => Err(BadEnvironment(format!(
            "the database was migrated by a newer version ({}); use that version, or another database",
            newer.name
        ))),
        None => Ok(()),
    }
}

async fn migrate(client: &Client) -> anyhow::Result<()> {
    let applied = applied(client).await?;
    refuse_newer(&applied)?;
    for (name, sql) in MIGRATIONS {
        let hash = EventHash::of(sql.as_bytes()).to_string();
        if let Some(before) = applied.iter().find(|migration| migration.name == name) {
            ensure!(before.hash == hash, "the migration {name} is not the one that was applied");
            continue;
        }
        for statement in statements(sql) {
            client
                .query_raw(statement)
                .execute()
                .await
                .with_context(|| format!("failed to apply the migration {name}"))?;
        }
        client
            .query("INSERT INTO migrations (name, hash) VALUES (?, ?)")
            .bind(name)
            .bind(&hash)
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
        for (name, sql) in MIGRATIONS {
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
