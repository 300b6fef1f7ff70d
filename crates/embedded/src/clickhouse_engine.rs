//! Finds ClickHouse: the library for this kind of machine, or otherwise an installed program.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache::Cache;
use crate::error::{self, Error};
use crate::pins::Pins;
use crate::programs;
use crate::progress::Progress;

pub(crate) const NAME: &str = "ClickHouse";

/// The npm package with the library, for the one platform on which it has been tried.
const PACKAGE: &str = "@chdb/lib-linux-x64-gnu";
const VERSION: &str = "26.7.3-stable.1";
const TARBALL: &str = include_str!("../engines/clickhouse.sha512");
const LIBRARY: &str = "libchdb.so";

/// Major and minor version of the oldest program that can replace the library.
const OLDEST_PROGRAM: (u32, u32) = (26, 3);

/// ClickHouse, fetched and verified, or found on the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClickHouseEngine {
    /// `libchdb.so`: the whole of ClickHouse, run by a child process of our own program.
    Library(PathBuf),
    /// A `clickhouse` program.
    Program(PathBuf),
}

impl ClickHouseEngine {
    /// Takes ClickHouse from the cache, or lets npm fetch it (about 180 MB). If neither is
    /// possible, a recent enough `clickhouse` on `PATH` is used.
    ///
    /// # Errors
    ///
    /// Names what is missing, was refused or is not what it should be.
    pub async fn fetch(cache: &Cache) -> Result<Self, Error> {
        let cache = cache.clone();
        tokio::task::spawn_blocking(move || choose(|| fetch(&cache), find_program))
            .await
            .expect("fetching does not panic and is not aborted")
    }
}

/// Chooses the library, and a program only if the library is not available. A library with a wrong
/// checksum is an alarm and never ignored.
fn choose(
    library: impl FnOnce() -> Result<PathBuf, Error>,
    program: impl FnOnce() -> Option<PathBuf>,
) -> Result<ClickHouseEngine, Error> {
    match library() {
        Ok(library) => Ok(ClickHouseEngine::Library(library)),
        Err(
            problem @ (Error::DownloadRefused { .. }
            | Error::ProgramMissing { .. }
            | Error::NoClickHouseHere { .. }),
        ) => {
            let program = program().ok_or(problem)?;
            tracing::info!(program = %program.display(), "using the ClickHouse that is installed on this machine");
            Ok(ClickHouseEngine::Program(program))
        }
        Err(problem) => Err(problem),
    }
}

fn fetch(cache: &Cache) -> Result<PathBuf, Error> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")) {
        return Err(Error::NoClickHouseHere { oldest: OLDEST_PROGRAM });
    }
    let pins = Pins::parse(TARBALL);
    let kept = cache
        .get_or_fetch(&format!("clickhouse-{VERSION}"), &pins, |work| download(work, &pins))?;
    Ok(kept.join(LIBRARY))
}

fn download(work: &Path, pins: &Pins) -> Result<PathBuf, Error> {
    let npm = programs::on_path("npm").ok_or(Error::ProgramMissing {
        engine: NAME,
        program: "npm",
        package: "npm",
    })?;
    let [packed, unpacked] = ["packed", "unpacked"].map(|name| work.join(name));
    for folder in [&packed, &unpacked] {
        std::fs::create_dir(folder).map_err(error::io("create", folder))?;
    }
    let progress = Progress::start(format!("fetching {NAME} {VERSION} (about 180 MB)"));
    let mut pack = Command::new(npm);
    pack.current_dir(work)
        .args(["pack", "--pack-destination"])
        .arg(&packed)
        .arg(format!("{PACKAGE}@{VERSION}"));
    programs::fetch_with(NAME, pack)?;
    pins.verify(NAME, &packed)?;

    let tar = programs::on_path("tar").ok_or(Error::ProgramMissing {
        engine: NAME,
        program: "tar",
        package: "tar",
    })?;
    let mut unpack = Command::new(tar);
    unpack
        .arg("--extract")
        .arg("--gzip")
        .arg("--strip-components=1")
        .arg("--directory")
        .arg(&unpacked);
    unpack
        .arg("--file")
        .args(pins.names().map(|name| packed.join(name)))
        .arg(format!("package/{LIBRARY}"));
    programs::fetch_with(NAME, unpack)?;
    progress.done();
    Ok(unpacked)
}

/// A recent enough `clickhouse` on `PATH`.
fn find_program() -> Option<PathBuf> {
    let program = programs::on_path("clickhouse")?;
    let output = Command::new(&program).args(["local", "--version"]).output().ok()?;
    let version = parse_version(&programs::printed(&output))?;
    if version < OLDEST_PROGRAM {
        tracing::warn!(program = %program.display(), ?version, oldest = ?OLDEST_PROGRAM, "this ClickHouse is too old");
        return None;
    }
    Some(program)
}

/// Major and minor version in "ClickHouse local version 26.3.2.1 (official build)."
fn parse_version(output: &str) -> Option<(u32, u32)> {
    let (_, version) = output.split_once(" version ")?;
    let mut numbers = version.split('.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pinned_package_is_the_one_that_npm_is_asked_for() {
        let names: Vec<_> = Pins::parse(TARBALL).names().collect();
        let file = PACKAGE.trim_start_matches('@').replace('/', "-");
        assert_eq!(names, [format!("{file}-{VERSION}.tgz")]);
    }

    #[test]
    fn the_version_of_a_program_is_compared_by_number() {
        let version = |number: &str| {
            parse_version(&format!("ClickHouse local version {number} (official build).\n"))
        };
        assert_eq!(version("26.3.2.1"), Some((26, 3)));
        assert!(version("26.12.1.1") > Some(OLDEST_PROGRAM));
        assert!(version("25.8.1.1") < Some(OLDEST_PROGRAM));
        assert_eq!(parse_version("command not found"), None);
    }

    #[test]
    fn a_program_is_used_only_if_the_library_is_not_available() {
        let program = || Some(PathBuf::from("/usr/bin/clickhouse"));
        let library = ClickHouseEngine::Library("/cache/libchdb.so".into());
        let no_library = || Err(Error::NoClickHouseHere { oldest: OLDEST_PROGRAM });
        assert_eq!(choose(|| Ok("/cache/libchdb.so".into()), program).unwrap(), library);
        assert_eq!(
            choose(no_library, program).unwrap(),
            ClickHouseEngine::Program("/usr/bin/clickhouse".into())
        );
        assert!(matches!(choose(no_library, || None), Err(Error::NoClickHouseHere { .. })));
        let wrong =
            || Err(Error::WrongHash { engine: NAME, file: LIBRARY.to_owned(), problem: "" });
        assert!(matches!(choose(wrong, program), Err(Error::WrongHash { .. })));
    }
}
