//! What a network, a machine or a person can do to the services and the engines while events come in.
//!
//! Each test names one fault and its moment, and asks the oracle in the end: the events that were
//! acknowledged, the records in Kafka and those in ClickHouse are one set, and the public reads the
//! reference count over it. docs/faults.md is made from the comments here.

mod loading;

use std::time::Duration;

use torture::oracle::{self, Agreement};
use torture::proxy::{HttpProxy, KafkaProxy};
use torture::sender::{Load, Sender};
use torture::world::{Routes, World};

use crate::support::engines::Engines;
use crate::support::program;

/// A world on the shared engines whose ways to them can be broken.
pub struct Breakable {
    pub world: World,
    pub sender: Sender,
    /// Between loader and ClickHouse.
    pub inserts: HttpProxy,
    /// Between loader and Kafka.
    pub loader_kafka: KafkaProxy,
    /// Between counter and Kafka.
    pub counter_kafka: KafkaProxy,
    /// Between intake and Kafka.
    pub ingest_kafka: KafkaProxy,
}

/// How long the loader waits for an insert here: a test waits as long for it to give up.
pub const INSERT_TIMEOUT: Duration = Duration::from_secs(2);

impl Breakable {
    /// Everything runs and is ready.
    pub async fn start() -> Self {
        let place = Engines::shared().new_place();
        let kafka = place.kafka_address();
        let inserts = HttpProxy::start(place.clickhouse_address()).await;
        let [loader_kafka, counter_kafka, ingest_kafka] = [
            KafkaProxy::start(kafka).await,
            KafkaProxy::start(kafka).await,
            KafkaProxy::start(kafka).await,
        ];
        let mut routes = Routes::direct(&place);
        routes.loader.clickhouse.clickhouse_url = inserts.url();
        routes.loader.kafka.kafka_brokers = loader_kafka.address();
        routes.counter.kafka.kafka_brokers = counter_kafka.address();
        routes.ingest.kafka.kafka_brokers = ingest_kafka.address();
        let mut world = World::prepare(program(), place, &routes).await;
        set_insert_timeout(&mut world);
        world.start_all();
        world.until_ready().await;
        let sender = Sender::of(&world);
        Self { world, sender, inserts, loader_kafka, counter_kafka, ingest_kafka }
    }

    /// Posts in the background.
    pub fn load(&self, seed: u64) -> Load {
        load(&self.sender, seed)
    }

    /// The oracle.
    pub async fn all_is_equal(&self) {
        all_is_equal(&self.world, &self.sender).await;
    }
}

/// Has the loader give an insert up early.
pub fn set_insert_timeout(world: &mut World) {
    world.loader.set("HAOCHAPING_INSERT_TIMEOUT_S", INSERT_TIMEOUT.as_secs().to_string());
}

/// Posts in the background, some hundred events a second. The seed is printed.
pub fn load(sender: &Sender, seed: u64) -> Load {
    println!("seed {seed}");
    sender.load(seed, Duration::from_millis(250), 15)
}

/// Every set is equal in the end.
pub async fn all_is_equal(world: &World, sender: &Sender) -> Agreement {
    let acknowledged = sender.acknowledged();
    assert!(acknowledged.events.len() > 20, "too few events to tell anything");
    let agreement = oracle::until_equal(world, &acknowledged).await;
    let agreement = agreement.unwrap_or_else(|difference| panic!("{difference:#}"));
    println!("equal: {agreement:?}");
    agreement
}
