//! Reads what processes have used: processor time and peak resident memory.

use std::fs;

use anyhow::Context;
use procfs::process::Process;

use crate::figure::figure;

/// The processor seconds that a process has used so far, all its threads together.
///
/// # Errors
///
/// If there is no such process.
pub fn cpu_seconds(pid: u32) -> anyhow::Result<f64> {
    let stat = process(pid)?.stat().with_context(|| format!("failed to look at process {pid}"))?;
    Ok(figure(stat.utime + stat.stime) / figure(procfs::ticks_per_second()))
}

/// The processor seconds that a process and the children that it has now have used so far. Of a thread
/// or a child that ends while it is looked at nothing is known any more.
///
/// # Errors
///
/// If there is no such process.
pub fn family_cpu_seconds(pid: u32) -> anyhow::Result<f64> {
    let tasks =
        process(pid)?.tasks().with_context(|| format!("failed to look at process {pid}"))?;
    let children = tasks.flatten().flat_map(|task| task.children().unwrap_or_default());
    Ok(cpu_seconds(pid)? + children.filter_map(|child| cpu_seconds(child).ok()).sum::<f64>())
}

/// The processor seconds of this process's children that have ended and were waited for, and of theirs.
///
/// # Errors
///
/// If the system does not say.
pub fn ended_children_seconds() -> anyhow::Result<f64> {
    let stat = Process::myself().and_then(|this| this.stat());
    let stat = stat.context("failed to look at this process")?;
    Ok(figure(u64::try_from(stat.cutime + stat.cstime)?) / figure(procfs::ticks_per_second()))
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

/// Resets the peak of the resident memory.
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
    fn what_a_child_has_used_is_seen_when_it_has_ended() {
        let before = ended_children_seconds().expect("this process");
        let busy = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done";
        let ended = process::Command::new("sh").args(["-c", busy]).status().expect("a shell");
        assert!(ended.success());
        assert!(ended_children_seconds().expect("this process") > before);
    }

    #[test]
    fn what_a_child_uses_counts_for_the_family_while_it_runs() {
        let busy = "(i=0; while [ $i -lt 1000000 ]; do i=$((i+1)); done) & wait";
        let mut parent = process::Command::new("sh").args(["-c", busy]).spawn().expect("a shell");
        let since = Instant::now();
        let family = || family_cpu_seconds(parent.id()).expect("it runs");
        while family() < cpu_seconds(parent.id()).expect("it runs") + 0.05 {
            assert!(since.elapsed().as_secs() < 20, "the child works and uses nothing");
        }
        assert!(parent.wait().expect("it ends").success());
    }

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
