//! Decides with which key events are posted, and what to do if the intake refuses that key.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use secrecy::SecretString;

use crate::address::key_file;

/// The key of an account, and where it comes from.
pub(crate) struct Key {
    pub(crate) secret: SecretString,
    origin: Origin,
}

/// Where a key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    /// The variable `HAOCHAPING_API_KEY`, or the flag that stands for it.
    Variable,
    /// The file that `--api-key-file` names.
    File(PathBuf),
    /// The data directory of an installation on this machine.
    DataDir(PathBuf),
}

impl Key {
    /// Takes the key itself if it is given, or else reads the file that is named, or else the one in
    /// the data directory.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub(crate) fn read(
        given: Option<&SecretString>,
        file: Option<&Path>,
        data_dir: &Path,
    ) -> anyhow::Result<Self> {
        if let Some(secret) = given {
            return Ok(Self { secret: secret.clone(), origin: Origin::Variable });
        }
        let origin = file.map_or_else(
            || Origin::DataDir(data_dir.to_owned()),
            |file| Origin::File(file.to_owned()),
        );
        let file = file.map_or_else(|| key_file(data_dir), Path::to_owned);
        let key = fs::read_to_string(&file).with_context(|| {
            let file = file.display();
            format!("failed to read the account's key in {file}; see --api-key-file and --data-dir")
        })?;
        Ok(Self { secret: key.trim().into(), origin })
    }

    /// Says which key was refused, and what to do next.
    pub(crate) fn refused(&self, error: &client::Error) -> String {
        let advice = match &self.origin {
            Origin::Variable => {
                "the key is the one in HAOCHAPING_API_KEY; set the key of an account \
                 of that intake, or unset the variable to use the key in the data directory"
                    .to_owned()
            }
            Origin::File(file) => format!(
                "the key is the one in {}; name a file with the key of an account of that intake",
                file.display()
            ),
            Origin::DataDir(folder) => format!(
                "the key is the one of the installation in the data directory {}; give --data-dir \
                 the directory of the installation that has this port, or --api-key-file a key of it",
                folder.display()
            ),
        };
        format!("{error}; {advice}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(key: &Key) -> String {
        key.refused(&client::Error::KeyRefused {
            intake: "http://127.0.0.1:9701".parse().expect("an address"),
            why: "Unauthenticated".to_owned(),
        })
    }

    #[test]
    fn a_refused_key_is_told_with_the_data_directory_that_it_was_taken_from() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = key_file(folder.path());
        fs::create_dir_all(file.parent().expect("a folder")).expect("it is made");
        fs::write(&file, "hcp_secret\n").expect("it is written");
        let data_dir = folder.path().display().to_string();

        let said = refused(&Key::read(None, None, folder.path()).expect("a key"));
        let (what, next) = said.split_once("; ").expect("two parts");
        assert_eq!(what, "the intake at http://127.0.0.1:9701/ refused the key: Unauthenticated");
        assert!(next.contains(&data_dir) && next.contains("give --data-dir"), "{said}");

        let said = refused(&Key::read(None, Some(&file), "/nowhere".as_ref()).expect("a key"));
        assert!(said.contains(&file.display().to_string()) && !said.contains("nowhere"), "{said}");

        let key = Key::read(Some(&"hcp_secret".into()), Some(&file), folder.path()).expect("a key");
        let said = refused(&key);
        assert!(said.contains("HAOCHAPING_API_KEY") && !said.contains(&data_dir), "{said}");
        assert!(!said.contains("hcp_secret"), "{said}");
    }
}
