//! The demonstration month: loaded once, at the first start, by the simulator, over HTTP.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use tokio_util::sync::CancellationToken;

use super::ports::Ports;

/// What is loaded at the first start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Demo {
    /// No data.
    None,
    /// A hundredth of a published month.
    Sample,
    /// The whole published month, about 33 million events.
    Month,
}

impl Demo {
    fn scale(self) -> Option<f64> {
        match self {
            Self::None => None,
            Self::Sample => Some(0.01),
            Self::Month => Some(1.0),
        }
    }
}

/// A demonstration month that is loaded unless it was before.
pub(super) struct Loading {
    demo: Demo,
    ports: Ports,
    key_file: PathBuf,
    marker: PathBuf,
}

impl Loading {
    pub(super) fn new(demo: Demo, home: &Path, ports: Ports, key_file: PathBuf) -> Self {
        Self { demo, ports, key_file, marker: home.join("demonstration") }
    }

    /// Loads the month, however often it was begun: events that come again are the same events.
    pub(super) async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        let Some(scale) = self.demo.scale() else { return Ok(()) };
        if let Ok(loaded) = fs::read_to_string(&self.marker) {
            if loaded.trim() != scale.to_string() {
                tracing::warn!(
                    loaded = loaded.trim(),
                    "another demonstration was loaded before and stays; for this one use another data directory"
                );
            }
            return Ok(());
        }
        let args = simulator::simulate::MonthArgs::demonstration(
            scale,
            format!("http://{}", self.ports.intake()),
            self.key_file,
        );
        simulator::simulate::simulate_month(args, stop.clone()).await?;
        if stop.is_cancelled() {
            return Ok(());
        }
        fs::write(&self.marker, format!("{scale}\n"))
            .context("failed to note the demonstration month")
    }
}
