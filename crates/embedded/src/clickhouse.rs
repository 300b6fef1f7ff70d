//! ClickHouse as a child process, with its HTTP and native interfaces on 127.0.0.1.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::pty::{self, OpenptFlags};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::clickhouse_child;
use crate::clickhouse_engine::{ClickHouseEngine, NAME};
use crate::clickhouse_options::ClickHouseOptions;
use crate::disk;
use crate::ended::{Ended, Stopped};
use crate::error::{self, Error};
use crate::log_tail::LogTail;
use crate::port;
use crate::process::{self, Process};

/// Opens the ports and stays at the prompt. HTTP opens last, so that an answer over HTTP means that
/// both ports are open.
///
/// The session is interactive, on a terminal whose other end this process holds. In any other
/// session, the engine aborts on an error of any connection, such as a client that disconnects in
/// the middle of a request.
const SERVE: [&str; 3] =
    ["--interactive", "--query", "SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP"];

/// The time that the engine has to finish running work.
const GRACE: Duration = Duration::from_secs(20);

/// The time limit of one readiness check.
const PATIENCE: Duration = Duration::from_secs(2);

/// A running engine. Dropping it kills the process; [`ClickHouse::stop`] stops it cleanly.
#[derive(Debug)]
pub struct ClickHouse {
    process: Process,
    http_port: u16,
    user: &'static str,
}

impl ClickHouse {
    /// Starts the engine and waits until it answers.
    ///
    /// # Errors
    ///
    /// What is wrong with the environment, or the engine's last log lines.
    pub async fn start(
        engine: &ClickHouseEngine,
        options: ClickHouseOptions,
    ) -> Result<Self, Error> {
        let data_dir = &options.data_dir;
        disk::require_mib(data_dir, disk::FREE_TO_START_MIB)?;
        port::wait_until_free(options.http_port).await?;
        port::wait_until_free(options.tcp_port).await?;
        let logs = data_dir.join("logs");
        fs::create_dir_all(&logs).map_err(error::io("create", &logs))?;
        let config = data_dir.join("config.xml");
        write_private(&config, &options.config())?;
        write_private(&data_dir.join("users.xml"), &options.users())?;

        let mut command = match engine {
            ClickHouseEngine::Library(library) => {
                let mut command = Command::new(match options.child_program.clone() {
                    Some(program) => program,
                    None => std::env::current_exe()
                        .map_err(error::io("find the program of", Path::new("this process")))?,
                });
                command.arg(clickhouse_child::ARGUMENT).arg(library);
                command
            }
            ClickHouseEngine::Program(program) => {
                let mut command = Command::new(program);
                command.arg("local");
                command
            }
        };
        let (terminal, input) = terminal()?;
        command
            .arg("--config-file")
            .arg(&config)
            .args(SERVE)
            .current_dir(data_dir)
            .stdin(terminal)
            .env("TERM", "dumb")
            // An interactive session keeps a history and the like for the next one.
            .env("HOME", data_dir);
        let console = process::print_to(&mut command, logs.join("console.log"))?;
        let process = Process::start(
            NAME,
            command,
            Some(input),
            LogTail::from_here([logs.join("clickhouse.log"), console]),
        )
        .await?
        .until(|| answers(options.http_port), options.deadline)
        .await?;
        Ok(Self { process, http_port: options.http_port, user: options.user() })
    }

    /// The address of the HTTP interface.
    pub fn url(&self) -> String {
        format!("http://{}:{}", Ipv4Addr::LOCALHOST, self.http_port)
    }

    /// The name of the user that clients log in as.
    pub fn user(&self) -> &'static str {
        self.user
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Waits until the engine has ended. It ends by itself only if something is wrong.
    pub async fn wait(&self) -> Ended {
        self.process.wait().await
    }

    /// Stops the engine: closes its input, and kills it if it takes longer than 20 s.
    pub async fn stop(self) -> Stopped {
        self.process.close_input(GRACE).await
    }

    /// Kills the engine as a crash would, and waits until the process has ended.
    pub async fn kill(self) {
        self.process.kill().await;
    }
}

/// A terminal for a child, and the end of it at which a person would sit. Closing that end ends the
/// child's input.
fn terminal() -> Result<(OwnedFd, OwnedFd), Error> {
    let open = || {
        let ours = pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        pty::grantpt(&ours)?;
        pty::unlockpt(&ours)?;
        let name = pty::ptsname(&ours, Vec::new())?;
        let theirs = rustix::fs::open(
            name.as_c_str(),
            OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        Ok((theirs, ours))
    };
    open().map_err(|e: Errno| error::io("open a terminal in", Path::new("/dev/pts"))(e.into()))
}

/// True if `/ping` on that port is answered as ClickHouse does.
async fn answers(http_port: u16) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, http_port)).await?;
        stream.write_all(b"GET /ping HTTP/1.0\r\n\r\n").await?;
        let mut answer = String::new();
        stream.take(4096).read_to_string(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    let asked = tokio::time::timeout(PATIENCE, ask).await;
    matches!(asked, Ok(Ok(answer)) if answer.starts_with("HTTP/1.") && answer.ends_with("\r\n\r\nOk.\n"))
}

/// Writes a file that only this user can read.
fn write_private(path: &Path, text: &str) -> Result<(), Error> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .map_err(error::io("create", path))?;
    file.write_all(text.as_bytes()).map_err(error::io("write", path))
}
