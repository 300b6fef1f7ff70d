//! Starts, watches and stops the child process of an engine, and never leaves it behind.
//!
//! Three things must hold whatever happens to this process. The child dies with it, even on
//! SIGKILL. The terminal's Ctrl-C does not reach the child, because the services that use an engine
//! stop before it. And no signal is ever sent to a process id that is no longer the child's.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};
use tokio::sync::{oneshot, watch};

use crate::ended::{Ended, Stopped};
use crate::error::{self, Error};
use crate::log_tail::LogTail;

/// The interval between checks whether a starting engine answers.
const ASKED_EVERY: Duration = Duration::from_millis(50);

/// The process of a running engine. Dropping it kills the process immediately.
#[derive(Debug)]
pub(crate) struct Process {
    engine: &'static str,
    pid: Pid,
    /// Closing it tells the process to end.
    input: Option<OwnedFd>,
    /// True once the process id may belong to another process. Locked while a signal is sent.
    reaped: Arc<Mutex<bool>>,
    /// Holds the exit status once there is one. It closes without one only if the system did not
    /// reveal it.
    ended: watch::Receiver<Option<ExitStatus>>,
    log: LogTail,
}

impl Process {
    /// Starts a command as an engine whose errors appear in `log`. `input` is the other end of its
    /// standard input, if that must stay open.
    ///
    /// # Errors
    ///
    /// An error of the system when it runs the program.
    pub(crate) async fn start(
        engine: &'static str,
        mut command: Command,
        input: Option<OwnedFd>,
        log: LogTail,
    ) -> Result<Self, Error> {
        let program = PathBuf::from(command.get_program());
        // A process group of its own does not get the signals that a terminal sends to the
        // foreground group.
        command.process_group(0);
        die_with_parent(&mut command);
        let reaped = Arc::new(Mutex::new(false));
        let (tell_started, started) = oneshot::channel();
        let (tell_ended, ended) = watch::channel(None);
        thread::Builder::new()
            .name(format!("keeps {engine}"))
            .spawn(move || match command.spawn() {
                Ok(child) => {
                    // The command holds the child's ends of the files.
                    drop(command);
                    let pid = pid_of(&child);
                    let process =
                        Self { engine, pid, input, reaped: Arc::clone(&reaped), ended, log };
                    // If nobody waits for the process any more, it is returned, dropped, and
                    // thereby killed.
                    drop(tell_started.send(Ok(process)));
                    keep(child, &reaped, &tell_ended);
                }
                Err(e) => drop(tell_started.send(Err(e))),
            })
            .map_err(error::io("start a thread for", &program))?;
        started.await.expect("the keeper sends before it ends").map_err(error::io("run", &program))
    }

    /// The process's number.
    pub(crate) fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// Waits until the process has ended.
    pub(crate) async fn wait(&self) -> Ended {
        let mut ended = self.ended.clone();
        let status = ended.wait_for(Option::is_some).await.ok().and_then(|status| *status);
        Ended { engine: self.engine, status, log: self.log.read() }
    }

    /// Waits until a process has finished its work.
    ///
    /// # Errors
    ///
    /// [`Error::Died`] unless its exit status is success.
    pub(crate) async fn success(self) -> Result<(), Error> {
        let ended = self.wait().await;
        if ended.status.is_some_and(|status| status.success()) {
            Ok(())
        } else {
            Err(Error::Died(ended))
        }
    }

    /// Waits until `answers` returns true.
    ///
    /// # Errors
    ///
    /// [`Error::Died`] if the process ends first, [`Error::NoAnswer`] if it takes too long. The
    /// process has ended in either case.
    pub(crate) async fn until<F: Future<Output = bool>>(
        self,
        answers: impl Fn() -> F,
        deadline: Duration,
    ) -> Result<Self, Error> {
        let since = Instant::now();
        while !answers().await {
            if let Ok(ended) = tokio::time::timeout(ASKED_EVERY, self.wait()).await {
                return Err(Error::Died(ended));
            }
            if since.elapsed() > deadline {
                self.kill().await;
                let log = self.log.read();
                return Err(Error::NoAnswer { engine: self.engine, waited: since.elapsed(), log });
            }
        }
        Ok(self)
    }

    /// Asks the process to stop with SIGTERM, and kills it if it has not stopped within `grace`.
    pub(crate) async fn terminate(&self, grace: Duration) -> Stopped {
        self.signal(Signal::TERM);
        self.end_within(grace).await
    }

    /// Asks the process to stop by closing its standard input, and kills it if it has not stopped
    /// within `grace`.
    pub(crate) async fn close_input(mut self, grace: Duration) -> Stopped {
        drop(self.input.take());
        self.end_within(grace).await
    }

    async fn end_within(&self, grace: Duration) -> Stopped {
        if tokio::time::timeout(grace, self.wait()).await.is_ok() {
            return Stopped::Gracefully;
        }
        tracing::warn!(
            engine = self.engine,
            grace_s = grace.as_secs(),
            "killing an engine that does not stop"
        );
        self.kill().await;
        Stopped::Killed
    }

    /// Kills the process at once, and waits until it has ended.
    pub(crate) async fn kill(&self) {
        self.signal(Signal::KILL);
        self.wait().await;
    }

    fn signal(&self, signal: Signal) {
        let reaped = self.reaped.lock().unwrap_or_else(PoisonError::into_inner);
        if !*reaped {
            // This fails only for a process that has already ended, which is what the signal is
            // for.
            let _ = rustix::process::kill_process(self.pid, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// Redirects the output of a command into a file, which is truncated first, and returns the file.
///
/// # Errors
///
/// An error of the system when it creates the file.
pub(crate) fn print_to(command: &mut Command, file: PathBuf) -> Result<PathBuf, Error> {
    let output = File::create(&file).map_err(error::io("create", &file))?;
    let errors = output.try_clone().map_err(error::io("open", &file))?;
    command.stdout(output).stderr(errors);
    Ok(file)
}

/// Waits for the child's end. It runs on the thread that started the child, as long as the child
/// lives, because the system takes the end of *that thread* for the end of the parent.
fn keep(mut child: Child, reaped: &Mutex<bool>, tell_ended: &watch::Sender<Option<ExitStatus>>) {
    let pid = pid_of(&child);
    // This keeps the process id taken, so that it cannot be reused before `reaped` says so.
    while let Err(rustix::io::Errno::INTR) =
        rustix::process::waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
    {
    }
    let mut reaped = reaped.lock().unwrap_or_else(PoisonError::into_inner);
    let status = child.wait();
    *reaped = true;
    match status {
        Ok(status) => {
            tell_ended.send_replace(Some(status));
        }
        Err(error) => tracing::error!(%error, "the system does not reveal how an engine ended"),
    }
}

fn pid_of(child: &Child) -> Pid {
    i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .expect("the system's process numbers are positive and small")
}

/// Makes the system kill the child when its parent ends.
#[expect(unsafe_code, reason = "what runs between fork and exec is ours to keep harmless")]
fn die_with_parent(command: &mut Command) {
    let parent = rustix::process::getpid();
    // SAFETY: runs in the child between fork and exec, and makes two system calls: no allocation,
    // no lock.
    unsafe {
        command.pre_exec(move || {
            rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
            // The parent may have ended just before. Then no signal will come.
            if rustix::process::getppid() == Some(parent) {
                Ok(())
            } else {
                Err(rustix::io::Errno::SRCH.into())
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::Stdio;

    use super::*;

    async fn shell(script: &str) -> Process {
        let (stdin, input) = std::io::pipe().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(stdin).stdout(Stdio::null());
        Process::start("shell", command, Some(input.into()), LogTail::from_here([])).await.unwrap()
    }

    #[tokio::test]
    async fn the_end_of_a_process_is_noticed_by_everyone_who_waits() {
        let process = shell("exit 3").await;
        let (one, other) = tokio::join!(process.wait(), process.wait());
        assert_eq!(one.status.unwrap().code(), Some(3));
        assert_eq!(other.status.unwrap().code(), Some(3));
    }

    #[tokio::test]
    async fn a_process_stops_as_it_is_asked_and_otherwise_is_killed() {
        let grace = Duration::from_secs(20);
        assert_eq!(shell("exec cat").await.close_input(grace).await, Stopped::Gracefully);
        assert_eq!(shell("exec sleep 60").await.terminate(grace).await, Stopped::Gracefully);
        let deaf = shell("exec sleep 60").await;
        assert_eq!(deaf.close_input(Duration::from_millis(10)).await, Stopped::Killed);
    }

    #[tokio::test]
    async fn a_dropped_process_is_killed() {
        let process = shell("exec sleep 60").await;
        let mut ended = process.ended.clone();
        drop(process);
        let status = ended.wait_for(Option::is_some).await.unwrap().unwrap();
        assert_eq!(status.signal(), Some(Signal::KILL.as_raw()));
    }

    /// By "parent", the system means the thread that started the child.
    #[tokio::test]
    async fn a_process_outlives_the_runtime_in_which_it_was_started() {
        let started = thread::spawn(|| {
            tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap()
                .block_on(shell("exec sleep 60"))
        });
        let process = started.join().unwrap();
        let ended = tokio::time::timeout(Duration::from_millis(200), process.wait()).await;
        assert!(ended.is_err(), "{ended:?}");
    }

    /// Runs itself again as the parent that is killed.
    #[tokio::test]
    async fn a_process_dies_with_its_parent_even_if_that_is_killed() {
        const PID_FILE: &str = "EMBEDDED_TEST_PID_FILE";
        if let Some(file) = std::env::var_os(PID_FILE) {
            let process = shell("exec sleep 60").await;
            std::fs::write(file, format!("{}\n", process.pid())).unwrap();
            process.wait().await;
            return;
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut parent = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "process::tests::a_process_dies_with_its_parent_even_if_that_is_killed",
            ])
            .env(PID_FILE, file.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let written =
            || std::fs::read_to_string(file.path()).unwrap().strip_suffix('\n').map(str::to_owned);
        until(|| written().is_some()).await;
        let stat = PathBuf::from("/proc").join(written().unwrap()).join("stat");
        // The format is "12 (sleep) S …". A process that nobody has waited for stays behind as Z.
        let lives = || std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z "));
        assert!(lives());
        parent.kill().unwrap();
        parent.wait().unwrap();
        until(|| !lives()).await;
    }

    async fn until(condition: impl Fn() -> bool) {
        let since = Instant::now();
        while !condition() {
            assert!(since.elapsed() < Duration::from_secs(20), "it does not come to be");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    #[tokio::test]
    async fn a_process_that_ends_before_it_answers_is_reported_with_its_last_words() {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such thing; exit 4"]).stdout(log.reopen().unwrap());
        let tail = LogTail::from_here([log.path().to_owned()]);
        let process = Process::start("shell", command, None, tail).await.unwrap();
        let died = process
            .until(|| async { false }, Duration::from_secs(20))
            .await
            .unwrap_err()
            .to_string();
        assert!(
            died.starts_with(
                "shell ended with exit status: 4; its last log lines:\nno such thing\n"
            ),
            "{died}"
        );
    }

    #[tokio::test]
    async fn a_process_that_never_answers_is_killed_at_the_deadline() {
        let process = shell("exec sleep 60").await;
        let mut ended = process.ended.clone();
        let late = process.until(|| async { false }, Duration::from_millis(10)).await.unwrap_err();
        assert!(matches!(late, Error::NoAnswer { .. }), "{late}");
        assert!(ended.wait_for(Option::is_some).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_program_that_cannot_be_run_is_named() {
        let command = Command::new("/nonexistent/engine");
        let refused =
            Process::start("engine", command, None, LogTail::from_here([])).await.unwrap_err();
        assert_eq!(refused.to_string(), "failed to run /nonexistent/engine");
    }
}
