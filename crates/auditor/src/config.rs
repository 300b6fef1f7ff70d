//! Flags and environment variables of an auditor.

use std::net::SocketAddr;

use tables::ClickHouseConfig;
use topics::KafkaConfig;

/// Settings of an auditor.
#[derive(Clone, Debug, clap::Args)]
pub struct Config {
    /// Address of the admin port.
    #[arg(long, env = "HAOCHAPING_AUDITOR_ADMIN_LISTEN", default_value = "127.0.0.1:8706")]
    pub admin_listen: SocketAddr,
    /// Kafka.
    #[command(flatten)]
    pub kafka: KafkaConfig,
    /// ClickHouse.
    #[command(flatten)]
    pub clickhouse: ClickHouseConfig,
    /// How long the auditor rests between two audits, in seconds; longer if an audit takes long.
    #[arg(long, env = "HAOCHAPING_AUDITOR_AUDIT_INTERVAL_S", default_value_t = 30,
        value_parser = clap::value_parser!(u64).range(1..))]
    pub audit_interval_s: u64,
}
