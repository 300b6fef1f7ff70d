//! Both engines as the migrations left them: what services and commands check before they begin.

use clickhouse::Client;
use topics::{Kafka, KafkaConfig};

use crate::clickhouse::ClickHouseConfig;
use crate::migrations;

/// Kafka and ClickHouse, checked and fitting each other.
#[derive(Clone, Debug)]
pub struct Engines {
    clickhouse: ClickHouseConfig,
    kafka: Kafka,
}

impl Engines {
    /// Checks that both engines are as this code expects.
    ///
    /// # Errors
    ///
    /// If one of them is not, or does not answer.
    pub async fn open(clickhouse: ClickHouseConfig, kafka: KafkaConfig) -> anyhow::Result<Self> {
        let client = clickhouse.client();
        let database = migrations::check(&client).await?;
        let registered = migrations::registered_topics(&client, &kafka).await?;
        Ok(Self { clickhouse, kafka: Kafka::new(kafka, &registered, database) })
    }

    /// Where ClickHouse is.
    pub fn clickhouse(&self) -> &ClickHouseConfig {
        &self.clickhouse
    }

    /// Kafka, as the database knows it.
    pub fn kafka(&self) -> &Kafka {
        &self.kafka
    }

    /// A client of the database.
    pub fn client(&self) -> Client {
        self.clickhouse.client()
    }
}
