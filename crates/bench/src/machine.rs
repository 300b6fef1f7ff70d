//! Describes the machine that everything runs on.

use anyhow::Context;
use procfs::{CpuInfo, Current, Meminfo};
use serde::Serialize;

/// A machine, as far as figures depend on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// Cores that this process may use.
    pub cores: usize,
    /// Memory, rounded to 10^9 bytes.
    pub memory_gb: u64,
    /// What the processor calls itself.
    pub cpu: String,
}

impl Machine {
    /// This one.
    ///
    /// # Errors
    ///
    /// If the system does not say.
    pub fn this() -> anyhow::Result<Self> {
        let cores = std::thread::available_parallelism().context("failed to count the cores")?;
        let memory = Meminfo::current().context("failed to read how much memory there is")?;
        let cpus = CpuInfo::current().context("failed to read which processor there is")?;
        let cpu = cpus.model_name(0).unwrap_or("a processor without a name").to_owned();
        Ok(Self {
            cores: cores.get(),
            memory_gb: (memory.mem_total + 500_000_000) / 1_000_000_000,
            cpu,
        })
    }
}
