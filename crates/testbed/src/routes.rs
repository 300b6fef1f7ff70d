//! Where services find the engines.

use crate::engines::Place;

/// Where each service finds the engines: at their own addresses, or behind a proxy.
#[derive(Clone, Debug)]
pub struct Routes {
    /// The intake's; it uses Kafka alone.
    pub ingest: Place,
    /// The loader's.
    pub loader: Place,
    /// The counter's.
    pub counter: Place,
    /// The disclosure's; it uses ClickHouse alone.
    pub disclosure: Place,
}

impl Routes {
    /// Nothing lies in between.
    pub fn direct(place: &Place) -> Self {
        let [ingest, loader, counter, disclosure] = std::array::from_fn(|_| place.clone());
        Self { ingest, loader, counter, disclosure }
    }
}

/// The arguments that say where Kafka is.
pub(crate) fn kafka(place: &Place) -> Vec<String> {
    let (brokers, prefix) = (&place.kafka.kafka_brokers, &place.kafka.topic_prefix);
    ["--kafka-brokers", brokers, "--topic-prefix", prefix].map(ToOwned::to_owned).into()
}

/// The arguments that say where ClickHouse is.
pub(crate) fn clickhouse(place: &Place) -> Vec<String> {
    let (url, database) = (&place.clickhouse.clickhouse_url, &place.clickhouse.clickhouse_database);
    ["--clickhouse-url", url, "--clickhouse-database", database].map(ToOwned::to_owned).into()
}
