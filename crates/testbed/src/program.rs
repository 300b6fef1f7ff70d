//! The real binary as a process that can be killed, paused at any moment, and told to end.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// The time within which a service must end when told to. Its own limits are tighter.
const END_TIMEOUT: Duration = Duration::from_mins(1);

/// A service that runs until it is stopped or killed. Its output goes to a file.
pub struct Program {
    binary: PathBuf,
    arguments: Vec<String>,
    variables: Vec<(String, OsString)>,
    log: PathBuf,
    child: Option<Child>,
}

impl Program {
    /// A service that is not started yet. `name` is the name of its log.
    pub fn new(program: &Path, folder: &Path, name: &str, arguments: Vec<String>) -> Self {
        Self {
            binary: program.to_owned(),
            arguments,
            variables: Vec::new(),
            log: folder.join(format!("{name}.log")),
            child: None,
        }
    }

    /// Sets a variable for the next start.
    pub fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.variables.push((name.to_owned(), value.into()));
    }

    /// Starts it, for the first time or again.
    pub fn start(&mut self) {
        assert!(self.child.is_none(), "{} runs already", self.arguments[0]);
        let log = File::options().create(true).append(true).open(&self.log).expect("a log");
        let mut command = apart(&self.binary);
        command.args(&self.arguments).envs(self.variables.iter().cloned()).stdin(Stdio::null());
        command.stdout(log.try_clone().expect("a log")).stderr(log);
        self.child = Some(command.spawn().expect("the program starts"));
    }

    /// Its output so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Whether it was started and neither killed nor terminated.
    pub fn is_started(&self) -> bool {
        self.child.is_some()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// Sends SIGKILL, which leaves it no time for anything.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().expect("it is killed");
        child.wait().expect("it is gone");
    }

    /// Sends SIGTERM, and returns the exit status.
    pub fn terminate(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("it runs");
        signal(child.id(), Signal::TERM);
        let deadline = Instant::now() + END_TIMEOUT;
        loop {
            if let Some(status) = child.try_wait().expect("its state is known") {
                return status;
            }
            if Instant::now() > deadline {
                let _ = child.kill();
                panic!("{} did not end although it was told to", self.arguments[0]);
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends SIGSTOP: it pauses without noticing.
    pub fn pause(&self) {
        signal(self.child.as_ref().expect("it runs").id(), Signal::STOP);
    }

    /// Sends SIGCONT: it continues as if no time had passed.
    pub fn resume(&self) {
        signal(self.child.as_ref().expect("it runs").id(), Signal::CONT);
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        let child = self.child.as_mut().expect("it was started");
        child.try_wait().expect("its state is known").is_some()
    }

    /// The exit code, if it has ended by itself.
    pub fn exit_code(&mut self) -> Option<i32> {
        let mut child = self.child.take().expect("it was started");
        child.wait().expect("it has ended").code()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
        if thread::panicking() {
            let log = self.log();
            let tail: Vec<_> = log.lines().rev().take(15).collect();
            let tail: Vec<_> = tail.into_iter().rev().collect();
            eprintln!("--- the last lines of {}:\n{}", self.log.display(), tail.join("\n"));
        }
    }
}

/// Sends a signal to a process of ours that was not waited for yet, so that its process id is still
/// its own.
pub(crate) fn signal(process: u32, signal: Signal) {
    let pid = i32::try_from(process).ok().and_then(Pid::from_raw).expect("a process's number");
    kill_process(pid, signal).expect("the process is ours");
}

/// Variables through which a shell may point to foreign engines and keys, such as those in
/// `keys/environment` of `up`, which the README tells people to load.
const OF_OTHERS: [&str; 7] = [
    "HAOCHAPING_API_KEY",
    "HAOCHAPING_KAFKA_BROKERS",
    "HAOCHAPING_TOPIC_PREFIX",
    "HAOCHAPING_CLICKHOUSE_URL",
    "HAOCHAPING_CLICKHOUSE_DATABASE",
    "HAOCHAPING_CLICKHOUSE_USER",
    "HAOCHAPING_CLICKHOUSE_PASSWORD",
];

/// The program, without these variables: it knows only the engines that its arguments name.
pub(crate) fn apart(program: &Path) -> Command {
    let mut command = Command::new(program);
    for variable in OF_OTHERS {
        command.env_remove(variable);
    }
    command
}

/// The output of a command and its exit code. `Display` shows all of it, for the message of a
/// failed assertion: the reason may be on either stream.
#[derive(Debug)]
pub struct Said {
    /// `None` if it was killed.
    pub code: Option<i32>,
    /// Standard output.
    pub out: Vec<u8>,
    /// Standard error.
    pub err: String,
}

impl Said {
    /// Standard output as text.
    pub fn words(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    /// Whether it ended with exit code 0.
    pub fn succeeded(&self) -> bool {
        self.code == Some(0)
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        Self { code: output.status.code(), out: output.stdout, err }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => writeln!(f, "exit code {code}")?,
            None => writeln!(f, "killed by a signal")?,
        }
        writeln!(f, "--- standard output:\n{}", self.words().trim_end())?;
        write!(f, "--- standard error:\n{}", self.err.trim_end())
    }
}

/// Runs a command to its end.
pub fn run(program: &Path, arguments: &[&str]) -> Said {
    run_with(program, arguments, &[])
}

/// Runs a command to its end, with these additional environment variables.
pub fn run_with(program: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Said {
    let mut command = apart(program);
    command.args(arguments).envs(variables.iter().copied()).stdin(Stdio::null());
    command.output().expect("it runs").into()
}

/// Runs a command that must succeed.
pub fn run_well(program: &Path, arguments: &[&str]) -> String {
    let said = run(program, arguments);
    assert!(said.succeeded(), "{arguments:?} failed: {said}");
    said.words()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_fails_is_shown_with_both_streams_and_its_exit_code() {
        let said = run(Path::new("sh"), &["-c", "echo a reason; echo another >&2; exit 3"]);
        let shown = said.to_string();
        for part in ["exit code 3", "a reason", "another"] {
            assert!(shown.contains(part), "{part} in: {shown}");
        }
    }
}
