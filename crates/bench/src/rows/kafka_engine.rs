//! The reference for loading: ClickHouse's own Kafka table engine, with materialized views that
//! fill the same columns of the table of records.
//!
//! The table is made as ours is, with all its settings, in a database of its own. JSON is parsed once
//! for each record, into columns of the right types, which is the cheapest that ClickHouse has. What
//! the engine cannot do is left out in its favour: a cheaper hash stands for BLAKE3, and neither names nor
//! touches are written.

use std::collections::BTreeSet;

use anyhow::{Context, ensure};
use clickhouse::Client;
use testbed::engines::Installation;
use topics::{SIMULATED_HEADER, Topic};

use crate::events::kinds;
use crate::stage::execute;

/// The queue's columns, for services and for reviews: named as in the events. A name in braces stands
/// for the type of that column of records, so that nothing is converted twice.
const SERVICE: &str = "id UUID, source {source}, data Tuple(
    area_code {area}, item_code {item}, project_no String, service_no {service_no},
    served_on {served_on}, channel {channel}, revision {revision})";

const REVIEW: &str = "id UUID, source {source}, data Tuple(
    review_id {review_id}, revision {revision}, channel {channel}, level {level},
    is_default {is_default}, rated_at {rated_at}, follow_up {follow_up}, tags {tags}, text {text},
    subject Tuple(
        type {subject}, area_code {area}, item_code {item}, project_no String,
        service_no {service_no}, served_on {served_on}, hall_code {hall}, window_code {window}))";

/// The columns of records, with what fills them for services and for reviews; `default` where the
/// table's own default does.
const COLUMNS: [(&str, &str, &str); 30] = [
    (
        "province",
        "intDiv(data.area_code, 10000000000)",
        "intDiv(data.subject.area_code, 10000000000)",
    ),
    ("served_on", "data.served_on", "data.subject.served_on"),
    ("cell", "case % 1024", "case % 1024"),
    ("case", "xxh3(data.project_no)", "xxh3(data.subject.project_no)"),
    ("service_no", "data.service_no", "data.subject.service_no"),
    ("kind", "'service'", "'review'"),
    ("review", "default", "xxh3(data.review_id)"),
    ("topic", "{topic}", "{topic}"),
    ("partition", "_partition", "_partition"),
    ("offset", "_offset", "_offset"),
    ("revision", "data.revision", "data.revision"),
    ("event", "xxh3(id)", "xxh3(id)"),
    ("source", "source", "source"),
    ("appended_at", "_timestamp", "_timestamp"),
    ("subject", "'service'", "data.subject.type"),
    ("area", "data.area_code", "data.subject.area_code"),
    ("item", "data.item_code", "data.subject.item_code"),
    ("hall", "default", "data.subject.hall_code"),
    ("window", "default", "data.subject.window_code"),
    ("channel", "data.channel", "data.channel"),
    ("level", "default", "data.level"),
    ("is_default", "default", "data.is_default"),
    ("follow_up", "default", "data.follow_up"),
    ("rated_at", "default", "data.rated_at"),
    ("tags", "default", "data.tags"),
    ("text", "default", "data.text"),
    ("review_id", "default", "data.review_id"),
    ("action", "default", "default"),
    ("reason", "default", "default"),
    ("simulated", "has(`_headers.name`, '{simulated}')", "has(`_headers.name`, '{simulated}')"),
];

/// Of the sizes that were tried the best, and at what age a block is written that is not full.
const SETTINGS: &str = "kafka_format = 'JSONEachRow', kafka_num_consumers = 2, \
     kafka_thread_per_consumer = 1, kafka_max_block_size = 524288, kafka_poll_max_batch_size = 524288, \
     kafka_flush_interval_ms = 1000, input_format_skip_unknown_fields = 1, \
     date_time_input_format = 'best_effort'";

/// The reference's database beside that of an installation.
pub(super) fn database(installation: &Installation) -> String {
    format!("{}_kafka_engine", installation.clickhouse.clickhouse_database)
}

/// A client for it.
pub(super) fn client(installation: &Installation) -> Client {
    installation.clickhouse.client_without_database().with_database(database(installation))
}

/// Makes database and table.
pub(super) async fn prepare(installation: &Installation) -> anyhow::Result<()> {
    let (ours, theirs) = (&installation.clickhouse.clickhouse_database, database(installation));
    let client = installation.clickhouse.client_without_database();
    let columns = columns(installation).await?;
    let known: BTreeSet<_> = COLUMNS.iter().map(|(name, ..)| *name).collect();
    let there: BTreeSet<_> = columns.iter().map(|(name, _)| name.as_str()).collect();
    ensure!(
        known == there,
        "the table records has other columns than the reference fills: {:?}; add them to \
         crates/bench/src/rows/kafka_engine.rs",
        known.symmetric_difference(&there).collect::<Vec<_>>()
    );
    execute(&client, &format!("CREATE DATABASE {theirs}")).await?;
    execute(&client, &format!("CREATE TABLE {theirs}.records AS {ours}.records")).await
}

/// The columns of our table of records that are stored, with their types.
async fn columns(installation: &Installation) -> anyhow::Result<Vec<(String, String)>> {
    let query = "SELECT name, type FROM system.columns
        WHERE database = ? AND table = 'records' AND default_kind != 'ALIAS'";
    let client = installation.clickhouse.client_without_database();
    let query = client.query(query).bind(&installation.clickhouse.clickhouse_database);
    query.fetch_all().await.context("failed to ask for the columns of records")
}

/// Has the engine begin to read.
pub(super) async fn begin(installation: &Installation) -> anyhow::Result<()> {
    let client = client(installation);
    let kafka = &installation.kafka;
    let types = columns(installation).await?;
    for (topic, number, columns) in [(Topic::Services, 1, SERVICE), (Topic::Reviews, 2, REVIEW)] {
        let typed =
            |text: String, (name, of): &(String, String)| text.replace(&format!("{{{name}}}"), of);
        let columns = types.iter().fold(columns.to_owned(), typed);
        let queue = format!(
            "CREATE TABLE {topic}_queue ({columns}) ENGINE = Kafka SETTINGS
             kafka_broker_list = '{}', kafka_topic_list = '{}', kafka_group_name = '{}{}.{topic}',
             {SETTINGS}",
            kafka.kafka_brokers,
            kafka.topic(topic),
            kafka.topic_prefix,
            database(installation),
        );
        let is_service = topic == Topic::Services;
        let filled = COLUMNS.iter().filter_map(|(name, service, review)| {
            let filled_by = if is_service { service } else { review };
            (*filled_by != "default").then(|| format!("{filled_by} AS {name}"))
        });
        let filled = filled.collect::<Vec<_>>().join(", ");
        let filled = filled.replace("{topic}", &number.to_string());
        let filled = filled.replace("{simulated}", SIMULATED_HEADER);
        let view = format!(
            "CREATE MATERIALIZED VIEW {topic}_view TO records AS SELECT {filled} FROM {topic}_queue"
        );
        execute(&client, &queue).await?;
        execute(&client, &view).await?;
    }
    Ok(())
}

/// Has it read no more.
pub(super) async fn end(installation: &Installation) -> anyhow::Result<()> {
    let client = client(installation);
    for topic in kinds().map(Topic::of) {
        execute(&client, &format!("DROP TABLE {topic}_view SYNC")).await?;
        execute(&client, &format!("DROP TABLE {topic}_queue SYNC")).await?;
    }
    Ok(())
}

/// Takes the database away.
pub(super) async fn drop(installation: &Installation) -> anyhow::Result<()> {
    execute(&client(installation), &format!("DROP DATABASE {} SYNC", database(installation))).await
}

/// What both tables must have in common: how many rows, which positions, and what was said. A record may
/// be stored twice until parts are merged: who takes a partition over reads from what was committed.
const SUMS: &str = "SELECT toString((count(), uniqExact(kind, partition, offset), sum(offset),
        sum(area), sum(toUnixTimestamp(rated_at)), sum(toUInt64(level)), sum(toUInt64(channel)),
        sum(length(text)), sum(arraySum(tags)), sum(cityHash64(item, hall, window) % 1000),
        sum(service_no), sum(revision), countIf(is_default), countIf(simulated), sum(cityHash64(review_id) % 1000)))
    FROM records FINAL";

/// Holds the two tables equal.
///
/// # Errors
///
/// With what both sides have, if it is not the same.
pub(super) async fn must_equal(installation: &Installation) -> anyhow::Result<()> {
    let ask = async |client: Client| -> anyhow::Result<String> {
        client.query(SUMS).fetch_one().await.context("failed to add the columns of records up")
    };
    let (ours, theirs) =
        (ask(installation.clickhouse.client()).await?, ask(client(installation)).await?);
    ensure!(ours == theirs, "the two sides stored different things: {ours} and {theirs}");
    Ok(())
}
