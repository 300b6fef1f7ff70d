//! The data folder of an installation. It belongs to one process at a time and has one layout.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::error::{self, Error};

/// The version of the layout that this release writes. A release reads its own version and older
/// ones.
const LAYOUT: u32 = 1;

/// A data folder that belongs to this process as long as this value lives.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    /// The system's lock on this open file. It ends with the process, however the process ends.
    _lock: File,
}

impl DataDir {
    /// Opens a data folder, and creates it, for this user only, if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::DataDirInUse`], [`Error::DataDirNewer`], [`Error::DataDirForeign`], or an error of
    /// the system.
    pub fn open(path: &Path) -> Result<Self, Error> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(error::io("create", path))?;
        let path = path.canonicalize().map_err(error::io("open", path))?;
        // This is checked before anything is written, so that a mistyped folder stays as it was.
        let version = path.join("version");
        if !version.exists() && !is_fresh(&path)? {
            return Err(Error::DataDirForeign { path });
        }
        let lock = lock(&path)?;
        match fs::read_to_string(&version) {
            Ok(text) => match text.trim().parse() {
                Ok(found) if found > LAYOUT => {
                    return Err(Error::DataDirNewer { path, found, newest: LAYOUT });
                }
                Ok(1..=LAYOUT) => {}
                Ok(_) | Err(_) => return Err(Error::DataDirForeign { path }),
            },
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let new = path.join("version.new");
                fs::write(&new, format!("{LAYOUT}\n")).map_err(error::io("write", &new))?;
                fs::rename(&new, &version).map_err(error::io("write", &version))?;
            }
            Err(e) => return Err(error::io("read", &version)(e)),
        }
        Ok(Self { path, _lock: lock })
    }

    /// The folder, as an absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// True for a folder that is empty except for what a killed [`DataDir::open`] may leave.
fn is_fresh(path: &Path) -> Result<bool, Error> {
    for entry in fs::read_dir(path).map_err(error::io("list", path))? {
        let name = entry.map_err(error::io("list", path))?.file_name();
        if name != "lock" && name != "version.new" {
            return Ok(false);
        }
    }
    Ok(true)
}

fn lock(path: &Path) -> Result<File, Error> {
    let file = path.join("lock");
    let lock = File::create(&file).map_err(error::io("create", &file))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Error::DataDirInUse { path: path.to_owned() }),
        Err(TryLockError::Error(e)) => Err(error::io("lock", &file)(e)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_new_folder_is_private_and_can_be_opened_again() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        drop(DataDir::open(&path).unwrap());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        fs::write(path.join("something"), "ours").unwrap();
        assert_eq!(DataDir::open(&path).unwrap().path(), path.canonicalize().unwrap());
    }

    #[test]
    fn a_folder_has_one_owner_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let owner = DataDir::open(folder.path()).unwrap();
        assert!(matches!(DataDir::open(folder.path()), Err(Error::DataDirInUse { .. })));
        drop(owner);
        DataDir::open(folder.path()).unwrap();
    }

    #[test]
    fn a_folder_of_a_newer_release_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("version"), "2\n").unwrap();
        assert!(matches!(DataDir::open(folder.path()), Err(Error::DataDirNewer { found: 2, .. })));
        assert_eq!(fs::read_to_string(folder.path().join("version")).unwrap(), "2\n");
    }

    #[test]
    fn somebody_elses_folder_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.doc"), "").unwrap();
        assert!(matches!(DataDir::open(folder.path()), Err(Error::DataDirForeign { .. })));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::write(folder.path().join("version"), "three\n").unwrap();
        assert!(matches!(DataDir::open(folder.path()), Err(Error::DataDirForeign { .. })));
    }
}
