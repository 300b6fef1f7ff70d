//! Kafka as one database knows it: where it is, by which numbers the database calls its topics, and
//! which loaders have committed for that database.

use std::sync::Arc;

use domain::Position;
use uuid::Uuid;

use crate::address::RecordAddress;
use crate::known::{KnownTopics, RegisteredTopic};
use crate::settings::KafkaConfig;

/// The group of the loaders of a database.
pub const LOADER_GROUP: &str = "loader";

/// Kafka, and the database that is loaded from it.
#[derive(Clone, Debug)]
pub struct Kafka {
    pub(crate) config: KafkaConfig,
    pub(crate) topics: Arc<KnownTopics>,
    pub(crate) database: Uuid,
}

impl Kafka {
    /// Kafka, from which the database of this id is loaded, with the topics that it has numbers for.
    pub fn new(config: KafkaConfig, registered: &[RegisteredTopic], database: Uuid) -> Self {
        let topics = Arc::new(KnownTopics::new(&config, registered));
        Self { config, topics, database }
    }

    /// Where Kafka is.
    pub fn config(&self) -> &KafkaConfig {
        &self.config
    }

    /// The topics that are read.
    pub fn topics(&self) -> &Arc<KnownTopics> {
        &self.topics
    }

    /// The id of the database that is loaded from here.
    pub fn database(&self) -> Uuid {
        self.database
    }

    /// A position as people write it; nothing if its topic is not one that is read now.
    pub fn address(&self, position: Position) -> Option<RecordAddress> {
        self.topics.address(position)
    }

    /// An address as the tables write it.
    pub fn position(&self, address: RecordAddress) -> Position {
        self.topics.position(address)
    }
}
