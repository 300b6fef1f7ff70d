//! Files that hold one key: readable by their owner alone, whole or not there, and never written
//! over another.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use tempfile::NamedTempFile;

use crate::SecretKey;

/// A file that is written and does not have its name yet.
pub(super) struct KeyFile {
    path: PathBuf,
    file: NamedTempFile,
}

impl KeyFile {
    /// Writes a key to where it can be shown later.
    ///
    /// # Errors
    ///
    /// If there is a file already, or none can be written.
    pub(super) fn prepare(path: &Path, key: &SecretKey) -> anyhow::Result<Self> {
        ensure!(
            !path.exists(),
            "there is already a file {}; a key is never written over another",
            path.display()
        );
        let failure = || format!("failed to write the key to {}", path.display());
        // Temporary files are made readable by their owner alone.
        let mut file = NamedTempFile::new_in(folder_of(path)).with_context(failure)?;
        writeln!(file, "{}", key.expose()).with_context(failure)?;
        file.as_file().sync_all().with_context(failure)?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Gives the file its name.
    ///
    /// # Errors
    ///
    /// If another file has taken it meanwhile.
    pub(super) fn show(self) -> anyhow::Result<()> {
        let Self { path, file } = self;
        file.persist_noclobber(&path).map(drop).with_context(|| {
            format!(
                "the key is good and could not be written to {}; `haochaping account rotate` makes \
                 another",
                path.display()
            )
        })
    }
}

/// The key of a file; a new one, if there is no file.
///
/// # Errors
///
/// If it cannot be read or written.
pub(super) fn read_or_create(path: &Path) -> anyhow::Result<SecretKey> {
    if path.exists() {
        let text = fs::read_to_string(path);
        let text = text.with_context(|| format!("failed to read the key in {}", path.display()))?;
        ensure!(!text.trim().is_empty(), "there is no key in {}", path.display());
        return Ok(SecretKey::from_text(&text));
    }
    let key = SecretKey::create()?;
    KeyFile::prepare(path, &key)?.show()?;
    Ok(key)
}

/// Where a file lies.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_file_is_for_its_owner_alone_and_appears_only_when_it_is_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("hall.key");
        let key = SecretKey::create().expect("random bits");
        let prepared = KeyFile::prepare(&path, &key).expect("it can be written");
        assert!(!path.exists());
        prepared.show().expect("it can be shown");
        let mode = fs::metadata(&path).expect("a file").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        assert_eq!(read_or_create(&path).expect("a key").expose(), key.expose());

        let other = SecretKey::create().expect("random bits");
        assert!(KeyFile::prepare(&path, &other).is_err(), "a key is not written over another");
        assert_eq!(fs::read_to_string(&path).expect("a file").trim_end(), key.expose());
    }

    #[test]
    fn a_change_that_fails_leaves_no_key_file_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("hall.key");
        let failed = super::super::hand_out(Some(&path), |_| anyhow::bail!("Kafka is away"));
        assert!(failed.is_err());
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }

    #[test]
    fn a_missing_key_is_made_and_then_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("simulator.key");
        let made = read_or_create(&path).expect("a key");
        assert_eq!(read_or_create(&path).expect("the same").expose(), made.expose());
    }
}
