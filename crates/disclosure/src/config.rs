//! Flags and environment variables of the disclosure service.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use tables::ClickHouseConfig;

/// Settings of the public API and pages.
#[derive(Clone, Debug, clap::Args)]
pub struct Config {
    /// Address of the public API and pages.
    #[arg(long, env = "HAOCHAPING_DISCLOSURE_LISTEN", default_value = "127.0.0.1:8700")]
    pub listen: SocketAddr,
    /// Address of the admin port.
    #[arg(long, env = "HAOCHAPING_DISCLOSURE_ADMIN_LISTEN", default_value = "127.0.0.1:8705")]
    pub admin_listen: SocketAddr,
    /// ClickHouse. Its user must be able to read the tables of counts, names, topics, audits,
    /// quarantine and records (where it counts quarantined records) and `system.parts`, and to change
    /// settings for its own queries.
    #[command(flatten)]
    pub clickhouse: ClickHouseConfig,
    /// How long a cached answer is fresh, in milliseconds. After that, the next request is still served
    /// the cached answer, for as long again at most, while the service checks whether the tables behind
    /// it have changed. If they have, or after a minute in any case, the answer is made again.
    #[arg(long, env = "HAOCHAPING_DISCLOSURE_CACHE_TTL_MS", default_value_t = 500)]
    pub cache_ttl_ms: u64,
    /// How much memory cached answers may take, in bytes.
    #[arg(long, env = "HAOCHAPING_DISCLOSURE_CACHE_BYTES_MAX", default_value_t = 64 << 20)]
    pub cache_bytes_max: u64,
    /// How many queries may run at once; others wait.
    #[arg(long, env = "HAOCHAPING_DISCLOSURE_QUERIES_MAX", default_value = "8")]
    pub queries_max: NonZeroUsize,
    /// How many tables of all departments or items may be sent at once; more are asked to come back later.
    #[arg(long, env = "HAOCHAPING_DISCLOSURE_DOWNLOADS_MAX", default_value = "4")]
    pub downloads_max: NonZeroUsize,
    /// How long a query may take, in milliseconds, including its wait.
    #[arg(long, env = "HAOCHAPING_DISCLOSURE_QUERY_TIMEOUT_MS", default_value_t = 5_000,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub query_timeout_ms: u64,
}

impl Config {
    pub(crate) fn cache_ttl(&self) -> Duration {
        Duration::from_millis(self.cache_ttl_ms)
    }
}
