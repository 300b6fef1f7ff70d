//! Finds a Java that can run Kafka.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::error::Error;
use crate::programs;

/// The oldest major version that can run Kafka's server.
const OLDEST: u32 = 17;

/// The first Java in `JAVA_HOME` and `PATH` that is new enough.
///
/// # Errors
///
/// [`Error::JavaMissing`], or [`Error::JavaTooOld`] about the first that was found.
pub(crate) fn find() -> Result<PathBuf, Error> {
    let at_home = env::var_os("JAVA_HOME")
        .map(|home| PathBuf::from(home).join("bin/java"))
        .filter(|java| programs::is_executable(java));
    choose(at_home.into_iter().chain(programs::on_path("java")), version)
}

/// The first candidate that is new enough according to `version`.
fn choose(
    candidates: impl Iterator<Item = PathBuf>,
    version: impl Fn(&PathBuf) -> Option<u32>,
) -> Result<PathBuf, Error> {
    let mut problem = Error::JavaMissing { oldest: OLDEST };
    for path in candidates {
        match version(&path) {
            Some(found) if found >= OLDEST => return Ok(path),
            Some(found) => {
                if matches!(problem, Error::JavaMissing { .. }) {
                    problem = Error::JavaTooOld { path, found, oldest: OLDEST };
                }
            }
            None => {
                tracing::warn!(java = %path.display(), "ignoring this Java, which does not report its version");
            }
        }
    }
    Err(problem)
}

/// The major version that a Java reports.
fn version(java: &PathBuf) -> Option<u32> {
    // Every Java writes it to standard error.
    let output = Command::new(java).arg("-version").output().ok()?;
    parse(&String::from_utf8_lossy(&output.stderr))
}

/// The major version in the output of `java -version`: 17 in `openjdk version "17.0.15"
/// 2025-04-15`, 8 in `java version "1.8.0_291"`.
fn parse(output: &str) -> Option<u32> {
    let (_, quoted) = output.lines().find_map(|line| line.split_once(" version \""))?;
    let mut numbers = quoted.split(|c: char| !c.is_ascii_digit()).map(|number| number.parse().ok());
    match numbers.next()?? {
        1 => numbers.next()?,
        major => Some(major),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_java_prints() {
        assert_eq!(parse("openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime"), Some(17));
        assert_eq!(
            parse("Picked up JAVA_TOOL_OPTIONS: -Dx=y\nopenjdk version \"21\" 2023-09-19"),
            Some(21)
        );
        assert_eq!(parse("openjdk version \"25-ea\" 2025-09-16"), Some(25));
        assert_eq!(parse("java version \"1.8.0_291\""), Some(8));
        assert_eq!(parse("Error: could not find java.dll"), None);
        assert_eq!(parse("openjdk version \"next\""), None);
    }

    #[test]
    fn the_first_java_that_is_new_enough_is_chosen() {
        let version = |path: &PathBuf| {
            path.to_str().and_then(|path| path.trim_start_matches('/').parse().ok())
        };
        let choose = |paths: &[&str]| choose(paths.iter().map(PathBuf::from), version);
        assert_eq!(choose(&["/11", "/21", "/17"]).unwrap(), PathBuf::from("/21"));
        assert!(matches!(
            choose(&["/strange", "/11", "/8"]),
            Err(Error::JavaTooOld { found: 11, .. })
        ));
        assert!(matches!(choose(&["/strange"]), Err(Error::JavaMissing { .. })));
        assert!(matches!(choose(&[]), Err(Error::JavaMissing { .. })));
    }
}
