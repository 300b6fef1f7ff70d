//! nginx with the bytes of an answer as a file, as it comes, and with the answer's headers.

use std::fs::{self, Permissions};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, ETAG};
use tempfile::TempDir;
use testbed::engines::free_port;
use testbed::wait::until;
use tokio::net::TcpStream;

use crate::http::{Call, Connection};

/// Where the file is.
pub(super) const PATH: &str = "/answer";

/// A master with a worker for each core, until it is dropped.
pub(super) struct Nginx {
    child: Child,
    configuration: PathBuf,
    address: SocketAddr,
    _folder: TempDir,
}

impl Nginx {
    /// Starts it, and makes sure that it gives the same bytes with the same headers.
    pub(super) async fn start(headers: &HeaderMap, body: &Bytes) -> anyhow::Result<Self> {
        let folder = TempDir::new().context("failed to make a folder")?;
        // Workers of a master that is root's are nobody's.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755))
            .context("failed to open the folder to nginx")?;
        fs::write(folder.path().join("answer"), body).context("failed to write the file")?;
        let address = (Ipv4Addr::LOCALHOST, free_port()).into();
        let configuration = folder.path().join("nginx.conf");
        let path = folder.path().to_str().context("a folder whose name is no text")?;
        fs::write(&configuration, configure(path, address, headers)?)
            .context("failed to write nginx's configuration")?;
        let child = command(&configuration).stdin(Stdio::null()).spawn().context(
            "nginx cannot be started: install it (apt-get install --no-install-recommends nginx-light)",
        )?;
        let nginx = Self { child, configuration, address, _folder: folder };
        until("nginx listens", || async { TcpStream::connect(address).await.is_ok() }).await;
        nginx.must_give(headers, body).await?;
        Ok(nginx)
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its master.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    async fn must_give(&self, headers: &HeaderMap, body: &Bytes) -> anyhow::Result<()> {
        let call = Call::get(PATH)?;
        let (given, bytes) = Connection::open(self.address).await?.fetch_whole(&call).await?;
        ensure!(bytes == body, "nginx gives other bytes");
        for (name, value) in headers.iter().filter(|(name, _)| ![ETAG, DATE].contains(name)) {
            ensure!(given.get(name) == Some(value), "nginx's header {name} is another one");
        }
        ensure!(given.contains_key(ETAG), "nginx gives no ETag");
        Ok(())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers end with it only if it is told to end.
        let told = command(&self.configuration).args(["-s", "stop"]).status();
        if !told.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

fn command(configuration: &std::path::Path) -> Command {
    let mut command = Command::new("nginx");
    command.arg("-c").arg(configuration).stderr(Stdio::null());
    command
}

/// What Debian's own configuration says where it matters, without the log, and connections that may
/// be kept as long as ours.
fn configure(folder: &str, address: SocketAddr, headers: &HeaderMap) -> anyhow::Result<String> {
    let content_type = headers.get(CONTENT_TYPE).context("an answer without a type")?.to_str()?;
    let mut add_headers = String::new();
    for (name, value) in headers {
        if [CONTENT_TYPE, CONTENT_LENGTH, DATE, ETAG].contains(name) {
            continue;
        }
        let value = value.to_str().context("a header that is no text")?;
        ensure!(!value.contains(['"', '$', '\\']), "a header that nginx would read otherwise");
        add_headers.extend(["            add_header ", name.as_str(), " \"", value, "\";\n"]);
    }
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary =
        temporary.map(|name| format!("    {name}_temp_path {folder}/{name};\n")).concat();
    Ok(format!(
        "daemon off;
worker_processes auto;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    types {{ }}
    default_type \"{content_type}\";
{temporary}
    server {{
        listen {address};
        location / {{
            root {folder};
{add_headers}        }}
    }}
}}
"
    ))
}
