//! What can be set.

use std::net::SocketAddr;
use std::time::Duration;

use tables::ClickHouseConfig;
use topics::KafkaConfig;

/// Settings of a counter.
#[derive(Clone, Debug, clap::Args)]
pub struct Config {
    /// Address of the admin port.
    #[arg(long, env = "HAOCHAPING_COUNTER_ADMIN_LISTEN", default_value = "127.0.0.1:8704")]
    pub admin_listen: SocketAddr,
    /// Kafka.
    #[command(flatten)]
    pub kafka: KafkaConfig,
    /// ClickHouse.
    #[command(flatten)]
    pub clickhouse: ClickHouseConfig,
    /// How often a sweep looks for buckets whose touch was lost, in seconds.
    #[arg(long, env = "HAOCHAPING_COUNTER_SWEEP_INTERVAL_S", default_value_t = 600,
        value_parser = clap::value_parser!(u64).range(1..))]
    pub sweep_interval_s: u64,
}

impl Config {
    /// How often a sweep looks for buckets whose touch was lost.
    pub(crate) fn sweep_interval(&self) -> Duration {
        Duration::from_secs(self.sweep_interval_s)
    }
}
