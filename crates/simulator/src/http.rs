//! The HTTP client of the disclosure, and addresses that people give.

use std::time::Duration;

use anyhow::Context;
use reqwest::{Client, Url};

/// A client that keeps at most `connections` connections open.
///
/// It ignores the environment variables for proxies. They are for access to the internet, and both
/// services are on this machine or in the same network.
pub(crate) fn client(connections: usize, request_max: Duration) -> anyhow::Result<Client> {
    Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(connections)
        .timeout(request_max)
        .build()
        .context("failed to set up the HTTP client")
}

/// Parses the URL of a service from a flag.
pub(crate) fn http_url(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|error| format!("{error}"))?;
    let is_usable = url.scheme() == "http" && url.has_host();
    is_usable.then_some(url).ok_or_else(|| "expected a URL that begins with http://".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_can_be_reached_are_taken() {
        assert_eq!(http_url("http://[::1]:8701").expect("an address").port(), Some(8701));
        for text in ["https://intake.example", "intake:8701", "127.0.0.1:8701", "http://"] {
            assert!(http_url(text).is_err(), "{text}");
        }
    }
}
