//! Ports on 127.0.0.1: whether one is free, and which process has it if not.

use std::ffi::OsStr;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use crate::error::Error;

/// How long a port may still be taken by a predecessor: an engine whose parent was killed dies too,
/// but takes a moment to release it.
const LETTING_GO: Duration = Duration::from_secs(3);

/// Waits until nobody listens on a port.
///
/// # Errors
///
/// [`Error::PortTaken`] if a process still does after three seconds.
pub async fn wait_until_free(port: u16) -> Result<(), Error> {
    let since = Instant::now();
    while !is_free(port) {
        if since.elapsed() > LETTING_GO {
            return Err(Error::PortTaken { port, who: listener(port) });
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// True if a process could listen there. Connections that a predecessor left behind do not matter.
fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// "name (process id)" of the process that listens on a port, if Linux lets this user see it.
fn listener(port: u16) -> Option<String> {
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .into_iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| listening_inodes(&table, port))
        .collect();
    // "self" is also there and is skipped.
    let is_number = |name: &OsStr| name.to_str().is_some_and(|name| name.parse::<u32>().is_ok());
    let mut processes =
        fs::read_dir("/proc").ok()?.flatten().filter(|process| is_number(&process.file_name()));
    let process = processes.find(|process| {
        let Ok(open) = fs::read_dir(process.path().join("fd")) else { return false };
        open.flatten().filter_map(|file| fs::read_link(file.path()).ok()).any(|target| {
            inodes.iter().any(|inode| target.as_os_str() == format!("socket:[{inode}]").as_str())
        })
    })?;
    let name = fs::read_to_string(process.path().join("comm")).ok()?;
    Some(format!("{} (process {})", name.trim(), process.file_name().to_string_lossy()))
}

/// The inodes of the sockets that listen on a port, from a table in the format of `/proc/net/tcp`.
fn listening_inodes(table: &str, port: u16) -> Vec<String> {
    const LISTENING: &str = "0A";
    let port = format!(":{port:04X}");
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let listens = columns.get(1)?.ends_with(&port) && *columns.get(3)? == LISTENING;
            listens.then(|| columns.get(9).map(|inode| (*inode).to_owned()))?
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_that_is_taken_is_reported_with_who_has_it() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(!is_free(port));
        let who = listener(port).unwrap();
        assert!(who.ends_with(&format!("(process {})", std::process::id())), "{who}");
        drop(taken);
        wait_until_free(port).await.unwrap();
    }

    #[test]
    fn only_listening_sockets_of_the_port_are_taken_from_the_table() {
        let table = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2208 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7001 1 0 100 0 0 10 0
   1: 0100007F:2208 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 7002 1 0 20 4 30 10 -1
   2: 0100007F:2209 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7003 1 0 100 0 0 10 0
";
        assert_eq!(listening_inodes(table, 0x2208), ["7001"]);
        assert_eq!(listening_inodes(table, 80), [""; 0]);
    }
}
