//! The last log lines of an engine: what its log files have gained since its start.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use crate::programs;

/// The number of log lines in an error.
const LINES: usize = 20;

/// The number of bytes that are read from the end of a file.
const BYTES: u64 = 64 << 10;

/// Log files with the length of each at the time when this was created.
#[derive(Debug, Clone)]
pub(crate) struct LogTail(Vec<(PathBuf, u64)>);

impl LogTail {
    /// Remembers where the files end now. A missing file ends at 0.
    pub(crate) fn from_here(files: impl IntoIterator<Item = PathBuf>) -> Self {
        let length = |file: &Path| fs::metadata(file).map_or(0, |metadata| metadata.len());
        Self(files.into_iter().map(|file| (file.clone(), length(&file))).collect())
    }

    /// The last lines that were added to any of the files, and the path of that file.
    pub(crate) fn read(&self) -> String {
        let mut text = String::new();
        for (file, start) in &self.0 {
            text.push_str(&programs::last_lines(&added(file, *start).unwrap_or_default(), LINES));
            text.push('\n');
        }
        let names: Vec<String> =
            self.0.iter().map(|(file, _)| file.display().to_string()).collect();
        format!("{}\n(from {})", programs::last_lines(&text, LINES), names.join(", "))
    }
}

/// The contents of a file from `start` on, or all of them if the file was truncated since.
fn added(file: &Path, start: u64) -> Option<String> {
    let mut file = File::open(file).ok()?;
    let end = file.metadata().ok()?.len();
    let start = if start > end { 0 } else { start };
    file.seek(SeekFrom::Start(start.max(end.saturating_sub(BYTES)))).ok()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_added_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let [old, new] = ["old.log", "new.log"].map(|name| folder.path().join(name));
        fs::write(&old, "yesterday's trouble\n").unwrap();
        let tail = LogTail::from_here([old.clone(), new.clone()]);
        fs::write(&old, "yesterday's trouble\ntoday's trouble\n").unwrap();
        fs::write(&new, "more\n").unwrap();
        let text = tail.read();
        assert!(text.starts_with("today's trouble\nmore\n(from "), "{text}");
    }

    #[test]
    fn a_truncated_file_is_read_from_its_start() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        fs::write(&log, "a long line of long ago\n").unwrap();
        let tail = LogTail::from_here([log.clone()]);
        fs::write(&log, "again\n").unwrap();
        assert!(tail.read().starts_with("again\n"));
    }
}
