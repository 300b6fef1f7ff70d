//! The URLs of the services on one machine, and the file with the simulator's key.

use std::path::{Path, PathBuf};

use reqwest::Url;
use services::{Service, on_this_machine};

/// The given URL, or the URL of a service on this machine.
pub(crate) fn address(given: Option<Url>, port_base: u16, service: Service) -> Url {
    given.unwrap_or_else(|| {
        let port = service.public_port(port_base).expect("others use the service");
        format!("http://{}", on_this_machine(port)).parse().expect("an address with a port")
    })
}

/// Where one machine keeps its data if nothing else is said: `$XDG_DATA_HOME/haochaping`, or
/// `~/.local/share/haochaping`.
pub fn default_data_dir() -> PathBuf {
    let not_empty = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let data_home = not_empty("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || PathBuf::from(not_empty("HOME").unwrap_or_else(|| "/".into()));
    data_home.unwrap_or_else(|| home().join(".local/share")).join("haochaping")
}

/// The file in which `haochaping up` stores the simulator's key.
pub fn key_file(data_dir: &Path) -> PathBuf {
    data_dir.join("keys").join("simulator.key")
}

#[cfg(test)]
mod tests {
    use client::below;

    use super::*;

    #[test]
    fn a_service_on_this_machine_is_found_by_the_first_port() {
        let ingest = address(None, 8700, Service::Ingest);
        assert_eq!(below(&ingest, "v1/reviews").as_str(), "http://127.0.0.1:8701/v1/reviews");
        let given = "https://intake.example/gd/".parse().expect("an address");
        let ingest = address(Some(given), 8700, Service::Ingest);
        assert_eq!(below(&ingest, "v1/reviews").as_str(), "https://intake.example/gd/v1/reviews");
    }
}
