//! Commands that look after what is stored.

use std::path::Path;

use crate::engines::Place;
use crate::program::run;

/// What a command said, and its exit code.
pub struct Said {
    /// Nothing if it was killed.
    pub code: Option<i32>,
    /// Standard output.
    pub out: Vec<u8>,
    /// Standard error.
    pub err: String,
}

impl Said {
    /// What it said on standard output.
    pub fn words(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }
}

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
    let output = run(program, &all);
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    Said { code: output.status.code(), out: output.stdout, err }
}
