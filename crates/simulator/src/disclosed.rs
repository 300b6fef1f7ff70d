//! The figures of a month from the disclosure API, as far as they are compared with published
//! figures.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use client::below;
use domain::{Channel, Level, Month, Province};
use reqwest::header::ACCEPT;
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;

/// A disclosed month.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Disclosed {
    pub(crate) total: Slice,
    channels: Vec<ChannelSlice>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct ChannelSlice {
    channel: String,
    figures: Slice,
}

/// Figures of a month or of one of its channels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Slice {
    /// `None` if it is not known.
    pub(crate) cases: Option<u64>,
    pub(crate) reviews: Reviews,
    pub(crate) set_aside: u64,
    levels: BTreeMap<String, u64>,
    active_levels: BTreeMap<String, u64>,
}

/// Counted reviews.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Reviews {
    pub(crate) counted: u64,
}

impl Disclosed {
    /// Fetches a month, or returns `None` if nothing of it is disclosed yet.
    pub(crate) async fn fetch(
        client: &Client,
        disclosure: &Url,
        province: Province,
        month: Month,
    ) -> anyhow::Result<Option<Self>> {
        let url = below(disclosure, &format!("v1/provinces/{province}/months/{month}"));
        let describe = || format!("failed to ask {url}");
        let request = client.get(url.clone()).header(ACCEPT, "application/json");
        let response = request.send().await.with_context(describe)?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let status = response.status();
        let body = response.bytes().await.with_context(describe)?;
        ensure!(status.is_success(), "{url} answered {status}: {}", String::from_utf8_lossy(&body));
        let disclosed = serde_json::from_slice(&body);
        disclosed.with_context(|| format!("failed to read the answer of {url}")).map(Some)
    }

    /// The figures of a channel, if there are any.
    pub(crate) fn channel(&self, channel: Channel) -> Option<&Slice> {
        let name: &str = channel.into();
        self.channels.iter().find(|slice| slice.channel == name).map(|slice| &slice.figures)
    }
}

impl Slice {
    /// Counted reviews of a level.
    pub(crate) fn level(&self, level: Level) -> Option<u64> {
        self.levels.get(level.into()).copied()
    }

    /// Counted reviews of a level, written by a system.
    pub(crate) fn default(&self, level: Level) -> Option<u64> {
        self.level(level)?.checked_sub(*self.active_levels.get(level.into())?)
    }

    /// Reviews that count, and those that would count if they had not been set aside.
    pub(crate) fn received(&self) -> u64 {
        self.reviews.counted + self.set_aside
    }
}
