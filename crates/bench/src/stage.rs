//! Engines of a row's own, and installations on them: each round begins with nothing.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, anyhow};
use clickhouse::Client;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use services::Service;
use strum::VariantArray;
use testbed::engines::{Installation, OwnEngines};
use testbed::wait::until;
use testbed::world::{Routes, World};
use topics::{Topic, TopicLayout};

/// Partitions of each topic: what `haochaping migrate` makes where nothing else is said.
const PARTITIONS: u16 = 6;

/// One broker and one ClickHouse, as processes.
pub struct Stage {
    program: PathBuf,
    engines: OwnEngines,
    number: AtomicU32,
}

impl Stage {
    /// Starts the engines.
    pub async fn start(program: &Path) -> Self {
        let engines = OwnEngines::start(program).await;
        Self { program: program.to_owned(), engines, number: AtomicU32::new(0) }
    }

    /// A database and topics that nothing was written to yet.
    ///
    /// # Errors
    ///
    /// If an engine refuses.
    pub async fn new_installation(&self) -> anyhow::Result<Installation> {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let mut installation = self.engines.installation();
        installation.clickhouse.clickhouse_database = format!("bench_{number}");
        installation.kafka.topic_prefix = format!("bench-{number}.");
        let layout = TopicLayout { partitions: PARTITIONS, replication: installation.copies };
        tables::migrations::run(&installation.clickhouse, &installation.kafka, layout)
            .await
            .context("failed to make a database and topics")?;
        Ok(installation)
    }

    /// All services of an installation, not started yet.
    pub async fn world(&self, installation: Installation) -> World {
        let routes = Routes::direct(&installation);
        World::prepare(&self.program, installation, &routes).await
    }

    /// Starts every service through which a review passes, and waits until they are ready. The
    /// auditor is not among them: what it takes would be measured with the rest.
    pub async fn start_way(world: &mut World) {
        let way: Vec<_> = Service::VARIANTS.iter().filter(|it| **it != Service::Auditor).collect();
        for service in &way {
            world[**service].start();
        }
        for service in way {
            world.until_service_is_ready(*service).await;
        }
    }

    /// The number of ClickHouse's process.
    pub fn clickhouse_pid(&self) -> u32 {
        self.engines.clickhouse_pid()
    }

    /// The number of Kafka's process.
    pub fn kafka_pid(&self) -> u32 {
        self.engines.kafka_pid()
    }

    /// Takes an installation's database and topics away, so that nothing of it is merged while another is
    /// measured, and the disk does not fill.
    ///
    /// # Errors
    ///
    /// If an engine refuses.
    pub async fn drop_installation(&self, installation: &Installation) -> anyhow::Result<()> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &installation.kafka.kafka_brokers);
        let admin: AdminClient<DefaultClientContext> =
            config.create().context("failed to make a Kafka client")?;
        let names: Vec<_> =
            Topic::VARIANTS.iter().map(|topic| installation.kafka.topic(*topic)).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let deleted = admin.delete_topics(&names, &AdminOptions::new()).await;
        for deleted in deleted.context("failed to delete topics")? {
            deleted.map_err(|(name, error)| anyhow!("failed to delete {name}: {error}"))?;
        }
        let database = &installation.clickhouse.clickhouse_database;
        let client = installation.clickhouse.client_without_database();
        execute(&client, &format!("DROP DATABASE {database} SYNC")).await
    }
}

/// Runs a statement that returns nothing.
///
/// # Errors
///
/// If ClickHouse refuses; the statement is named.
pub async fn execute(client: &Client, statement: &str) -> anyhow::Result<()> {
    let outcome = client.query(statement).execute().await;
    outcome.with_context(|| format!("failed to run: {statement}"))
}

/// A number that a query returns.
///
/// # Errors
///
/// If ClickHouse refuses; the query is named.
pub async fn number(client: &Client, query: &str) -> anyhow::Result<u64> {
    let answer = client.query(query).fetch_one().await;
    answer.with_context(|| format!("failed to ask: {query}"))
}

/// A kind of statement that ClickHouse has run: what it does with which tables, how often, and the
/// processor seconds and rows that it took.
#[derive(clickhouse::Row, Deserialize, Serialize)]
struct Statements {
    kind: String,
    tables: String,
    times: u64,
    cpu_s: f64,
    rows_read: u64,
    rows_written: u64,
}

/// The costliest kinds of statements in a database, as far as the log of statements still has them.
///
/// # Errors
///
/// If ClickHouse refuses.
pub async fn statements(client: &Client, database: &str) -> anyhow::Result<Value> {
    execute(client, "SYSTEM FLUSH LOGS query_log").await?;
    let query =
        "SELECT toString(query_kind) AS kind, arrayStringConcat(arraySort(tables), ' ') AS tables,
            count() AS times, sum(ProfileEvents['OSCPUVirtualTimeMicroseconds']) / 1e6 AS cpu_s,
            sum(read_rows) AS rows_read, sum(written_rows) AS rows_written
        FROM system.query_log
        WHERE type = 'QueryFinish' AND current_database = ?
        GROUP BY kind, tables ORDER BY cpu_s DESC LIMIT 12";
    let rows: Vec<Statements> = client
        .query(query)
        .bind(database)
        .fetch_all()
        .await
        .context("failed to read the log of statements")?;
    serde_json::to_value(rows).context("failed to write JSON")
}

/// Waits until nothing is merged in a database any more.
pub async fn until_merged(client: &Client, database: &str) {
    let merges = format!("SELECT count() FROM system.merges WHERE database = '{database}'");
    until(&format!("nothing is merged in {database}"), || async {
        number(client, &merges).await.is_ok_and(|merges| merges == 0)
    })
    .await;
}
