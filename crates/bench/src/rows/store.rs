//! Measures what a review costs on disk: all our tables together, against one plain table with the
//! contents of the events.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use bytes::Bytes;
use clickhouse::Client;
use domain::{EpochSeconds, Event};
use serde_json::{Value, json};
use services::Service;
use testbed::engines::Installation;
use tokio::sync::mpsc;
use uuid::Uuid;
use wire::CloudEvent;

use crate::bench::Bench;
use crate::events::{Record, Spread, generate};
use crate::figure::figure;
use crate::fill::Filler;
use crate::progress::{until_committed, until_stored};
use crate::report::{Aim, Line, Measured};
use crate::stage::{execute, number};

/// Records of a round.
const RECORDS: (u64, u64) = (1_000_000, 10_000_000);

/// The plain table's name, in a database of its own.
const PLAIN: &str = "plain";

/// What somebody would make who knows the events and nothing of how they are read: a column for each
/// field, with the type that it has by nature, and the codecs that ClickHouse gives. It is sorted as
/// ours is, since rows that stand together compress together.
const TABLE: &str = "CREATE TABLE events (
    id UUID, source String, type String, area_code UInt64, item_code String, project_no String,
    service_no UInt8, served_on Date, channel String, revision UInt16,
    item_name String, department_name String,
    review_id UUID, subject_type String, hall_code String, window_code String, level String,
    is_default Bool, rated_at DateTime, follow_up Bool, tags Array(UInt16), text String
) ENGINE = MergeTree PARTITION BY toYYYYMM(served_on)
ORDER BY (intDiv(area_code, 10000000000), served_on, xxh3(project_no) % 1024, xxh3(project_no),
    service_no, type, review_id, id)
SETTINGS auto_statistics_types = ''";

/// How events become rows of it.
const INSERT: &str = "INSERT INTO events
    SELECT id, source, type,
        if(data.subject.type = '', data.area_code, data.subject.area_code),
        if(data.subject.type = '', data.item_code, data.subject.item_code),
        if(data.subject.type = '', data.project_no, data.subject.project_no),
        if(data.subject.type = '', data.service_no, data.subject.service_no),
        if(data.subject.type = '', data.served_on, data.subject.served_on),
        data.channel, data.revision, data.item_name, data.department_name,
        data.review_id, data.subject.type, data.subject.hall_code, data.subject.window_code,
        data.level, data.is_default, data.rated_at, data.follow_up, data.tags, data.text
    FROM input('id UUID, source String, type String, data Tuple(
        area_code UInt64, item_code String, project_no String, service_no UInt8, served_on Date,
        channel String, revision UInt16, item_name String, department_name String,
        review_id UUID, level String, is_default Bool, rated_at DateTime, follow_up Bool,
        tags Array(UInt16), text String,
        subject Tuple(type String, area_code UInt64, item_code String, project_no String,
            service_no UInt8, served_on Date, hall_code String, window_code String))')
    FORMAT JSONEachRow";

/// Bytes of one insert into the plain table.
const INSERT_BYTES: usize = 64 << 20;

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Measured> {
    let records = bench.size(RECORDS.0, RECORDS.1);
    let rounds = bench.rounds(1);
    let stage = bench.stage().await;
    let (mut ours, mut reference) = (Vec::new(), Vec::new());
    let (mut tables, mut columns) = (Value::Null, Value::Null);
    let mut reviews = 0;
    for round in 1..=rounds {
        bench.say(format!("store, round {round} of {rounds}: writing {records} records"));
        let installation = stage.new_installation().await?;
        let client = installation.clickhouse.client_without_database();
        execute(&client, &format!("CREATE DATABASE {PLAIN}")).await?;
        let plain = client.clone().with_database(PLAIN);
        execute(&plain, TABLE).await?;
        fill_both(&installation, &plain, records, u64::from(round)).await?;

        bench.say(format!("store, round {round} of {rounds}: loading, counting and merging"));
        let mut world = stage.world(installation.clone()).await;
        world[Service::Loader].start();
        let client = installation.clickhouse.client();
        until_stored(&client, records).await?;
        until_committed(&installation).await?;
        ensure!(
            world[Service::Loader].terminate().success(),
            "the loader failed: {}",
            world[Service::Loader].log()
        );
        // All counts of all records, without the pauses that the counter makes.
        let said = world.command("rebuild", &["--all", "--swap-differing"]);
        ensure!(said.code == Some(0), "the counts were not made: {}{}", said.words(), said.err);
        must_equal(&client, &plain).await?;

        let database = &installation.clickhouse.clickhouse_database;
        merge(&client, database).await?;
        merge(&client, PLAIN).await?;
        reviews = number(&client, "SELECT count() FROM records WHERE kind = 'review'").await?;
        let bytes = async |database: &str| -> anyhow::Result<u64> {
            let all = "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database =";
            number(&client, &format!("{all} '{database}'")).await
        };
        ours.push(figure(bytes(database).await?) / figure(reviews));
        reference.push(figure(bytes(PLAIN).await?) / figure(reviews));
        tables = json!({
            "ours": by_table(&client, database).await?, "reference": by_table(&client, PLAIN).await?,
        });
        columns = json!({
            "ours": by_column(&client, database).await?, "reference": by_column(&client, PLAIN).await?,
        });
        execute(&client, &format!("DROP DATABASE {PLAIN} SYNC")).await?;
        stage.drop_installation(&installation).await?;
    }
    let mut measured = Measured {
        reference: Some(
            "one plain MergeTree with a column for each field of the events, in the same order, with \
             default codecs",
        ),
        lines: vec![
            Line::new("disk for each review, all tables", "B", ours)
                .beside(reference)
                .aim(Aim::AtMost(1.0)),
        ],
        notes: vec![format!(
            "{records} records, {reviews} of them reviews; their services and all counts are in the \
             bytes. Ids are UUIDs of version 7. Everything is merged"
        )],
        ..Measured::default()
    };
    measured.details.insert("bytes_by_table".to_owned(), tables);
    measured.details.insert("bytes_by_column".to_owned(), columns);
    Ok(measured)
}

/// Writes the same events into Kafka and into the plain table.
async fn fill_both(
    installation: &Installation,
    plain: &Client,
    records: u64,
    seed: u64,
) -> anyhow::Result<()> {
    let mut filler = Filler::new(&installation.kafka)?;
    let (sender, mut bodies) = mpsc::channel::<Bytes>(2);
    let making = tokio::task::spawn_blocking(move || {
        let mut body = Vec::new();
        generate(records, seed, Spread::OneProvince, |event| {
            let Record { kind, key, value } = Record::of(&in_order_of_time(event.clone()));
            filler.send(kind, key, &value)?;
            body.extend_from_slice(&value);
            body.push(b'\n');
            if body.len() >= INSERT_BYTES {
                sender.blocking_send(std::mem::take(&mut body).into())?;
            }
            Ok(())
        })?;
        sender.blocking_send(body.into())?;
        filler.flush()
    });
    while let Some(body) = bodies.recv().await {
        let insert = plain.insert_formatted_with(INSERT);
        let mut insert = insert.with_setting("date_time_input_format", "best_effort");
        insert = insert.with_setting("input_format_skip_unknown_fields", "1");
        insert.send(body).await.context("failed to fill the plain table")?;
        insert.end().await.context("failed to fill the plain table")?;
    }
    making.await.context("making events panicked")??;
    Ok(())
}

/// The event with ids as sources make them: UUIDs of version 7, from the time of what they name.
fn in_order_of_time(mut event: CloudEvent<'static>) -> CloudEvent<'static> {
    let at = match &event.event {
        Event::Service(service) => {
            service.served_on.begins_at().saturating_add(office_hour(event.id))
        }
        Event::Review(review) => review.rated_at,
        Event::Disposition(disposition) => disposition.decided_at,
    };
    event.id = version_7(event.id, at);
    if let Event::Review(review) = &mut event.event {
        review.review_id = version_7(review.review_id, at);
    }
    event
}

/// A second of the day, from eight to six: a service record does not say at which it was given.
fn office_hour(id: Uuid) -> u32 {
    8 * 3_600 + u32::try_from(id.as_u128() % 36_000).expect("ten hours")
}

/// An id of version 7 with the random bits of another.
fn version_7(id: Uuid, at: EpochSeconds) -> Uuid {
    let millisecond =
        u64::from(at.get()) * 1_000 + u64::try_from(id.as_u128() % 1_000).expect("small");
    let mut random = [0; 10];
    random.copy_from_slice(&id.as_bytes()[6..]);
    uuid::Builder::from_unix_timestamp_millis(millisecond, &random).into_uuid()
}

/// Both must hold the same events.
async fn must_equal(ours: &Client, plain: &Client) -> anyhow::Result<()> {
    let sums = "count(), sum(toUInt64(service_no)), sum(toUInt64(revision)), countIf(is_default),
        sum(arraySum(tags)), sum(length(text)), sum(cityHash64(review_id) % 1000)";
    let ask = async |client: &Client, area: &str, table: &str| -> anyhow::Result<String> {
        let query = format!("SELECT toString(({sums}, sum({area}))) FROM {table}");
        client.query(&query).fetch_one().await.context("failed to add columns up")
    };
    // A record may be stored twice until parts are merged.
    let ours = ask(ours, "area", "records FINAL").await?;
    let plain = ask(plain, "area_code", "events").await?;
    ensure!(ours == plain, "the two sides stored different things: {ours} and {plain}");
    Ok(())
}

/// Merges every table of a database into one part for each month.
async fn merge(client: &Client, database: &str) -> anyhow::Result<()> {
    let tables = "SELECT name FROM system.tables WHERE database = ? AND engine LIKE '%MergeTree'";
    let tables: Vec<String> = client.query(tables).bind(database).fetch_all().await?;
    for table in tables {
        execute(client, &format!("OPTIMIZE TABLE {database}.{table} FINAL")).await?;
    }
    Ok(())
}

/// Bytes on disk of each table.
async fn by_table(client: &Client, database: &str) -> anyhow::Result<BTreeMap<String, u64>> {
    let query = "SELECT table, sum(bytes_on_disk) FROM system.parts
        WHERE active AND database = ? GROUP BY table";
    let rows: Vec<(String, u64)> = client.query(query).bind(database).fetch_all().await?;
    Ok(rows.into_iter().collect())
}

/// Bytes on disk of each column of each table; zero where parts are so small that all columns are
/// in one file.
async fn by_column(
    client: &Client,
    database: &str,
) -> anyhow::Result<BTreeMap<String, BTreeMap<String, u64>>> {
    let query = "SELECT table, column, sum(column_bytes_on_disk) FROM system.parts_columns
        WHERE active AND database = ? GROUP BY table, column";
    let rows: Vec<(String, String, u64)> = client.query(query).bind(database).fetch_all().await?;
    let mut tables: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for (table, column, bytes) in rows {
        tables.entry(table).or_default().insert(column, bytes);
    }
    Ok(tables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_version_7_begins_with_the_time_and_keeps_what_was_random() {
        let id = Uuid::from_u128(0x1234_5678_9abc_8def_8123_4567_89ab_cdef);
        let at = EpochSeconds::new(1_700_000_000);
        let made = version_7(id, at);
        assert_eq!(made.get_version_num(), 7);
        let seconds = made.get_timestamp().expect("a time").to_unix().0;
        assert_eq!(seconds, 1_700_000_000);
        assert_eq!(made.as_bytes()[9..], id.as_bytes()[9..]);
    }
}
