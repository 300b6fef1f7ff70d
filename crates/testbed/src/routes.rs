//! The addresses at which services find the engines.

use std::collections::BTreeMap;
use std::ops::{Index, IndexMut};

use services::{Engine, Service};
use strum::VariantArray;

use crate::engines::Installation;

/// The addresses at which each service finds the engines: their own, or that of a proxy.
#[derive(Clone, Debug)]
pub struct Routes(BTreeMap<Service, Installation>);

impl Routes {
    /// Routes without a proxy.
    pub fn direct(installation: &Installation) -> Self {
        Self(Service::VARIANTS.iter().map(|service| (*service, installation.clone())).collect())
    }
}

impl Index<Service> for Routes {
    type Output = Installation;

    fn index(&self, service: Service) -> &Installation {
        &self.0[&service]
    }
}

impl IndexMut<Service> for Routes {
    fn index_mut(&mut self, service: Service) -> &mut Installation {
        self.0.get_mut(&service).expect("every service has a route")
    }
}

/// The arguments that tell a service where the engines are that it uses.
pub(crate) fn arguments(service: Service, installation: &Installation) -> Vec<String> {
    let arguments = service.engines().iter().flat_map(|engine| match engine {
        Engine::Kafka => {
            let config = &installation.kafka;
            ["--kafka-brokers", &config.kafka_brokers, "--topic-prefix", &config.topic_prefix]
        }
        Engine::ClickHouse => {
            let config = &installation.clickhouse;
            let (url, database) = (&config.clickhouse_url, &config.clickhouse_database);
            ["--clickhouse-url", url, "--clickhouse-database", database]
        }
    });
    arguments.map(ToOwned::to_owned).collect()
}
