//! Logs and metrics, set up once per process.

use std::backtrace::Backtrace;
use std::io::{self, IsTerminal};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// The histogram buckets of all durations, in seconds: from a tenth of a millisecond to half a
/// minute.
const SECONDS: [f64; 12] =
    [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

/// Sends logs to standard error: readable on a terminal, as JSON otherwise. `RUST_LOG` selects what
/// is logged; without it, `default_filter` applies.
pub fn init(default_filter: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| default_filter.into());
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // A second call in the same process (in tests) keeps the first set-up.
    let _ = if io::stderr().is_terminal() {
        logs.try_init()
    } else {
        logs.json().flatten_event(true).try_init()
    };
    prometheus();
    // The message of a panic may quote the data that was being read, which may be about a person
    // (D6).
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let backtrace = Backtrace::capture();
        tracing::error!(place, %backtrace, "a panic: this is a bug");
    }));
}

/// The interval at which histogram samples are moved into their buckets. Until then, each sample
/// takes memory.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// The registry of the process, which every admin port serves.
pub(crate) fn prometheus() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)
            .expect("the list of buckets is not empty")
            .install_recorder()
            .expect("nothing else in this process installs a recorder");
        let kept_up = handle.clone();
        let upkeep = move || {
            loop {
                thread::sleep(UPKEEP_INTERVAL);
                kept_up.run_upkeep();
            }
        };
        thread::Builder::new()
            .name("metrics".into())
            .spawn(upkeep)
            .expect("a process can have one more thread");
        handle
    })
}
