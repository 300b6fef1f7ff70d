//! An installation whose connections to the engines can be broken.

use std::path::Path;
use std::time::Duration;

use crate::proxy::{HttpProxy, KafkaProxy};
use crate::sender::Sender;
use services::Service;
use testbed::engines::Installation;
use testbed::world::{Routes, World};

/// The loader's insert timeout here. A test that waits for the loader to time out waits as long.
pub const INSERT_TIMEOUT: Duration = Duration::from_secs(2);

/// All services and sources, and the proxies between the services and the engines.
pub struct Breakable {
    /// The services.
    pub world: World,
    /// The sources.
    pub sender: Sender,
    /// Between loader and ClickHouse.
    pub inserts: HttpProxy,
    /// Between counter and ClickHouse.
    pub recounts: HttpProxy,
    /// Between loader and Kafka.
    pub loader_kafka: KafkaProxy,
    /// Between counter and Kafka.
    pub counter_kafka: KafkaProxy,
    /// Between intake and Kafka.
    pub ingest_kafka: KafkaProxy,
}

impl Breakable {
    /// Starts everything on an installation with one broker, and waits until it is ready.
    pub async fn start(program: &Path, installation: Installation) -> Self {
        let (kafka, clickhouse) = (installation.kafka_address(), installation.clickhouse_address());
        let inserts = HttpProxy::start(clickhouse).await;
        let recounts = HttpProxy::start(clickhouse).await;
        let loader_kafka = KafkaProxy::start(kafka).await;
        let counter_kafka = KafkaProxy::start(kafka).await;
        let ingest_kafka = KafkaProxy::start(kafka).await;
        let mut routes = Routes::direct(&installation);
        routes[Service::Loader].clickhouse.clickhouse_url = inserts.url();
        routes[Service::Counter].clickhouse.clickhouse_url = recounts.url();
        routes[Service::Loader].kafka.kafka_brokers = loader_kafka.address();
        routes[Service::Counter].kafka.kafka_brokers = counter_kafka.address();
        routes[Service::Ingest].kafka.kafka_brokers = ingest_kafka.address();
        let mut world = World::prepare(program, installation, &routes).await;
        world.set_insert_timeout(INSERT_TIMEOUT);
        world.start_all();
        world.until_ready().await;
        let sender = Sender::of(&world);
        Self { world, sender, inserts, recounts, loader_kafka, counter_kafka, ingest_kafka }
    }
}
