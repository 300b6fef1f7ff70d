//! The version before can run on the schema of this one.

use std::path::PathBuf;

use clickhouse::Row;
use serde::Deserialize;
use serde_json::json;
use testbed::engines::Installation;
use testbed::wait::until;

use crate::support::engines::Engines;
use crate::support::events::{MONTH, review};
use crate::support::{repository, world};

/// The statements of the version before.
fn kept() -> PathBuf {
    repository().join("schemas/clickhouse/previous/statements.sql")
}

/// What a statement is kept for: it names tables and columns. The rest of what is written there is the
/// name of the last migration of that version.
async fn refused(installation: &Installation) -> Vec<String> {
    let kept = std::fs::read_to_string(kept()).expect("statements were kept");
    let (_, statements) = kept.split_once('\n').expect("a first line, and statements");
    let client = installation.clickhouse.client();
    let mut refused = Vec::new();
    for statement in statements.split(";\n").map(str::trim).filter(|it| !it.is_empty()) {
        let run = client.query_raw(statement).with_setting("max_query_size", "67108864");
        if let Err(error) = run.execute().await {
            refused.push(format!("{statement}\n-> {error}"));
        }
    }
    refused
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

/// A schema that a version after this one has migrated, by its list of migrations.
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
    let answer = world.post_batch("reviews", &json!([review(1, "dissatisfied")])).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    world.until_items_are_counted(MONTH).await;
    for path in
        ["", "/cities", "/counties", "/departments", "/items", "/ledger", "/items?channel=hall"]
    {
        assert!(world.disclosed(&format!("{MONTH}{path}")).await.is_some(), "{path}");
    }
    for path in
        ["/", "/v1/provinces", "/v1/provinces/440000/months", "/v1/provinces/440000/months/2023-08"]
    {
        world.disclosed(path).await;
    }
    for (name, arguments) in
        [("ledger", &[][..]), ("quarantine", &["list"]), ("rebuild", &["--all", "--records"])]
    {
        let said = world.command(name, arguments);
        assert_eq!(said.code, Some(0), "{name}: {}{}", said.words(), said.err);
    }
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
    let sent = sent.iter().map(|logged| format!("\n{};\n", logged.statement.trim()));
    std::fs::write(kept(), format!("-- {last}\n{}", sent.collect::<String>())).expect("written");
}
