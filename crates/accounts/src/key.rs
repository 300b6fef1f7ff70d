//! The secret half of a key: it is made here, handed over once, and kept nowhere.

use std::fmt;

use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};

/// What every key begins with, so that people and scanners know one when it lies somewhere.
const PREFIX: &str = "hcp_";

/// The key of an account: `hcp_` and 64 hexadecimal digits. Neither `Debug` nor a log shows it.
#[derive(Clone)]
pub struct SecretKey(SecretString);

impl SecretKey {
    /// A new key of 256 random bits.
    ///
    /// # Errors
    ///
    /// If the system has no random bits.
    pub fn create() -> anyhow::Result<Self> {
        let mut bits = [0; 32];
        getrandom::fill(&mut bits).context("failed to get random bits")?;
        Ok(Self(format!("{PREFIX}{}", hex::encode(bits)).into()))
    }

    /// A key that somebody has, as it stands in a key file.
    pub fn from_text(text: &str) -> Self {
        Self(text.trim().to_owned().into())
    }

    /// The key, to be handed to whoever posts.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is kept of it.
    pub fn hash(&self) -> blake3::Hash {
        blake3::hash(self.expose().as_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_and_debug_does_not_show_them() {
        let key = SecretKey::create().expect("random bits");
        let other = SecretKey::create().expect("random bits");
        assert_ne!(key.expose(), other.expose());
        assert!(key.expose().len() == 68 && key.expose().starts_with("hcp_"));
        let digits = &key.expose()[4..12];
        assert!(!format!("{key:?} {:?}", Some(&key)).contains(digits));
    }
}
