//! Files that only this user can read.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use tempfile::NamedTempFile;

/// Writes a new file that only this user can read, which is how temporary files are made, whatever
/// the mode of one that was there.
///
/// # Errors
///
/// If the folder cannot be written to.
pub(super) fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    let folder = file.parent().context("a file without a folder")?;
    fs::create_dir_all(folder).context("failed to make the folder for keys")?;
    let mut new = NamedTempFile::new_in(folder).context("failed to make a file for keys")?;
    new.write_all(text.as_bytes()).context("failed to write a file for keys")?;
    new.as_file().sync_all().context("failed to write a file for keys")?;
    new.persist(file).context("failed to put a file for keys in its place")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn nobody_else_can_read_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("keys/environment");
        for text in ["one", "two"] {
            write(&file, text).expect("it is written");
            assert_eq!(fs::read_to_string(&file).expect("it is there"), text);
            fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("it is ours");
        }
        write(&file, "three").expect("it is written");
        let mode = fs::metadata(&file).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
