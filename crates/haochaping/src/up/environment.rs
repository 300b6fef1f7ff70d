//! Writes a file of shell variables with the addresses of the engines, for commands that run next
//! to `up`.

use embedded::DataDir;
use secrecy::ExposeSecret;

use super::engines::Engines;
use super::private;

/// Writes `keys/environment` in the data directory. It has the password, so only this user can read
/// it.
pub(super) fn write(home: &DataDir, engines: &Engines) -> anyhow::Result<()> {
    private::write(&home.path().join("keys/environment"), &variables(engines))
}

fn variables(engines: &Engines) -> String {
    let clickhouse = &engines.clickhouse;
    let mut variables = vec![
        ("HAOCHAPING_KAFKA_BROKERS", engines.kafka.kafka_brokers.as_str()),
        ("HAOCHAPING_CLICKHOUSE_URL", clickhouse.clickhouse_url.as_str()),
        ("HAOCHAPING_CLICKHOUSE_USER", clickhouse.clickhouse_user.as_str()),
    ];
    if let Some(password) = &clickhouse.clickhouse_password {
        variables.push(("HAOCHAPING_CLICKHOUSE_PASSWORD", password.expose_secret()));
    }
    // Whatever stands between single quotes is itself to a shell, but for a single quote.
    let quoted = |text: &str| text.replace('\'', "'\\''");
    let line = |(name, value)| format!("export {name}='{}'\n", quoted(value));
    variables.into_iter().map(line).collect()
}
