//! The committed checksums, and the check of a folder against them.
//!
//! A list has the format of `sha512sum`, so that anyone can check it without this program.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha512};

use crate::error::{self, Error};

/// A list of file names with their SHA-512.
#[derive(Debug)]
pub(crate) struct Pins {
    /// Names and lowercase hexadecimal digests.
    files: BTreeMap<&'static str, &'static str>,
    /// Identifies the whole list in a folder's name.
    id: String,
}

impl Pins {
    /// Reads a committed list.
    ///
    /// # Panics
    ///
    /// If a line is not "digest, two spaces, name", because the lists are part of this program.
    pub(crate) fn parse(text: &'static str) -> Self {
        let files = text
            .lines()
            .map(|line| {
                let (digest, name) =
                    line.split_once("  ").expect("sha512sum separates by two spaces");
                let is_digest = digest.len() == 128
                    && digest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                assert!(
                    is_digest && !name.is_empty() && !name.contains('/'),
                    "no line of sha512sum: {line}"
                );
                (name, digest)
            })
            .collect();
        let id = hex::encode(&Sha512::digest(text)[..6]);
        Self { files, id }
    }

    /// Twelve hexadecimal digits that change whenever anything in the list does.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The names, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.files.keys().copied()
    }

    /// Checks that a folder holds exactly the files of the list.
    ///
    /// # Errors
    ///
    /// [`Error::WrongHash`] names the first file that is missing, superfluous or different.
    pub(crate) fn verify(&self, engine: &'static str, folder: &Path) -> Result<(), Error> {
        let wrong =
            |file: &str, problem| Error::WrongHash { engine, file: file.to_owned(), problem };
        for entry in fs::read_dir(folder).map_err(error::io("list", folder))? {
            let name = entry.map_err(error::io("list", folder))?.file_name();
            let name = name.to_string_lossy();
            if !self.files.contains_key(name.as_ref()) {
                return Err(wrong(&name, "it should not be there"));
            }
        }
        for (name, expected) in &self.files {
            let path = folder.join(name);
            match digest(&path) {
                Ok(found) if found == *expected => {}
                Ok(_) => return Err(wrong(name, "its SHA-512 differs")),
                Err(e) if e.kind() == io::ErrorKind::NotFound => {
                    return Err(wrong(name, "it is missing"));
                }
                Err(e) => return Err(error::io("read", &path)(e)),
            }
        }
        Ok(())
    }
}

/// The SHA-512 of a file, in lowercase hexadecimal.
fn digest(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha512::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(hash.finalize())),
            n => hash.update(&buffer[..n]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-512 of "a" and of "b", as `sha512sum` prints them.
    const LIST: &str = "\
1f40fc92da241694750979ee6cf582f2d5d7d28e18335de05abc54d0560e0f5302860c652bf08d560252aa5e74210546f369fbbbce8c12cfc7957b2652fe9a75  a
5267768822ee624d48fce15ec5ca79cbd602cb7f4c2157a516556991f22ef8c7b5ef7b18d1ff41c59370efb0858651d44a936c11b7b144c48fe04df3c6a3e8da  b
";

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            fs::write(folder.path().join(name), content).unwrap();
        }
        folder
    }

    fn problem(files: &[(&str, &str)]) -> (String, &'static str) {
        match Pins::parse(LIST).verify("an engine", folder(files).path()) {
            Err(Error::WrongHash { file, problem, .. }) => (file, problem),
            other => panic!("not a wrong hash: {other:?}"),
        }
    }

    #[test]
    fn a_folder_with_exactly_the_listed_files_is_accepted() {
        Pins::parse(LIST).verify("an engine", folder(&[("a", "a"), ("b", "b")]).path()).unwrap();
    }

    #[test]
    fn a_file_that_differs_is_missing_or_is_too_many_is_named() {
        assert_eq!(problem(&[("a", "a"), ("b", "c")]), ("b".to_owned(), "its SHA-512 differs"));
        assert_eq!(problem(&[("b", "b")]), ("a".to_owned(), "it is missing"));
        assert_eq!(
            problem(&[("a", "a"), ("b", "b"), ("c", "c")]),
            ("c".to_owned(), "it should not be there")
        );
    }

    #[test]
    fn the_id_changes_with_the_list() {
        assert_eq!(Pins::parse(LIST).id().len(), 12);
        assert_ne!(Pins::parse(LIST).id(), Pins::parse(LIST.lines().next().unwrap()).id());
    }

    #[test]
    #[should_panic(expected = "no line of sha512sum")]
    fn a_list_with_a_short_digest_is_refused() {
        Pins::parse("1f40fc92  a\n");
    }
}
