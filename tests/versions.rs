//! The version before can run on the schema of this one.

use std::path::PathBuf;

use clickhouse::Row;
use serde::Deserialize;
use serde_json::json;
use testbed::engines::Installation;
use testbed::wait::until;

use crate::support::engines::Engines;
use crate::support::events::{MONTH, review};
use crate::support::records::write;
use crate::support::{repository, world};

/// The statements of the version before.
fn kept() -> PathBuf {
    repository().join("schemas/clickhouse/previous/statements.sql")
}

/// The kept statements that ClickHouse refuses, each with what it says. They are run as they were sent,
/// in their order, on empty tables.
async fn refused(installation: &Installation) -> Vec<String> {
    let kept = std::fs::read_to_string(kept()).expect("statements were kept");
    let (_, statements) = kept.split_once('\n').expect("a first line, and statements");
    let client = installation.clickhouse.client();
    let mut refused = Vec::new();
    for statement in statements.split(";\n").map(str::trim).filter(|it| !it.is_empty()) {
        let statement = &without_rows(statement);
        let run = client.query_raw(statement).with_setting("max_query_size", "67108864");
        if let Err(error) = run.execute().await {
            refused.push(format!("{statement}\n-> {error}"));
        }
    }
    refused
}

/// A statement that was sent with rows is run with none: the log has its text only.
fn without_rows(statement: &str) -> String {
    let sent_with_rows = statement.strip_prefix("INSERT INTO ").and_then(|rest| {
        let (into, _format) = rest.split_once(") FORMAT ")?;
        into.split_once('(')
    });
    match sent_with_rows {
        Some((table, columns)) => {
            format!("INSERT INTO {table}({columns}) SELECT {columns} FROM {table} LIMIT 0")
        }
        None => statement.to_owned(),
    }
}

async fn new_installation() -> Installation {
    let installation = Engines::shared().new_installation();
    installation.migrate().await;
    installation
}

#[tokio::test]
async fn every_statement_of_the_version_before_runs_on_the_schema_of_this_one() {
    let refused = refused(&new_installation().await).await;
    assert!(refused.is_empty(), "{}", refused.join("\n\n"));
}

#[tokio::test]
async fn a_column_or_table_that_the_version_before_needs_is_missed_when_it_is_gone() {
    for gone in [
        "ALTER TABLE counts DROP COLUMN unreviewed",
        "ALTER TABLE case_counts RENAME COLUMN cases TO distinct_cases",
        "DROP TABLE names",
        "ALTER TABLE records RENAME COLUMN hall TO hall_code",
    ] {
        let installation = new_installation().await;
        installation.clickhouse.client().query_raw(gone).execute().await.expect(gone);
        assert!(!refused(&installation).await.is_empty(), "{gone}");
    }
}

/// Notes a migration of a version after this one, as that would.
async fn migrate_later(installation: &Installation, fits_from: u16) {
    let note = format!(
        "INSERT INTO migrations (name, hash, fits_from) VALUES ('9999_later', '', {fits_from})"
    );
    installation.clickhouse.client().query_raw(&note).execute().await.expect("it is noted");
}

#[tokio::test]
async fn services_run_on_a_later_schema_that_fits_and_say_so_and_on_no_other() {
    let mut world = world::start().await;
    migrate_later(&world.installation, 15).await;
    for service in [services::Service::Counter, services::Service::Disclosure] {
        let program = &mut world[service];
        assert!(program.terminate().success(), "{service}");
        program.start();
        world.until_service_is_ready(service).await;
        let log = world[service].log();
        assert!(log.contains("a later version has migrated the database"), "{service}: {log}");
    }
    migrate_later(&world.installation, 9_999).await;
    for service in [services::Service::Counter, services::Service::Disclosure] {
        let program = &mut world[service];
        assert!(program.terminate().success(), "{service}");
        program.start();
        assert_eq!(program.exit_code(), Some(2), "{service}: {}", program.log());
        assert!(program.log().contains("newer version (9999_later)"), "{service}");
    }
}

#[derive(Row, Deserialize)]
struct Logged {
    statement: String,
}

/// A step of a release: keeps what the services and commands of this version have sent to ClickHouse,
/// one statement of each form in the order in which they came.
#[tokio::test]
#[ignore = "a step of a release, see schemas/clickhouse/README.md"]
async fn the_statements_of_this_version_are_kept_for_the_version_after_it() {
    let world = world::start().await;
    let client = world.installation.clickhouse.client();
    let migrated: String =
        client.query("SELECT toString(now64(6))").fetch_one().await.expect("the time");
    world.simulate("0.0002", &[]).finish();
    let answer = world.post_batch("reviews", &json!([review(1, "satisfied")])).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    world.until_items_are_counted(MONTH).await;
    let paths = [
        "",
        "/areas?level=city",
        "/areas?level=county",
        "/departments",
        "/items",
        "/items?channel=hall",
        "/ledger",
        "/ledger?by=partition",
    ];
    for path in paths.map(|path| format!("{MONTH}{path}")) {
        assert!(world.disclosed(&path).await.is_some(), "{path}");
    }
    for path in ["/v1/provinces", "/v1/provinces/440000/months"] {
        assert!(world.disclosed(path).await.is_some(), "{path}");
    }
    let installation = &world.installation;
    let poison = write(installation, "reviews", "case", b"no event").await;
    until("the record is quarantined", async || {
        tables::quarantine::open(&client).await.is_ok_and(|open| open.len() == 1)
    })
    .await;
    for (name, arguments) in [
        ("quarantine", &["list"][..]),
        ("quarantine", &["discard", "--position", &poison, "--reason", "test"]),
        ("rule", &["show"]),
        ("rule", &["activate", "1"]),
        ("rebuild", &["--all", "--records"]),
    ] {
        let said = world.command(name, arguments);
        assert_eq!(said.code, Some(0), "{name} {arguments:?}: {said}");
    }
    let said = world.command("ledger", &["--wait", "60"]);
    assert_eq!(said.code, Some(0), "{said}");
    until("an audit is stored", async || {
        let audits = client.query("SELECT count() FROM audits").fetch_one::<u64>().await;
        audits.is_ok_and(|audits| audits > 0)
    })
    .await;
    until("what was sent is noted", async || {
        client.query_raw("SYSTEM FLUSH LOGS query_log").execute().await.is_ok()
    })
    .await;
    let sent = "SELECT any(query) AS statement FROM system.query_log
WHERE type = 'QueryFinish' AND is_initial_query AND current_database = ? AND event_time_microseconds > ?
    AND query_kind IN ('Select', 'Insert', 'Create', 'Drop', 'Rename') AND query NOT ILIKE '%system.%'
GROUP BY normalized_query_hash ORDER BY min(event_time_microseconds)";
    let sent: Vec<Logged> = client
        .query(sent)
        .bind(&world.installation.clickhouse.clickhouse_database)
        .bind(migrated)
        .fetch_all()
        .await
        .expect("the log is read");
    let last: String =
        client.query("SELECT max(name) FROM migrations").fetch_one().await.expect("a name");
    // The columns of rows that were sent as blocks stand in the blocks: everything that is no alias.
    let columns: String = client
        .query(
            "SELECT arrayStringConcat(groupArray(name), ',') FROM system.columns
WHERE database = ? AND table = 'records' AND default_kind = ''",
        )
        .bind(&world.installation.clickhouse.clickhouse_database)
        .fetch_one()
        .await
        .expect("the columns");
    let sent = sent.iter().map(|logged| {
        let statement = logged.statement.trim();
        format!(
            "\n{};\n",
            statement.replace("` FORMAT Native", &format!("`({columns}) FORMAT Native"))
        )
    });
    let sent: String = sent.collect();
    for table in ["records", "names", "quarantine", "audits", "active_rules", "counts"] {
        assert!(sent.contains(&format!("INTO {table} ")), "nothing was written to {table}");
    }
    for table in ["case_counts", "item_counts", "class_counts", "topics", "migrations"] {
        assert!(sent.contains(&format!("FROM {table}")), "nothing was read from {table}");
    }
    std::fs::write(kept(), format!("-- {last}\n{sent}")).expect("written");
}
