//! Flags and environment variables of a loader.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use tables::ClickHouseConfig;
use topics::KafkaConfig;

use crate::core::Limits;

/// From this rate on a worker assumes a back-fill, in records per second while a batch is gathered.
const BACK_FILL_RATE: u64 = 10_000;

/// The longest that a record of a back-fill waits in an open batch.
const BACK_FILL_AGE_MAX: Duration = Duration::from_secs(1);

/// Settings of a loader.
#[derive(Clone, Debug, clap::Args)]
pub struct Config {
    /// Address of the admin port.
    #[arg(long, env = "HAOCHAPING_LOADER_ADMIN_LISTEN", default_value = "127.0.0.1:8703")]
    pub admin_listen: SocketAddr,
    /// Kafka.
    #[command(flatten)]
    pub kafka: KafkaConfig,
    /// ClickHouse.
    #[command(flatten)]
    pub clickhouse: ClickHouseConfig,
    /// Partitions are shared among this many workers, each with a thread of its own.
    #[arg(long, env = "HAOCHAPING_LOADER_WORKERS", default_value = "2")]
    pub workers: NonZeroUsize,
    /// A batch is written when it has this many records.
    #[arg(long, env = "HAOCHAPING_LOADER_BATCH_RECORDS_MAX", default_value_t = 60_000,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub batch_records_max: u32,
    /// A batch is written when its oldest record has waited this long, in milliseconds; in a back-fill,
    /// one second.
    #[arg(long, env = "HAOCHAPING_LOADER_BATCH_AGE_MAX_MS", default_value_t = 250,
        value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub batch_age_max_ms: u64,
    /// How long ClickHouse may take for one insert before it is sent again, in seconds.
    #[arg(long, env = "HAOCHAPING_LOADER_INSERT_TIMEOUT_S", default_value_t = 60,
        value_parser = clap::value_parser!(u64).range(1..=600))]
    pub insert_timeout_s: u64,
    /// With more open records than this in the quarantine the loader stops: so many mean that the
    /// loader is wrong, and not the data.
    #[arg(long, env = "HAOCHAPING_LOADER_QUARANTINE_OPEN_MAX", default_value_t = 1000)]
    pub quarantine_open_max: u32,
}

impl Config {
    /// When a batch is due.
    pub(crate) fn limits(&self) -> Limits {
        let age_max = Duration::from_millis(self.batch_age_max_ms);
        Limits {
            records_max: self.batch_records_max as usize,
            age_max,
            back_fill_records: usize::try_from(BACK_FILL_RATE * self.batch_age_max_ms / 1_000)
                .expect("ten seconds at most"),
            back_fill_age_max: BACK_FILL_AGE_MAX.max(age_max),
        }
    }

    /// How long ClickHouse may take for one insert before it is sent again. Both attempts may succeed:
    /// a row that is written twice is the same row (D2).
    pub(crate) fn insert_timeout(&self) -> Duration {
        Duration::from_secs(self.insert_timeout_s)
    }
}
