//! Runs maintenance commands against the engines of an installation.

use std::path::Path;

use crate::engines::Installation;
use crate::program::{Said, run};

/// Runs a command on the engines of an installation, to its end.
pub fn command(
    program: &Path,
    installation: &Installation,
    name: &str,
    arguments: &[&str],
) -> Said {
    let mut all = vec![
        name,
        "--kafka-brokers",
        &installation.kafka.kafka_brokers,
        "--topic-prefix",
        &installation.kafka.topic_prefix,
        "--clickhouse-url",
        &installation.clickhouse.clickhouse_url,
        "--clickhouse-database",
        &installation.clickhouse.clickhouse_database,
    ];
    all.extend(arguments);
    run(program, &all)
}
