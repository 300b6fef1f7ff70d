//! Errors of fetching or starting an engine. Each message tells the reader what to do.
//!
//! An error carries everything that its message states, versions included, so that this module knows
//! no engine.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::ended::Ended;

/// Why an engine could not be fetched or started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another program listens on the engine's port.
    #[error(
        "port {port} on 127.0.0.1 is in use by {}; stop that program or choose other ports",
        who.as_deref().unwrap_or("another program")
    )]
    PortTaken {
        /// The port.
        port: u16,
        /// The program that listens there, if the system reveals it.
        who: Option<String>,
    },
    /// There is no Java.
    #[error(
        "no Java in JAVA_HOME or on PATH, and Kafka needs {oldest} or later; on Debian and Ubuntu: apt-get install openjdk-17-jre-headless"
    )]
    JavaMissing {
        /// The oldest major version that Kafka runs on.
        oldest: u32,
    },
    /// There is a Java, but it is too old for Kafka.
    #[error(
        "{} is Java {found}, and Kafka needs {oldest} or later; install a newer one or point JAVA_HOME to it",
        path.display()
    )]
    JavaTooOld {
        /// The program.
        path: PathBuf,
        /// Its major version.
        found: u32,
        /// The oldest major version that Kafka runs on.
        oldest: u32,
    },
    /// A program that is needed to fetch an engine is not installed.
    #[error(
        "{program} is not on PATH, and {engine} is fetched with it; on Debian and Ubuntu: apt-get install {package}"
    )]
    ProgramMissing {
        /// The engine's name.
        engine: &'static str,
        /// The program.
        program: &'static str,
        /// The package of the distribution that contains it.
        package: &'static str,
    },
    /// There is too little disk space for what is about to be written.
    #[error("{} has {free_mib} MiB free and {needed_mib} MiB are needed; free some space or choose another folder", path.display())]
    DiskFull {
        /// The folder to write to.
        path: PathBuf,
        /// The free space, in MiB.
        free_mib: u64,
        /// The space needed, in MiB.
        needed_mib: u64,
    },
    /// A package client failed to fetch an engine.
    #[error(
        "failed to fetch {engine}: `{command}` ended with {status}; check the network and the client's own settings, then try again. It said:\n{output}"
    )]
    DownloadRefused {
        /// The engine's name.
        engine: &'static str,
        /// The command, as a person would type it.
        command: String,
        /// How it ended.
        status: String,
        /// The end of its output.
        output: String,
    },
    /// A fetched file does not have the expected checksum.
    #[error(
        "{file} as fetched for {engine} is not the published one ({problem}); nothing of it was kept. Clear the package client's cache (~/.m2/repository, or `npm cache clean --force`) and try again; if it happens again, do not trust where it comes from"
    )]
    WrongHash {
        /// The engine's name.
        engine: &'static str,
        /// The file's name.
        file: String,
        /// How it differs.
        problem: &'static str,
    },
    /// The pinned library does not exist for this kind of machine, and no installed program can
    /// replace it.
    #[error(
        "ClickHouse cannot be fetched for this kind of machine ({}, {}); install ClickHouse {}.{} or later so that `clickhouse` is on PATH, or give the address of a running one",
        std::env::consts::OS, std::env::consts::ARCH,
        oldest.0, oldest.1
    )]
    NoClickHouseHere {
        /// The oldest installed program that can replace the library, as its year and its month.
        oldest: (u32, u32),
    },
    /// Another process uses the data folder.
    #[error("{} is in use by another haochaping; stop it or choose another data folder", path.display())]
    DataDirInUse {
        /// The folder.
        path: PathBuf,
    },
    /// A newer release wrote the data folder.
    #[error(
        "{} has layout {found} and this release reads up to {newest}; use the release that wrote it or another data folder",
        path.display()
    )]
    DataDirNewer {
        /// The folder.
        path: PathBuf,
        /// Its layout.
        found: u32,
        /// The newest layout that this release reads.
        newest: u32,
    },
    /// The folder is not one of ours.
    #[error("{} is not empty and not a data folder of haochaping; choose another", path.display())]
    DataDirForeign {
        /// The folder.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("failed to {doing} {}", path.display())]
    Io {
        /// What was tried, as the continuation of "failed to …".
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// There is no home folder in which to keep the engines.
    #[error("no folder to keep the engines in: set HAOCHAPING_CACHE_DIR, XDG_CACHE_HOME or HOME")]
    NoCacheDir,
    /// The engine ended before it answered.
    #[error("{0}")]
    Died(Ended),
    /// The engine did not answer in time, and was killed.
    #[error("{engine} did not answer within {} s; its last log lines:\n{log}", waited.as_secs())]
    NoAnswer {
        /// The engine's name.
        engine: &'static str,
        /// How long we waited.
        waited: Duration,
        /// The last lines of its log.
        log: String,
    },
}

impl Error {
    /// True if the reader can correct it by changing the machine or the command (exit code 2),
    /// false if an engine failed that should have worked.
    pub fn is_bad_environment(&self) -> bool {
        match self {
            Self::PortTaken { .. }
            | Self::JavaMissing { .. }
            | Self::JavaTooOld { .. }
            | Self::ProgramMissing { .. }
            | Self::DiskFull { .. }
            | Self::DownloadRefused { .. }
            | Self::WrongHash { .. }
            | Self::NoClickHouseHere { .. }
            | Self::DataDirInUse { .. }
            | Self::DataDirNewer { .. }
            | Self::DataDirForeign { .. }
            | Self::Io { .. }
            | Self::NoCacheDir => true,
            Self::Died(_) | Self::NoAnswer { .. } => false,
        }
    }
}

/// Adds the action and the path to an error of the operating system.
pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { doing, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_to_do_next() {
        let taken = Error::PortTaken { port: 8712, who: Some("java (process 12)".to_owned()) };
        assert_eq!(
            taken.to_string(),
            "port 8712 on 127.0.0.1 is in use by java (process 12); stop that program or choose other ports"
        );
        assert!(taken.is_bad_environment());
        let old = Error::JavaTooOld { path: "/usr/bin/java".into(), found: 11, oldest: 17 };
        assert_eq!(
            old.to_string(),
            "/usr/bin/java is Java 11, and Kafka needs 17 or later; install a newer one or point JAVA_HOME to it"
        );
    }
}
