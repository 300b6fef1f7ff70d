//! The settings of an intake, and what one of them demands of another.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use anyhow::ensure;
use topics::KafkaConfig;

/// Settings of an intake.
#[derive(Clone, Debug, clap::Args)]
pub struct Config {
    /// Address at which events are taken in.
    #[arg(long, env = "HAOCHAPING_INGEST_LISTEN", default_value = "127.0.0.1:8701")]
    pub listen: SocketAddr,
    /// Address of the admin port.
    #[arg(long, env = "HAOCHAPING_INGEST_ADMIN_LISTEN", default_value = "127.0.0.1:8702")]
    pub admin_listen: SocketAddr,
    /// Kafka.
    #[command(flatten)]
    pub kafka: KafkaConfig,
    /// The most bytes of one body, as it was sent and again after it was decompressed.
    #[arg(long, env = "HAOCHAPING_INGEST_BODY_BYTES_MAX", default_value_t = 4 << 20)]
    pub body_bytes_max: usize,
    /// The most bytes of all bodies that are being received at once.
    #[arg(long, env = "HAOCHAPING_INGEST_BODIES_BYTES_MAX", default_value_t = 256 << 20)]
    pub bodies_bytes_max: usize,
    /// The most events of one batch.
    #[arg(long, env = "HAOCHAPING_INGEST_BATCH_EVENTS_MAX", default_value = "1000")]
    pub batch_events_max: NonZeroU32,
    /// How long a client may take to send a body, in milliseconds. A refusal waits no longer for the
    /// rest of a body.
    #[arg(long, env = "HAOCHAPING_INGEST_BODY_TIMEOUT_MS", default_value_t = 10_000)]
    pub body_timeout_ms: u64,
    /// How long Kafka may take to acknowledge an event, in milliseconds; at least 3,000.
    #[arg(long, env = "HAOCHAPING_INGEST_PUBLISH_TIMEOUT_MS", default_value_t = 30_000)]
    pub publish_timeout_ms: u64,
    /// The most events, of all requests, that wait for Kafka's acknowledgement at once.
    #[arg(long, env = "HAOCHAPING_INGEST_QUEUE_EVENTS_MAX", default_value_t = 50_000)]
    pub queue_events_max: u32,
    /// The most connections that are served at once.
    #[arg(long, env = "HAOCHAPING_INGEST_CONNECTIONS_MAX", default_value_t = 512)]
    pub connections_max: usize,
}

/// How late librdkafka's report of an event can be: it looks for overdue ones once a second, and not
/// at all while it pauses between two attempts to connect, so that those pauses are bounded by this
/// as well.
pub(crate) const REPORT_DELAY: Duration = Duration::from_secs(1);

/// The least [`Config::publish_timeout`]: below it a leader that moves looks like a failure.
const PUBLISH_TIMEOUT_MIN: Duration = Duration::from_secs(3);

impl Config {
    /// How long Kafka may take to acknowledge an event, until its sender is told that it did not.
    pub fn publish_timeout(&self) -> Duration {
        Duration::from_millis(self.publish_timeout_ms)
    }

    /// When librdkafka gives an event up. It comes before [`Config::publish_timeout`], so that a
    /// sender is never told "not acknowledged" while the event still stands in our own queue.
    pub(crate) fn delivery_timeout(&self) -> Duration {
        self.publish_timeout().saturating_sub(REPORT_DELAY)
    }

    /// How long a client may take to send a body.
    pub fn body_timeout(&self) -> Duration {
        Duration::from_millis(self.body_timeout_ms)
    }

    /// Checks what one setting demands of another.
    ///
    /// # Errors
    ///
    /// The first contradiction.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        ensure!(
            self.publish_timeout() >= PUBLISH_TIMEOUT_MIN,
            "the publish timeout must be at least {} ms",
            PUBLISH_TIMEOUT_MIN.as_millis()
        );
        ensure!(
            self.queue_events_max >= self.batch_events_max.get(),
            "a batch of {} events never fits into a queue of {}",
            self.batch_events_max,
            self.queue_events_max
        );
        ensure!(
            self.bodies_bytes_max >= self.body_bytes_max,
            "a body of {} bytes never fits into {} bytes for all bodies",
            self.body_bytes_max,
            self.bodies_bytes_max
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        config: Config,
    }

    fn parse(more: &[&str]) -> Config {
        let usual = ["ingest", "--kafka-brokers", "127.0.0.1:8712"];
        Cli::try_parse_from(usual.iter().chain(more)).expect("settings").config
    }

    #[test]
    fn what_is_set_by_default_does_not_contradict_itself() {
        Cli::command().debug_assert();
        parse(&[]).check().expect("no contradiction");
    }

    #[test]
    fn a_sender_is_not_told_of_a_failure_before_kafka_has_given_up() {
        for publish_timeout_ms in ["3000", "30000"] {
            let config = parse(&["--publish-timeout-ms", publish_timeout_ms]);
            config.check().expect("long enough");
            assert!(config.delivery_timeout() + REPORT_DELAY <= config.publish_timeout());
        }
        assert!(parse(&["--publish-timeout-ms", "2999"]).check().is_err());
    }

    #[test]
    fn what_could_never_be_accepted_is_found_at_the_start() {
        assert!(parse(&["--queue-events-max", "999"]).check().is_err());
        assert!(parse(&["--bodies-bytes-max", "4194303"]).check().is_err());
    }
}
