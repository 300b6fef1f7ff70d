//! Waits until every part answers, and says where.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use services::Service;
use strum::VariantArray;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::ports::Ports;

/// How often a part is asked.
const INTERVAL: Duration = Duration::from_millis(50);

/// How long one answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// Waits until every service says that it is ready; false if it was told to stop before.
pub(super) async fn wait(ports: Ports, stop: &CancellationToken) -> anyhow::Result<bool> {
    let client = reqwest::Client::builder()
        .timeout(ANSWER_TIMEOUT)
        .no_proxy()
        .build()
        .context("failed to make an HTTP client")?;
    for service in Service::VARIANTS {
        let url = format!("http://{}/health/ready", ports.admin(*service));
        while !client.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
            tokio::select! {
                () = stop.cancelled() => return Ok(false),
                () = sleep(INTERVAL) => {}
            }
        }
    }
    Ok(true)
}

impl Ports {
    /// Tells where everything is. The last line begins with `ready`.
    #[expect(clippy::print_stdout, reason = "this is what the command is asked for")]
    pub(super) fn announce(self, home: &Path) {
        println!("pages and open data   http://{}/", self.pages());
        println!("intake                http://{}/v1/reviews", self.intake());
        for service in Service::VARIANTS {
            println!("metrics of {service:<11}http://{}/metrics", self.admin(*service));
        }
        println!(
            "ClickHouse            http://127.0.0.1:{}/play (keys/clickhouse.password)",
            self.clickhouse()[0]
        );
        println!("Kafka                 127.0.0.1:{}", self.kafka()[0]);
        println!("for other commands    . {}", home.join("keys/environment").display());
        println!("ready; Ctrl-C stops everything");
    }
}
