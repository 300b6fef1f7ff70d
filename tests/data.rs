//! The tables of the public API, read with pandas and `DuckDB` as people read them.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use services::Service;
use tempfile::TempDir;
use testbed::wait::until;
use testbed::world::World;

use crate::support::engines::Engines;
use crate::support::events::{MONTH, review};
use crate::support::{repository, run, world};

/// One two-thousandth of Guangdong's July 2023.
const SCALE: &str = "0.0005";

/// Names the Python with pandas and `DuckDB` that deploy/test prepares.
const READERS: &str = "HAOCHAPING_READERS";

/// Two items of one department. As numbers they are one: 31 digits are more than a number keeps.
const CODES: [&str; 2] = ["1144010600745678901440110001000", "1144010600745678901440110001001"];

/// Runs a Python program in a folder, and returns what it says. It must succeed.
fn python(folder: &Path, arguments: &[&str]) -> String {
    let python = env::var(READERS);
    let python = python.unwrap_or_else(|_| {
        panic!("{READERS} must name a Python with pandas and DuckDB: deploy/test sets it")
    });
    let ran = Command::new(python).args(arguments).current_dir(folder).output();
    let ran = ran.expect("Python runs");
    let said = [ran.stdout, ran.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    assert!(ran.status.success(), "{}", said.concat());
    said.concat()
}

/// Posts an event that must be accepted.
async fn post(world: &World, path: &str, event: &Value) {
    let answer = world.post(path, event).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
}

/// The body of an address, and the headers, of an answer that must be good.
async fn fetched(world: &World, address: &str) -> (String, reqwest::header::HeaderMap) {
    let client = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
    let answer = client.get(format!("{}{address}", world.public())).send().await;
    let answer = answer.expect("the API answers");
    assert_eq!(answer.status(), 200, "{address}");
    let headers = answer.headers().clone();
    (answer.text().await.expect("a body"), headers)
}

/// The pieces of code of a document in a language.
fn code(document: &str, language: &str) -> Vec<String> {
    let opening = format!("```{language}\n");
    let pieces = document.split(&opening).skip(1);
    pieces.map(|rest| rest.split("```").next().expect("an end").to_owned()).collect()
}

#[tokio::test]
async fn every_table_is_whole_and_its_codes_survive_pandas_and_duckdb() {
    let world = world::start().await;
    world.simulate(SCALE, &[]).finish();
    println!("{}", world.reconcile(SCALE));
    for (number, item) in (1..).zip(CODES) {
        let mut event = review(number, "very_dissatisfied");
        event["data"]["tags"] = json!(["110"]);
        event["data"]["subject"]["item_code"] = json!(item);
        post(&world, "reviews", &event).await;
    }
    until("both items are in the table", || async {
        let (table, _) = fetched(&world, &format!("{MONTH}/items.csv")).await;
        CODES.iter().all(|code| table.contains(code))
    })
    .await;
    world.until_items_are_counted(MONTH).await;
    until("the rows rest on what the month rests on", || async {
        let items = world.disclosed(&format!("{MONTH}/items?limit=1")).await.expect("items");
        items["coverage"].is_null()
    })
    .await;

    let folder = TempDir::new().expect("a folder");
    let script = repository().join("tests/readers/check.py");
    let script = script.to_str().expect("UTF-8");
    let public = world.public();
    println!("{}", python(folder.path(), &[&[script, &public, MONTH], &CODES[..]].concat()));

    // What docs/data.md tells people to write.
    let document = fs::read_to_string(repository().join("docs/data.md")).expect("the document");
    let (items, _) = fetched(&world, &format!("{MONTH}/items.csv")).await;
    fs::write(folder.path().join("items.csv"), items).expect("a file");
    let of_pandas = code(&document, "python");
    let of_duckdb = code(&document, "sql");
    assert_eq!((of_pandas.len(), of_duckdb.len()), (2, 1), "the recipes are found");
    let [items, areas] = [&of_pandas[0], &of_pandas[1]]
        .map(|recipe| recipe.replace("http://127.0.0.1:8700", &public));
    let expected = format!("{CODES:?}");
    let found = format!("assert set({expected}) <= set(items['code']), items['code']");
    python(folder.path(), &["-c", &format!("{items}\n{found}")]);
    let found = "assert '440100' in set(areas['code']), areas['code']";
    python(folder.path(), &["-c", &format!("{areas}\n{found}")]);
    let sql = format!(
        "import duckdb\nduckdb.sql(\"\"\"{}\"\"\")\ncodes = duckdb.sql('SELECT code FROM items').fetchall()\nassert set({expected}) <= {{code for code, in codes}}, codes",
        of_duckdb[0]
    );
    python(folder.path(), &["-c", &sql]);
}

/// How many items the long table has: a body of some 30 MB.
const ITEMS: u64 = 120_000;

/// The most memory that a process has had resident, in bytes.
fn resident_peak(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|peak| peak.trim().strip_suffix(" kB")).expect("a number");
    kilobytes.parse::<u64>().expect("a number") * 1024
}

/// Rows are written as the counter would have written them, so that no records are needed.
async fn write_items(world: &World) {
    let client = world.installation.clickhouse.client();
    let counts = format!(
        "INSERT INTO counts (rule, province, served_on, cell, generation, services, unreviewed, records_through) \
         VALUES (1, 43, '2023-07-01', 0, {ITEMS}, {ITEMS}, {ITEMS}, '2023-08-15 02:10:05')"
    );
    let items = format!(
        "INSERT INTO item_counts (rule, province, served_on, area, item, generation, services, unreviewed, records_through) \
         SELECT 1, 43, '2023-07-01', 430102, concat('1143010200000000', leftPad(toString(number), 15, '0')), \
             {ITEMS}, 1, 1, '2023-08-15 02:10:05' FROM numbers({ITEMS})"
    );
    for statement in [counts, items] {
        client
            .query_raw(&statement)
            .execute()
            .await
            .unwrap_or_else(|it| panic!("{statement}: {it}"));
    }
}

#[tokio::test]
async fn a_long_table_arrives_whole_and_is_never_in_memory_as_a_whole() {
    let world = world::start().await;
    write_items(&world).await;
    let month = "/v1/provinces/430000/months/2023-07";
    fetched(&world, &format!("{month}/items.csv?limit=1000")).await;
    let before = resident_peak(world[Service::Disclosure].pid());
    let (table, headers) = fetched(&world, &format!("{month}/items.csv")).await;
    let grown = resident_peak(world[Service::Disclosure].pid()) - before;
    let size = table.len() as u64;
    println!("{size} bytes, and {grown} more in memory");
    assert!(size > 20_000_000 && 2 * grown < size, "{size} bytes, and {grown} more in memory");
    assert!(!headers.contains_key("etag"), "it is sent before its end is known");
    assert_eq!(headers["last-modified"], "Tue, 15 Aug 2023 02:10:05 GMT");
    let mut lines = table.lines();
    let names: Vec<_> = lines.next().expect("a first line").split(',').collect();
    let code = names.iter().position(|name| *name == "code").expect("a column");
    let codes: Vec<_> = lines.map(|line| line.split(',').nth(code).expect("a code")).collect();
    assert_eq!(codes.len() as u64, ITEMS);
    assert!(codes.is_sorted_by(|one, next| one < next), "every item, once, in order");
}

#[derive(clickhouse::Row, serde::Deserialize)]
struct Number {
    #[expect(dead_code, reason = "that there is a row is enough")]
    n: u64,
}

/// What a table is read from, and an exception of `ClickHouse` after many rows.
#[tokio::test]
async fn rows_that_break_off_in_clickhouse_end_as_an_error() {
    let installation = Engines::shared().new_installation();
    installation.migrate().await;
    let client = installation.clickhouse.client();
    let statement = "SELECT number AS n FROM numbers(5000000) WHERE throwIf(number = 4999999) = 0";
    let query = client.query_raw(statement).with_setting("max_threads", "1");
    let mut rows = query.fetch::<Number>().expect("a cursor");
    let mut read = 0_u64;
    let ended = loop {
        match rows.next().await {
            Ok(Some(_)) => read += 1,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    assert!(ended.is_err(), "{read} rows, as if there were no more");
    assert!(read > 100_000, "{read} rows came before: {ended:?}");
}

/// A review in August of a service in July. August has no services.
#[tokio::test]
async fn a_month_exists_as_soon_as_anything_was_received_in_it() {
    let world = world::start().await;
    let mut late = review(1, "very_dissatisfied");
    late["data"]["tags"] = json!(["110"]);
    late["data"]["rated_at"] = json!("2023-08-02T10:11:12+08:00");
    post(&world, "reviews", &late).await;
    world.until_counted(MONTH, 1).await;
    let july = world.disclosed(MONTH).await.expect("July");
    let bridge = |month: &Value| {
        [
            "bad_reviews",
            "bad_reviews_received",
            "bad_reviews_of_earlier_services",
            "bad_reviews_given_later",
        ]
        .map(|id| month["total"][id].as_u64().unwrap_or_else(|| panic!("{id}: {month}")))
    };
    assert_eq!(bridge(&july), [1, 0, 0, 1]);
    let august = "/v1/provinces/440000/months/2023-08";
    let month = world.disclosed(august).await.expect("August");
    assert_eq!(bridge(&month), [0, 1, 1, 0]);
    let months = world.disclosed("/v1/provinces/440000/months").await.expect("months");
    let known = months["months"].as_array().expect("a list");
    let months: Vec<_> =
        known.iter().map(|month| month["month"].as_str().expect("a month")).collect();
    assert_eq!(months, ["2023-07", "2023-08"]);
    assert_eq!(july["as_of"], july["records_through"]["figures"], "when the review was taken");
    assert_eq!(known[0]["as_of"], july["as_of"], "{july}");
    let earlier = &month["records_through"]["earlier"];
    assert_eq!(earlier, &july["as_of"], "August has no records but July's");
    assert!(known[1]["as_of"] == *earlier && month["as_of"] == *earlier, "{month}");
    let ledger = world.disclosed(&format!("{august}/ledger")).await.expect("an empty ledger");
    assert_eq!(ledger["records"], 0);
    for part in ["areas", "items", "items.csv", "departments.csv", "areas.csv"] {
        fetched(&world, &format!("{august}/{part}")).await;
    }
    fetched(&world, "/provinces/440000/months/2023-08").await;
    fetched(&world, "/provinces/440000/months/2023-08/areas").await;
}

/// One simulated review in a real month, in everything that the API says of it.
#[tokio::test]
async fn one_simulated_review_marks_every_body_and_every_line_of_its_month() {
    let world = world::start().await;
    post(&world, "reviews", &review(1, "satisfied")).await;
    world.until_counted(MONTH, 1).await;
    assert_eq!(world.disclosed(MONTH).await.expect("a month")["status"], "provisional");

    let key = simulating_account(&world);
    let mut event = review(2, "satisfied");
    event["source"] = json!("mock-hall");
    let client = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
    until("the intake knows the account", || async {
        let request = client.post(format!("{}/v1/reviews", world.intake())).bearer_auth(&key);
        let request = request.header("content-type", "application/cloudevents+json");
        let answer = request.body(event.to_string()).send().await.expect("the intake answers");
        answer.status() == 202
    })
    .await;
    world.until_counted(MONTH, 2).await;
    for body in ["", "/areas", "/departments", "/items", "/ledger"] {
        let body = world.disclosed(&format!("{MONTH}{body}")).await.expect("a body");
        assert_eq!(body["status"], "simulated", "{body}");
    }
    let months = world.disclosed("/v1/provinces/440000/months").await.expect("months");
    assert_eq!(months["months"][0]["status"], "simulated");
    let provinces = world.disclosed("/v1/provinces").await.expect("provinces");
    let provinces = provinces["provinces"].as_array().expect("a list").iter();
    let guangdong = provinces.filter(|province| province["code"] == "440000");
    let months: Vec<_> = guangdong.map(|province| &province["months"][0]["status"]).collect();
    assert_eq!(months, ["simulated"]);
    until("every item is there", || async {
        fetched(&world, &format!("{MONTH}/items.csv")).await.0.lines().count() > 1
    })
    .await;
    for table in [".csv", "/areas.csv", "/departments.csv", "/items.csv", "/ledger.csv"] {
        let (table, headers) = fetched(&world, &format!("{MONTH}{table}")).await;
        assert!(table.lines().count() > 1, "{table}");
        assert!(table.lines().skip(1).all(|line| line.contains(",2023-07,simulated,")), "{table}");
        let name = headers["content-disposition"].to_str().expect("ASCII");
        assert!(name.contains("-simulated-"), "{name}");
    }
}

/// The key of an account whose records are simulated.
fn simulating_account(world: &World) -> String {
    let kafka = &world.installation.kafka;
    let said = run(&[
        "account",
        "add",
        "--kafka-brokers",
        &kafka.kafka_brokers,
        "--topic-prefix",
        &kafka.topic_prefix,
        "--source",
        "mock-hall",
        "--nationwide",
        "--simulated",
        "--late-days",
        "65535",
    ]);
    assert!(said.succeeded(), "{said}");
    said.words().trim().to_owned()
}
