//! What can be set.

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
    /// ClickHouse. Its user needs to read the tables of counts, names, topics, audits, quarantine and
    /// records (of which it counts those that are quarantined) and `system.parts`, and to set settings
    /// of its queries.
    #[command(flatten)]
    pub clickhouse: ClickHouseConfig,
    /// After so long, in milliseconds, it is found out whether something has come to the tables that an
    /// answer was read from. If so it is made anew, and after a minute in any case. Meanwhile the old one
    /// is given, for as long again at most.
    #[arg(long, env = "HAOCHAPING_CACHE_TTL_MS", default_value_t = 500)]
    pub cache_ttl_ms: u64,
    /// How much memory the answers that are kept may take, in bytes.
    #[arg(long, env = "HAOCHAPING_CACHE_BYTES_MAX", default_value_t = 64 << 20)]
    pub cache_bytes_max: u64,
    /// How many queries may run at once; further ones wait.
    #[arg(long, env = "HAOCHAPING_QUERIES_MAX", default_value = "8")]
    pub queries_max: NonZeroUsize,
    /// How long a query may wait and run together, in milliseconds.
    #[arg(long, env = "HAOCHAPING_QUERY_TIMEOUT_MS", default_value_t = 5_000,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub query_timeout_ms: u64,
}

impl Config {
    pub(crate) fn cache_ttl(&self) -> Duration {
        Duration::from_millis(self.cache_ttl_ms)
    }
}
