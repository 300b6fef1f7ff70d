//! The folder of fetched engines, shared by all checkouts and data folders of a user.
//!
//! Whatever has its final name in it was verified before.

use std::env;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::disk;
use crate::error::{self, Error};
use crate::pins::Pins;

/// Where fetched engines are kept.
#[derive(Debug, Clone, clap::Args)]
pub struct Cache {
    /// Folder to keep the fetched engines in [default: haochaping in the user's own cache folder]
    #[arg(long = "cache-dir", env = "HAOCHAPING_CACHE_DIR", value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Default for Cache {
    /// What a command line without the flag gives: the variable, or else the user's cache folder.
    fn default() -> Self {
        Self { folder: env::var_os("HAOCHAPING_CACHE_DIR").map(PathBuf::from) }
    }
}

impl Cache {
    /// A cache in the given folder.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()) }
    }

    /// The folder.
    ///
    /// # Errors
    ///
    /// [`Error::NoCacheDir`] if no folder is given and the user has no home folder.
    pub fn folder(&self) -> Result<PathBuf, Error> {
        let given = |path: PathBuf| (!path.as_os_str().is_empty()).then_some(path);
        let variable = |name| env::var_os(name).map(PathBuf::from).and_then(given);
        self.folder
            .clone()
            .and_then(given)
            .or_else(|| variable("XDG_CACHE_HOME").map(|path| path.join("haochaping")))
            .or_else(|| variable("HOME").map(|path| path.join(".cache/haochaping")))
            .ok_or(Error::NoCacheDir)
    }

    /// The folder of an engine. `fetch` fills it if it does not exist yet.
    ///
    /// `fetch` receives an empty folder and returns the subfolder to keep. If two processes want
    /// the same engine at once, the second waits for the first.
    ///
    /// # Errors
    ///
    /// The error of `fetch`, or of writing the folder.
    pub(crate) fn get_or_fetch(
        &self,
        name: &str,
        pins: &Pins,
        fetch: impl FnOnce(&Path) -> Result<PathBuf, Error>,
    ) -> Result<PathBuf, Error> {
        let cache = self.folder()?;
        let kept = cache.join(format!("{name}-{}", pins.id()));
        if kept.is_dir() {
            return Ok(kept);
        }
        disk::require_mib(&cache, disk::FREE_TO_FETCH_MIB)?;
        fs::create_dir_all(&cache).map_err(error::io("create", &cache))?;
        let _lock = lock(&cache)?;
        if kept.is_dir() {
            return Ok(kept);
        }
        // Only the holder of the lock uses this folder, so a killed process has left it behind.
        let work = cache.join("fetching");
        let clear = || {
            if work.exists() {
                fs::remove_dir_all(&work).map_err(error::io("remove", &work))
            } else {
                Ok(())
            }
        };
        clear()?;
        fs::create_dir(&work).map_err(error::io("create", &work))?;
        let fetched = fetch(&work).and_then(|complete| {
            fs::rename(&complete, &kept).map_err(error::io("move into place", &kept))
        });
        clear()?;
        fetched.map(|()| kept)
    }
}

/// Waits for the one lock of a cache folder, and says so if that takes a while.
fn lock(cache: &Path) -> Result<File, Error> {
    let path = cache.join("lock");
    let file = File::create(&path).map_err(error::io("create", &path))?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => {
            eprintln!("another engine is being fetched into {}; waiting for that", cache.display());
        }
        Err(TryLockError::Error(e)) => return Err(error::io("lock", &path)(e)),
    }
    file.lock().map_err(error::io("lock", &path))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::{Duration, Instant};

    use super::*;

    const LIST: &str = "\
1f40fc92da241694750979ee6cf582f2d5d7d28e18335de05abc54d0560e0f5302860c652bf08d560252aa5e74210546f369fbbbce8c12cfc7957b2652fe9a75  a
";

    #[test]
    fn an_engine_is_fetched_once_however_many_want_it_at_the_same_time() {
        let folder = tempfile::tempdir().unwrap();
        let fetched = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let kept = Cache::at(folder.path()).get_or_fetch(
                        "engine",
                        &Pins::parse(LIST),
                        |work| {
                            let since = Instant::now();
                            fetched.fetch_add(1, Ordering::SeqCst);
                            // Enough time for the others to fetch too, if nothing prevents them.
                            while fetched.load(Ordering::SeqCst) == 1
                                && since.elapsed() < Duration::from_millis(200)
                            {
                                std::thread::yield_now();
                            }
                            let libs = work.join("libs");
                            fs::create_dir(&libs).unwrap();
                            fs::write(libs.join("a"), "a").unwrap();
                            Ok(libs)
                        },
                    );
                    assert_eq!(fs::read(kept.unwrap().join("a")).unwrap(), b"a");
                });
            }
        });
        assert_eq!(fetched.into_inner(), 1);
        assert!(!folder.path().join("fetching").exists());
    }

    #[test]
    fn a_failed_fetch_leaves_nothing_and_the_next_one_begins_afresh() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        let pins = Pins::parse(LIST);
        let failed = cache.get_or_fetch("engine", &pins, |work| {
            fs::write(work.join("half"), "").unwrap();
            Err(Error::NoCacheDir)
        });
        assert!(matches!(failed, Err(Error::NoCacheDir)));
        let kept = cache.get_or_fetch("engine", &pins, |work| {
            assert!(!work.join("half").exists());
            Ok(work.to_owned())
        });
        assert!(kept.unwrap().is_dir());
    }
}
