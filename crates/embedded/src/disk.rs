//! Room on disk, asked for before anything is written.

use std::path::Path;

use crate::error::{self, Error};

/// What fetching an engine takes at its worst: the package, what is in it, and the client's own cache.
pub(crate) const FREE_TO_FETCH_MIB: u64 = 2048;

/// What an engine should find at its start: below this the first merges or segments may not fit.
pub(crate) const FREE_TO_START_MIB: u64 = 1024;

/// Checks that the file system of a folder, which need not exist yet, has room.
///
/// # Errors
///
/// [`Error::DiskFull`], or the system's refusal to tell.
pub(crate) fn require_mib(folder: &Path, needed_mib: u64) -> Result<(), Error> {
    let there = folder.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    let stat = rustix::fs::statvfs(there)
        .map_err(|e| error::io("ask for the free space of", there)(e.into()))?;
    let free_mib = (stat.f_bavail * stat.f_frsize) >> 20;
    if free_mib < needed_mib {
        return Err(Error::DiskFull { path: folder.to_owned(), free_mib, needed_mib });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_with_too_little_room_is_refused_before_the_folder_exists() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("not/yet");
        require_mib(&missing, 0).unwrap();
        let refused = require_mib(&missing, u64::MAX).unwrap_err();
        assert!(matches!(refused, Error::DiskFull { needed_mib: u64::MAX, .. }), "{refused:?}");
    }
}
