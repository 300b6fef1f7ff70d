//! What processes have used: processor time, and the most memory that was resident.

use std::fs;

use anyhow::Context;
use procfs::process::Process;

/// The processor seconds that a process has used so far, all its threads together.
///
/// # Errors
///
/// If there is no such process.
pub fn cpu_seconds(pid: u32) -> anyhow::Result<f64> {
    let stat = process(pid)?.stat().with_context(|| format!("failed to look at process {pid}"))?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53 ticks")]
    let seconds = |ticks: u64| ticks as f64 / procfs::ticks_per_second() as f64;
    Ok(seconds(stat.utime + stat.stime))
}

/// The most bytes of a process that were resident since its start, or since [`forget_peak`].
///
/// # Errors
///
/// If there is no such process.
pub fn peak_bytes(pid: u32) -> anyhow::Result<u64> {
    let status = process(pid)?.status();
    let peak = status.with_context(|| format!("failed to look at process {pid}"))?.vmhwm;
    Ok(peak.context("the system does not say how much memory was resident")? * 1024)
}

/// Begins anew to note the most bytes that are resident.
///
/// # Errors
///
/// If the process is not ours.
pub fn forget_peak(pid: u32) -> anyhow::Result<()> {
    let file = format!("/proc/{pid}/clear_refs");
    fs::write(&file, "5").with_context(|| format!("failed to write to {file}"))
}

fn process(pid: u32) -> anyhow::Result<Process> {
    let pid = i32::try_from(pid).context("no process has such a number")?;
    Process::new(pid).with_context(|| format!("failed to look at process {pid}"))
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;
    use std::process;
    use std::time::Instant;

    use super::*;

    #[test]
    fn what_this_process_uses_is_seen() {
        let pid = process::id();
        let before = cpu_seconds(pid).expect("this process");
        let since = Instant::now();
        while cpu_seconds(pid).expect("this process") < before + 0.05 {
            assert!(since.elapsed().as_secs() < 20, "it works and uses nothing");
        }
        let big = black_box(vec![1_u8; 64 << 20]);
        let peak = peak_bytes(pid).expect("this process");
        assert!(peak > big.len() as u64);
        drop(big);
        forget_peak(pid).expect("it is ours");
        assert!(peak_bytes(pid).expect("this process") < peak);
    }
}
