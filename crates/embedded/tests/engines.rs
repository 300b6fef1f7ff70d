//! The real engines as child processes: what must hold when they or their clients misbehave.
//!
//! This program has its own `main`, because it is also the program that becomes ClickHouse.

#![expect(clippy::unwrap_used, reason = "a test without the harness is not known as one")]

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use embedded::{
    Cache, ClickHouse, ClickHouseEngine, ClickHouseOptions, Kafka, KafkaEngine, KafkaOptions,
    Stopped,
};

fn main() {
    embedded::become_clickhouse_if_asked();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cache = Cache::default();
    let kafka = runtime.block_on(KafkaEngine::fetch(&cache)).unwrap();
    let clickhouse = runtime.block_on(ClickHouseEngine::fetch(&cache)).unwrap();
    let run = |name: &str, test: &mut dyn FnMut(&Path)| {
        let folder = tempfile::tempdir().unwrap();
        eprint!("test {name} ... ");
        test(folder.path());
        eprintln!("ok");
    };
    run("clickhouse_survives_connections_that_break_off", &mut |folder| {
        runtime.block_on(clickhouse_survives_connections_that_break_off(&clickhouse, folder));
    });
    run("clickhouse_keeps_what_it_acknowledged_when_it_is_killed", &mut |folder| {
        runtime
            .block_on(clickhouse_keeps_what_it_acknowledged_when_it_is_killed(&clickhouse, folder));
    });
    run("clickhouse_lets_nobody_in_without_the_password", &mut |folder| {
        runtime.block_on(clickhouse_lets_nobody_in_without_the_password(&clickhouse, folder));
    });
    run("clickhouse_is_set_up_for_the_services", &mut |folder| {
        runtime.block_on(clickhouse_is_set_up_for_the_services(&clickhouse, folder));
    });
    run("kafka_comes_back_when_it_was_killed_and_stops_when_it_is_asked", &mut |folder| {
        runtime.block_on(kafka_comes_back_when_it_was_killed_and_stops_when_it_is_asked(
            &kafka, folder,
        ));
    });
    run("an_engine_that_is_dropped_is_gone", &mut |folder| {
        runtime.block_on(an_engine_that_is_dropped_is_gone(&clickhouse, folder));
    });
    eprintln!("test result: ok. 6 passed; 0 failed");
}

/// Clients that are killed in the middle of a request are common.
async fn clickhouse_survives_connections_that_break_off(engine: &ClickHouseEngine, folder: &Path) {
    let options = clickhouse_options(folder);
    let (http, tcp) = (options.http_port, options.tcp_port);
    let clickhouse = ClickHouse::start(engine, options).await.unwrap();

    let half_an_upload =
        b"POST /?query=SELECT+1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf";
    for (port, bytes) in [
        (http, b"\0\x01 is not HTTP\r\n\r\n".as_slice()),
        (http, b"GET / HT"),
        (http, half_an_upload),
        (tcp, b"\0\x05probe"),
        (tcp, b"\0\x05probe\x18\x0c\xa0\xa8\x03\x07default\x07default\0"),
        (tcp, b"GET / HTTP/1.0\r\n\r\n"),
    ] {
        for _ in 0..3 {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
            stream.write_all(bytes).unwrap();
            stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
            // Unread data turns the end of the connection into a reset.
            let _ = stream.read(&mut [0; 1]);
        }
        assert_eq!(
            query(http, "", "SELECT 'still here'"),
            "still here\n",
            "after {bytes:?} on {port}"
        );
    }

    assert_eq!(clickhouse.stop().await, Stopped::Gracefully);
}

async fn clickhouse_keeps_what_it_acknowledged_when_it_is_killed(
    engine: &ClickHouseEngine,
    folder: &Path,
) {
    let options = clickhouse_options(folder);
    let http = options.http_port;
    let clickhouse = ClickHouse::start(engine, options.clone()).await.unwrap();
    query(http, "", "CREATE DATABASE d");
    query(http, "", "CREATE TABLE d.t (n UInt64) ENGINE = MergeTree ORDER BY n");
    query(http, "", "INSERT INTO d.t SELECT number FROM numbers(1000)");

    clickhouse.kill().await;
    let clickhouse = ClickHouse::start(engine, options).await.unwrap();

    assert_eq!(query(http, "", "SELECT count(), sum(n) FROM d.t"), "1000\t499500\n");
    assert_eq!(clickhouse.stop().await, Stopped::Gracefully);
}

async fn clickhouse_lets_nobody_in_without_the_password(engine: &ClickHouseEngine, folder: &Path) {
    let options = ClickHouseOptions {
        password: Some("geheim".to_owned().into()),
        ..clickhouse_options(folder)
    };
    let http = options.http_port;
    let clickhouse = ClickHouse::start(engine, options).await.unwrap();

    assert_eq!(clickhouse.user(), "haochaping");
    assert_eq!(
        query(http, "user=haochaping&password=geheim", "SELECT currentUser()"),
        "haochaping\n"
    );
    for who in ["", "user=default", "user=haochaping", "user=haochaping&password=Geheim"] {
        let refused = query(http, who, "SELECT 1");
        assert!(
            refused.contains("AUTHENTICATION_FAILED") || refused.contains("SESSION_LIMIT"),
            "{who}: {refused}"
        );
    }
}

async fn clickhouse_is_set_up_for_the_services(engine: &ClickHouseEngine, folder: &Path) {
    let options = clickhouse_options(folder);
    let http = options.http_port;
    let _clickhouse = ClickHouse::start(engine, options).await.unwrap();

    let settings =
        "SELECT getSetting('async_insert'), getSetting('max_query_size'), serverTimezone()";
    assert_eq!(query(http, "", settings), "false\t16777216\tEtc/UTC\n");
    query(http, "", "SELECT 'a query to be found'");
    // The start of a statement is logged before its answer, the end perhaps after.
    query(http, "", "SYSTEM FLUSH LOGS");
    let logged = "SELECT count() > 0 FROM system.query_log WHERE query LIKE '%to be found%'";
    assert_eq!(query(http, "", logged), "1\n");
    // Background work of a server runs here too.
    query(http, "", "CREATE DATABASE d");
    query(http, "", "CREATE TABLE d.t (n UInt64, m UInt64) ENGINE = MergeTree ORDER BY n");
    query(http, "", "INSERT INTO d.t VALUES (1, 2)");
    query(http, "", "ALTER TABLE d.t UPDATE m = 3 WHERE n = 1 SETTINGS mutations_sync = 1");
    assert_eq!(query(http, "", "SELECT m FROM d.t"), "3\n");
}

async fn kafka_comes_back_when_it_was_killed_and_stops_when_it_is_asked(
    engine: &KafkaEngine,
    folder: &Path,
) {
    let options = KafkaOptions::new(folder, free_port(), free_port());
    let kafka = Kafka::start(engine, options.clone()).await.unwrap();
    kafka.kill().await;

    let kafka = Kafka::start(engine, options).await.unwrap();
    assert_eq!(kafka.stop().await, Stopped::Gracefully);
}

async fn an_engine_that_is_dropped_is_gone(engine: &ClickHouseEngine, folder: &Path) {
    let options = clickhouse_options(folder);
    let http = options.http_port;
    let clickhouse = ClickHouse::start(engine, options).await.unwrap();
    drop(clickhouse);
    embedded::wait_until_free(http).await.unwrap();
}

fn clickhouse_options(folder: &Path) -> ClickHouseOptions {
    ClickHouseOptions::new(folder, free_port(), free_port())
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// The response of ClickHouse, even if it is an error.
fn query(port: u16, parameters: &str, sql: &str) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let request =
        format!("POST /?{parameters} HTTP/1.0\r\nContent-Length: {}\r\n\r\n{sql}", sql.len());
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    body.to_owned()
}
