//! What a command works with that looks after records by hand.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clickhouse::Client;
use daemon::admin::PartReadiness;
use domain::Position;
use tables::ClickHouseConfig;
use tables::migrations;
use topics::{KafkaConfig, Topic};
use uuid::Uuid;

use crate::quarantine::Place;
use crate::topics::Topics;
use crate::writer::Writer;

/// How long ClickHouse may take for one insert before it is sent again.
const INSERT_TIMEOUT: Duration = Duration::from_mins(1);

/// Both engines, as the migrations left them.
#[derive(Debug)]
pub struct Access {
    pub(crate) clickhouse: ClickHouseConfig,
    pub(crate) kafka: KafkaConfig,
    pub(crate) topics: Arc<Topics>,
    pub(crate) database: Uuid,
}

impl Access {
    /// Looks whether the engines are as this code expects.
    ///
    /// # Errors
    ///
    /// If one of them is not, or does not answer.
    pub async fn new(clickhouse: ClickHouseConfig, kafka: KafkaConfig) -> anyhow::Result<Self> {
        let client = clickhouse.client();
        let database = migrations::check(&client).await?;
        let registered = migrations::registered_topics(&client, &kafka).await?;
        let topics = Arc::new(Topics::new(&kafka, &registered));
        Ok(Self { clickhouse, kafka, topics, database })
    }

    /// Where Kafka is.
    pub fn kafka(&self) -> &KafkaConfig {
        &self.kafka
    }

    /// The topics of events and our numbers of them.
    pub fn topics_of_events(&self) -> Vec<(Topic, u8)> {
        Topic::LOADED.map(|topic| (topic, self.topics.known(topic).number)).into()
    }

    /// A client of the database.
    pub fn client(&self) -> Client {
        self.clickhouse.client()
    }

    /// Writes like the loader does.
    pub(crate) fn writer(&self) -> anyhow::Result<Writer> {
        let topics = Arc::clone(&self.topics);
        let readiness = PartReadiness::default();
        Writer::new(&self.clickhouse, &self.kafka, topics, INSERT_TIMEOUT, readiness)
            .context("failed to make a writer")
    }

    /// A position as people write it; nothing if its topic is not one that is read now.
    pub fn place(&self, position: Position) -> Option<Place> {
        self.topics.place(position)
    }

    /// What people wrote, as the tables have it.
    pub fn position(&self, place: Place) -> Position {
        self.topics.position(place)
    }
}
