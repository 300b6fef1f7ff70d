//! Checks for free disk space, before anything is written and while a broker runs.

use std::path::Path;
use std::time::Duration;

use crate::error::{self, Error};

/// The most that fetching an engine takes, in MiB: the package, its contents, and the package
/// client's cache.
pub(crate) const FREE_TO_FETCH_MIB: u64 = 2048;

/// The free space that an engine needs at its start, in MiB. With less, the first merges or
/// segments may not fit.
pub(crate) const FREE_TO_START_MIB: u64 = 1024;

/// With less free space than this, in MiB, a broker is stopped, because a broker on a full disk may
/// lose what it has acknowledged (decision 0014). The value is a choice: what others write to the
/// disk while the broker stops must fit.
pub(crate) const FREE_TO_RUN_MIB: u64 = 512;

/// The interval between checks of a disk.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(1);

/// Waits until the file system of a folder has less than `least_mib` free. Returns an error with
/// the free space, and the space that an engine needs to start again.
pub(crate) async fn until_below_mib(folder: &Path, least_mib: u64) -> Error {
    let mut looks = tokio::time::interval(LOOKED_AT_EVERY);
    loop {
        looks.tick().await;
        match free_mib(folder) {
            Ok(free_mib) if free_mib >= least_mib => {}
            Ok(free_mib) => {
                let path = folder.to_owned();
                return Error::DiskFull { path, free_mib, needed_mib: FREE_TO_START_MIB };
            }
            Err(error) => return error,
        }
    }
}

/// Checks the free space of the file system of a folder, which need not exist yet.
///
/// # Errors
///
/// [`Error::DiskFull`], or an error of the system.
pub(crate) fn require_mib(folder: &Path, needed_mib: u64) -> Result<(), Error> {
    let free_mib = free_mib(folder)?;
    if free_mib < needed_mib {
        return Err(Error::DiskFull { path: folder.to_owned(), free_mib, needed_mib });
    }
    Ok(())
}

fn free_mib(folder: &Path) -> Result<u64, Error> {
    let there = folder.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    let stat = rustix::fs::statvfs(there)
        .map_err(|e| error::io("ask for the free space of", there)(e.into()))?;
    Ok((stat.f_bavail * stat.f_frsize) >> 20)
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

    #[tokio::test]
    async fn only_a_disk_with_too_little_room_is_told_of() {
        let folder = tempfile::tempdir().unwrap();
        let full = until_below_mib(folder.path(), u64::MAX).await;
        assert!(matches!(full, Error::DiskFull { needed_mib: FREE_TO_START_MIB, .. }), "{full:?}");
        let never = until_below_mib(folder.path(), 0);
        assert!(tokio::time::timeout(LOOKED_AT_EVERY * 2, never).await.is_err());
    }
}
