//! Finds programs of this machine and reads their output.

use std::env;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::error::{self, Error};

/// The first executable file of that name in the folders of `PATH`.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| is_executable(file))
}

/// True for a regular file that is executable.
pub(crate) fn is_executable(file: &Path) -> bool {
    file.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

/// Runs a package client to its end, and keeps its output for the error.
///
/// # Errors
///
/// [`Error::DownloadRefused`] if it fails.
pub(crate) fn fetch_with(engine: &'static str, mut command: Command) -> Result<(), Error> {
    let program = PathBuf::from(command.get_program());
    let output = command.stdin(Stdio::null()).output().map_err(error::io("run", &program))?;
    if output.status.success() {
        return Ok(());
    }
    let name = program.file_name().unwrap_or_default();
    let words = std::iter::once(name).chain(command.get_args()).map(|word| word.to_string_lossy());
    Err(Error::DownloadRefused {
        engine,
        command: words.collect::<Vec<_>>().join(" "),
        status: output.status.to_string(),
        output: last_lines(&printed(&output), 25),
    })
}

/// The whole output of a program.
pub(crate) fn printed(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).join("\n")
}

/// The last lines of a program's output, for an error.
pub(crate) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> =
        text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_on_path_and_a_folder_or_plain_file_is_none() {
        assert!(on_path("sh").is_some_and(|sh| sh.ends_with("sh")));
        assert_eq!(on_path("haochaping-no-such-program"), None);
        assert!(!is_executable(Path::new("/usr")));
        assert!(!is_executable(Path::new("/etc/passwd")));
    }

    #[test]
    fn the_last_lines_leave_out_empty_ones() {
        assert_eq!(last_lines("one\n\ntwo  \nthree\n\n", 2), "two\nthree");
        assert_eq!(last_lines("", 2), "");
    }
}
