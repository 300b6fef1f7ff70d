//! The password of the embedded ClickHouse: made once, kept where only this user can read it.
//!
//! Its port is open to everybody on the machine, web pages in a browser among them.

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
