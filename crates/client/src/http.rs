//! Sends requests to the intake, one at a time, and reads answers whole.

use std::time::Duration;

use bytes::Bytes;
use domain::Kind;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};

use crate::answer::Answer;
use crate::batch::Batch;
use crate::error::Error;

/// The content type of one event.
pub const EVENT_TYPE: &str = "application/cloudevents+json";

/// The content type of several events in an array.
pub const BATCH_TYPE: &str = "application/cloudevents-batch+json";

/// The path below the URL of the intake to which events of a kind are posted.
pub fn path(kind: Kind) -> &'static str {
    match kind {
        Kind::Service => "v1/services",
        Kind::Review => "v1/reviews",
        Kind::Disposition => "v1/dispositions",
    }
}

/// A URL below another URL, which may have a path of its own.
///
/// # Panics
///
/// If the first URL cannot have a path, such as `mailto:`.
pub fn below(address: &Url, path: &str) -> Url {
    let mut below = address.clone();
    below.set_path(&format!("{}/{path}", address.path().trim_end_matches('/')));
    below
}

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Compression {
    /// Not at all.
    None,
    /// Zstandard.
    Zstd,
}

/// The intake that a client posts to, its account, and its time limits.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address of the intake.
    pub intake: Url,
    /// The key of the account.
    pub key: SecretString,
    /// How many connections are kept open while nothing is sent.
    pub connections: usize,
    /// How bodies are compressed.
    pub compression: Compression,
    /// How long one request may take, the answer included.
    pub answer_timeout: Duration,
    /// How long to wait before events are sent again for the first time. The wait doubles each
    /// time, unless the intake asks for a longer one.
    pub backoff_min: Duration,
    /// The longest wait, unless the intake asks for a longer one.
    pub backoff_max: Duration,
    /// How long to keep sending a batch while none of its events is acknowledged.
    pub patience: Duration,
}

impl Settings {
    /// The usual settings for an intake and a key.
    pub fn new(intake: Url, key: SecretString) -> Self {
        Self {
            intake,
            key,
            connections: 1,
            compression: Compression::None,
            answer_timeout: Duration::from_mins(1),
            backoff_min: Duration::from_millis(100),
            backoff_max: Duration::from_secs(5),
            patience: Duration::from_mins(2),
        }
    }
}

/// A client of the intake.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    pub(crate) settings: Settings,
}

impl Client {
    /// Creates a client. It connects when it sends something.
    ///
    /// It ignores the environment variables for proxies. They are for access to the internet, and
    /// the intake is on this machine or in the same network.
    ///
    /// # Errors
    ///
    /// [`Error::Setup`] if the system has no HTTP client for us.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(settings.connections)
            .timeout(settings.answer_timeout)
            .build()
            .map_err(Error::Setup)?;
        Ok(Self { http, settings })
    }

    /// Sends one request once, and returns whatever the answer is. To post events, use
    /// [`Self::post`].
    ///
    /// # Errors
    ///
    /// If there is no complete answer. Whether the intake has the events is then unknown.
    pub async fn send(
        &self,
        path: &str,
        content_type: &str,
        body: impl Into<Bytes>,
    ) -> reqwest::Result<Answer> {
        self.exchange(path, content_type, None, body.into()).await
    }

    pub(crate) async fn send_batch(&self, batch: &Batch) -> Result<reqwest::Result<Answer>, Error> {
        let (encoding, body) = match self.settings.compression {
            Compression::None => (None, batch.body().clone()),
            Compression::Zstd => {
                let packed = zstd::bulk::compress(batch.body(), 1).map_err(Error::Compress)?;
                (Some("zstd"), packed.into())
            }
        };
        Ok(self.exchange(path(batch.kind()), BATCH_TYPE, encoding, body).await)
    }

    async fn exchange(
        &self,
        path: &str,
        content_type: &str,
        encoding: Option<&'static str>,
        body: Bytes,
    ) -> reqwest::Result<Answer> {
        let bearer = format!("Bearer {}", self.settings.key.expose_secret());
        let mut request = self
            .http
            .post(below(&self.settings.intake, path))
            .header(CONTENT_TYPE, content_type)
            .header(AUTHORIZATION, bearer)
            .body(body);
        if let Some(encoding) = encoding {
            request = request.header(CONTENT_ENCODING, encoding);
        }
        let response = request.send().await?;
        let status = response.status();
        let seconds = response.headers().get(RETRY_AFTER);
        let seconds = seconds.and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let retry_after = seconds.map(Duration::from_secs);
        Ok(Answer { status, retry_after, body: response.bytes().await? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_the_path_that_it_has() {
        let intake = "https://intake.example/gd/".parse().expect("an address");
        let reviews = below(&intake, path(Kind::Review));
        assert_eq!(reviews.as_str(), "https://intake.example/gd/v1/reviews");
    }

    #[test]
    fn the_key_is_not_shown() {
        let intake = "http://127.0.0.1:8701".parse().expect("an address");
        let client = Client::new(Settings::new(intake, "hcp_secret".into())).expect("a client");
        assert!(!format!("{client:?}").contains("hcp_secret"));
    }
}
