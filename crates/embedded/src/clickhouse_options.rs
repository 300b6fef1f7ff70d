//! The options to start ClickHouse with, and the two configuration files that follow from them.

use std::fmt;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

/// How to start ClickHouse.
#[derive(Debug, Clone)]
pub struct ClickHouseOptions {
    /// The folder in which the engine keeps everything. It is created if missing.
    pub data_dir: PathBuf,
    /// The port on 127.0.0.1 for clients over HTTP.
    pub http_port: u16,
    /// The port on 127.0.0.1 for clients over ClickHouse's native protocol.
    pub tcp_port: u16,
    /// With a password, clients log in as the user `haochaping`, and nobody can log in without it.
    /// Without a password, everybody on this machine can log in as the user `default`.
    pub password: Option<Password>,
    /// The share of the machine's memory beyond which the engine refuses queries.
    pub memory_share: f64,
    /// The program whose `main` calls [`crate::become_clickhouse_if_asked`]. By default, this
    /// program.
    pub child_program: Option<PathBuf>,
    /// The time within which the engine must answer after the start.
    pub deadline: Duration,
}

/// A password that `Debug` does not show.
#[derive(Clone)]
pub struct Password(String);

impl From<String> for Password {
    fn from(password: String) -> Self {
        Self(password)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl ClickHouseOptions {
    /// An engine for this machine alone, without a password.
    pub fn new(data_dir: impl Into<PathBuf>, http_port: u16, tcp_port: u16) -> Self {
        Self {
            data_dir: data_dir.into(),
            http_port,
            tcp_port,
            password: None,
            memory_share: 0.4,
            child_program: None,
            deadline: Duration::from_mins(1),
        }
    }

    pub(crate) fn user(&self) -> &'static str {
        if self.password.is_some() { "haochaping" } else { "default" }
    }

    /// The server's configuration.
    pub(crate) fn config(&self) -> String {
        let [data, log, users] = ["data/", "logs/clickhouse.log", "users.xml"]
            .map(|name| xml(&self.data_dir.join(name)));
        let Self { http_port, tcp_port, memory_share, .. } = self;
        format!(
            "\
<clickhouse>
  <path>{data}</path>
  <listen_host>{host}</listen_host>
  <http_port>{http_port}</http_port>
  <tcp_port>{tcp_port}</tcp_port>
  <users_config>{users}</users_config>
  <timezone>UTC</timezone>
  <disable_suggestion>1</disable_suggestion>
  <history_file>/dev/null</history_file>

  <!-- In this mode the level is read from here, and not from the logger's own settings. -->
  <log-level>warning</log-level>
  <logger>
    <console>0</console>
    <log>{log}</log>
    <size>10M</size>
    <count>3</count>
  </logger>

  <max_server_memory_usage_to_ram_ratio>{memory_share}</max_server_memory_usage_to_ram_ratio>
  <mark_cache_size>268435456</mark_cache_size>
  <!-- A server's default. In this mode it is the number of cores, and with that few places merges
       beside others are kept small and mutations wait. -->
  <background_pool_size>16</background_pool_size>
  <background_schedule_pool_size>16</background_schedule_pool_size>
  <background_streaming_schedule_pool_size>16</background_streaming_schedule_pool_size>

  <!-- In memory: this mode forgets at its end that the table was there, and then trips over its
       files. -->
  <query_log>
    <database>system</database>
    <table>query_log</table>
    <engine>ENGINE = Memory SETTINGS min_rows_to_keep = 1000, max_rows_to_keep = 20000</engine>
  </query_log>
</clickhouse>
",
            host = Ipv4Addr::LOCALHOST,
        )
    }

    /// The users' configuration.
    ///
    /// The engine's own session, which opens the ports, is always `default` without a password. So
    /// if a password is set, it is the only session that `default` may have.
    pub(crate) fn users(&self) -> String {
        let profiles = "\
  <profiles>
    <default>
      <max_query_size>16777216</max_query_size>
      <!-- Rows of an asynchronous insert can be lost after success was answered. -->
      <async_insert>0</async_insert>
    </default>
    <session_of_the_engine><max_sessions_for_user>1</max_sessions_for_user></session_of_the_engine>
  </profiles>
  <quotas><default/></quotas>
";
        let networks = format!("<networks><ip>{}</ip></networks>", Ipv4Addr::LOCALHOST);
        let all = "<access_management>1</access_management><named_collection_control>1</named_collection_control>";
        let users = match &self.password {
            None => format!(
                "    <default><no_password/>{networks}<profile>default</profile><quota>default</quota>{all}</default>\n"
            ),
            Some(password) => format!(
                "    \
    <default>
      <no_password/>{networks}<profile>session_of_the_engine</profile><quota>default</quota>
      <grants><query>GRANT SYSTEM LISTEN ON *.*</query></grants>
    </default>
    <haochaping>
      <password_sha256_hex>{}</password_sha256_hex>{networks}<profile>default</profile><quota>default</quota>{all}
    </haochaping>
",
                hex::encode(Sha256::digest(&password.0)),
            ),
        };
        format!("<clickhouse>\n{profiles}  <users>\n{users}  </users>\n</clickhouse>\n")
    }
}

/// A path as text of XML.
fn xml(path: &Path) -> String {
    path.display().to_string().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_listens_on_this_machine_only_and_logs_its_queries() {
        let config = ClickHouseOptions::new("/data/a<b>&c", 8710, 8711).config();
        assert!(config.contains("<path>/data/a&lt;b&gt;&amp;c/data/</path>"), "{config}");
        assert!(config.contains("<listen_host>127.0.0.1</listen_host>"));
        assert!(config.contains("<http_port>8710</http_port>\n  <tcp_port>8711</tcp_port>"));
        assert!(config.contains("<query_log>"));
    }

    #[test]
    fn a_password_is_stored_as_a_digest_and_shuts_everybody_else_out() {
        let open = ClickHouseOptions::new("/data", 8710, 8711);
        assert_eq!(open.user(), "default");
        assert!(!open.users().contains("<haochaping>"));
        let closed = ClickHouseOptions { password: Some("Geheimnis".to_owned().into()), ..open };
        assert_eq!(closed.user(), "haochaping");
        assert!(!closed.users().contains("Geheimnis"));
        assert!(!format!("{closed:?}").contains("Geheimnis"));
        assert!(closed.users().contains("<profile>session_of_the_engine</profile>"));
    }

    #[test]
    fn every_profile_of_a_client_inserts_synchronously() {
        let users = ClickHouseOptions::new("/data", 8710, 8711).users();
        assert!(users.contains("<async_insert>0</async_insert>"));
        assert!(users.contains("<max_query_size>16777216</max_query_size>"));
    }
}
