//! Notices that a topic is deleted and recreated while it is read.
//!
//! A client continues at the offset that it had, in whatever topic has the name (librdkafka 2.12: "an
//! offset reset must be triggered"). Once the new topic is that long, the records before that offset
//! would be skipped without an error, and those after it would be taken for records of the old topic.

use std::time::Duration;

use anyhow::Context;
use rdkafka::admin::AdminClient;
use rdkafka::client::DefaultClientContext;
use uuid::Uuid;

use crate::ids::describe;
use crate::settings::KafkaConfig;
use crate::topic::Topic;

/// How long a broker may take to say which topics there are.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Topics, and their ids when the watch began.
pub struct TopicWatch {
    admin: AdminClient<DefaultClientContext>,
    names: Vec<String>,
    ids: Vec<Uuid>,
}

/// A topic is not the one that it was when the watch began.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the topic {0} was deleted and recreated while this service was reading it: its offsets begin \
     again. Nothing of the new topic was loaded; restore the old one, or use a new database"
)]
pub struct Recreated(String);

impl TopicWatch {
    /// Notes the ids of the topics. Blocks.
    ///
    /// # Errors
    ///
    /// If Kafka cannot be reached or a topic does not exist.
    pub fn begin(config: &KafkaConfig, topics: &[Topic]) -> anyhow::Result<Self> {
        let admin = config.admin()?;
        let names: Vec<_> = topics.iter().map(|topic| config.topic(*topic)).collect();
        let ids = describe(&admin, &names, TIMEOUT).context("failed to look the topics up")?;
        Ok(Self { admin, names, ids })
    }

    /// Whether all topics are the ones that they were: then everything that was read before the call
    /// is from them. Blocks.
    ///
    /// # Errors
    ///
    /// If Kafka cannot be reached or a topic does not exist now.
    pub fn check(&self) -> anyhow::Result<Result<(), Recreated>> {
        let ids = describe(&self.admin, &self.names, TIMEOUT)?;
        let mut topics = self.names.iter().zip(self.ids.iter().zip(&ids));
        let recreated = topics.find(|(_, (before, now))| before != now);
        Ok(recreated.map_or(Ok(()), |(name, _)| Err(Recreated(name.clone()))))
    }
}
