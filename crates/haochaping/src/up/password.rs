//! The password of the embedded ClickHouse. It is generated once and stored where only this user
//! can read it.
//!
//! ClickHouse's port is open to everybody on the machine, including web pages in a browser.

use std::fs;

use anyhow::Context;
use embedded::DataDir;
use secrecy::SecretString;

use super::private;

/// The password, from `keys/clickhouse.password` in the data directory.
pub(super) fn of_clickhouse(home: &DataDir) -> anyhow::Result<SecretString> {
    let file = home.path().join("keys/clickhouse.password");
    if let Ok(password) = fs::read_to_string(&file) {
        return Ok(password.trim().to_owned().into());
    }
    let mut bits = [0; 32];
    getrandom::fill(&mut bits).context("failed to get random bits")?;
    let password = hex::encode(bits);
    private::write(&file, &format!("{password}\n"))?;
    Ok(password.into())
}
