//! The settings of ClickHouse on which promises rest.

use clickhouse::Client;
use secrecy::{ExposeSecret, SecretString};

/// Where ClickHouse is and as whom to speak to it.
#[derive(Clone, Debug, clap::Args)]
pub struct ClickHouseConfig {
    /// Address of ClickHouse's HTTP interface.
    #[arg(long, env = "HAOCHAPING_CLICKHOUSE_URL")]
    pub clickhouse_url: String,
    /// Database.
    #[arg(long, env = "HAOCHAPING_CLICKHOUSE_DATABASE", default_value = "haochaping")]
    pub clickhouse_database: String,
    /// User.
    #[arg(long, env = "HAOCHAPING_CLICKHOUSE_USER", default_value = "default")]
    pub clickhouse_user: String,
    /// The user's password; best given by the variable, which no list of processes shows.
    #[arg(long, env = "HAOCHAPING_CLICKHOUSE_PASSWORD", hide_env_values = true)]
    pub clickhouse_password: Option<SecretString>,
}

impl ClickHouseConfig {
    /// A client for the database.
    ///
    /// `async_insert=0` goes with everything: the server's default since 26.3 answers before rows
    /// are durable and has lost rows (ClickHouse #111031).
    pub fn client(&self) -> Client {
        self.client_without_database().with_database(&self.clickhouse_database)
    }

    /// A client for what is outside of the database, such as its creation.
    pub fn client_without_database(&self) -> Client {
        let client = Client::default()
            .with_url(&self.clickhouse_url)
            .with_user(&self.clickhouse_user)
            .with_product_info("haochaping", env!("CARGO_PKG_VERSION"))
            .with_setting("async_insert", "0");
        match &self.clickhouse_password {
            Some(password) => client.with_password(password.expose_secret()),
            None => client,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_the_password() {
        let config = ClickHouseConfig {
            clickhouse_url: "http://127.0.0.1:8710".into(),
            clickhouse_database: "haochaping".into(),
            clickhouse_user: "loader".into(),
            clickhouse_password: Some("hunter2".into()),
        };
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
