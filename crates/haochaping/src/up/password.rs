//! The password of the embedded ClickHouse: made once, kept where only this user can read it.
//!
//! Its port is open to everybody on the machine, web pages in a browser among them.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use anyhow::Context;
use embedded::DataDir;
use secrecy::SecretString;

/// The password, from `keys/clickhouse.password` in the data directory.
pub(super) fn of_clickhouse(home: &DataDir) -> anyhow::Result<SecretString> {
    let folder = home.path().join("keys");
    let file = folder.join("clickhouse.password");
    if let Ok(password) = fs::read_to_string(&file) {
        return Ok(password.trim().to_owned().into());
    }
    fs::create_dir_all(&folder).context("failed to make the folder for keys")?;
    let mut bits = [0; 32];
    getrandom::fill(&mut bits).context("failed to get random bits")?;
    let password = hex::encode(bits);
    let mut options = OpenOptions::new();
    let mut new = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&file)
        .context("failed to make the file of the password")?;
    writeln!(new, "{password}").context("failed to write the password")?;
    Ok(password.into())
}
