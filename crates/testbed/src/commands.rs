//! Commands that look after what is stored.

use std::path::Path;

use crate::engines::Place;
use crate::program::{Said, run};

/// Runs a command on the engines of a place, to its end.
pub fn command(program: &Path, place: &Place, name: &str, arguments: &[&str]) -> Said {
    let mut all = vec![
        name,
        "--kafka-brokers",
        &place.kafka.kafka_brokers,
        "--topic-prefix",
        &place.kafka.topic_prefix,
        "--clickhouse-url",
        &place.clickhouse.clickhouse_url,
        "--clickhouse-database",
        &place.clickhouse.clickhouse_database,
    ];
    all.extend(arguments);
    run(program, &all)
}
