//! The engines, which are started here or given by address.

use anyhow::anyhow;
use embedded::{
    Cache, ClickHouse, ClickHouseEngine, ClickHouseOptions, DataDir, Kafka, KafkaEngine,
    KafkaOptions,
};
use secrecy::ExposeSecret;
use std::sync::Arc;
use tables::ClickHouseConfig;
use tokio_util::sync::CancellationToken;
use topics::{KafkaConfig, TopicLayout};

use super::Args;
use super::arguments::parse;
use super::ports::Ports;

/// Where the engines are, and those that are ours.
pub(super) struct Engines {
    pub(super) kafka: KafkaConfig,
    pub(super) clickhouse: ClickHouseConfig,
    own_kafka: Option<Arc<Kafka>>,
    own_clickhouse: Option<Arc<ClickHouse>>,
}

impl Engines {
    /// Starts what no address was given for. Both start at the same time.
    pub(super) async fn start(args: &Args, home: &DataDir, ports: Ports) -> anyhow::Result<Self> {
        let cache = Cache::default();
        let password = super::password::of_clickhouse(home)?;
        let start_kafka = async {
            if args.kafka_brokers.is_some() {
                return Ok(None);
            }
            let engine = KafkaEngine::fetch(&cache).await?;
            let [port, controller] = ports.kafka();
            let options = KafkaOptions::new(home.path().join("kafka"), port, controller);
            Kafka::start(&engine, options).await.map(Some)
        };
        let start_clickhouse = async {
            if args.clickhouse_url.is_some() {
                return Ok(None);
            }
            let engine = ClickHouseEngine::fetch(&cache).await?;
            let [http, tcp] = ports.clickhouse();
            let mut options = ClickHouseOptions::new(home.path().join("clickhouse"), http, tcp);
            options.password = Some(password.expose_secret().to_owned().into());
            ClickHouse::start(&engine, options).await.map(Some)
        };
        let (kafka, clickhouse) = tokio::try_join!(start_kafka, start_clickhouse)?;

        let brokers = match &kafka {
            Some(kafka) => kafka.bootstrap_servers(),
            None => args.kafka_brokers.clone().unwrap_or_default(),
        };
        let mut database = match &clickhouse {
            Some(own) => vec!["--clickhouse-url".to_owned(), own.url()],
            None => {
                vec!["--clickhouse-url".to_owned(), args.clickhouse_url.clone().unwrap_or_default()]
            }
        };
        if let Some(own) = &clickhouse {
            database.extend(["--clickhouse-user".to_owned(), own.user().to_owned()]);
            // These arguments are parsed in this process: no list of processes shows them.
            let password = password.expose_secret().to_owned();
            database.extend(["--clickhouse-password".to_owned(), password]);
        }
        Ok(Self {
            kafka: parse(vec!["--kafka-brokers".to_owned(), brokers]),
            clickhouse: parse(database),
            own_kafka: kafka.map(Arc::new),
            own_clickhouse: clickhouse.map(Arc::new),
        })
    }

    /// How topics are made: with one copy on a broker of this machine, and as `haochaping migrate`
    /// would elsewhere.
    pub(super) fn topics(&self) -> TopicLayout {
        let layout = parse::<TopicLayout>(Vec::new());
        if self.own_kafka.is_some() { TopicLayout { replication: 1, ..layout } } else { layout }
    }

    pub(super) fn kafka_arguments(&self) -> [String; 2] {
        ["--kafka-brokers".to_owned(), self.kafka.kafka_brokers.clone()]
    }

    pub(super) fn clickhouse_arguments(&self) -> Vec<String> {
        let ClickHouseConfig { clickhouse_url, clickhouse_user, clickhouse_password, .. } =
            &self.clickhouse;
        let mut arguments = vec![
            "--clickhouse-url".to_owned(),
            clickhouse_url.clone(),
            "--clickhouse-user".to_owned(),
            clickhouse_user.clone(),
        ];
        if let Some(password) = clickhouse_password {
            let password = password.expose_secret().to_owned();
            arguments.extend(["--clickhouse-password".to_owned(), password]);
        }
        arguments
    }

    /// Fails when one of our engines ends although nobody has stopped it, or must be stopped.
    pub(super) fn watch(
        &self,
        stop: CancellationToken,
    ) -> impl Future<Output = anyhow::Result<()>> + Send + 'static {
        let (kafka, clickhouse) = (self.own_kafka.clone(), self.own_clickhouse.clone());
        async move {
            let kafka_is_gone = async {
                let Some(kafka) = &kafka else { return std::future::pending().await };
                match kafka.wait_unless_the_disk_fills_up().await {
                    Ok(ended) => anyhow!("{ended}"),
                    Err(full) => anyhow!(full).context("Apache Kafka was stopped"),
                }
            };
            let clickhouse_is_gone = async {
                let Some(clickhouse) = &clickhouse else { return std::future::pending().await };
                anyhow!("{}", clickhouse.wait().await)
            };
            tokio::select! {
                () = stop.cancelled() => Ok(()),
                reason = kafka_is_gone => Err(reason),
                reason = clickhouse_is_gone => Err(reason),
            }
        }
    }

    /// Stops our engines; what was acknowledged is on disk.
    pub(super) async fn stop(self) {
        let kafka = self.own_kafka.and_then(Arc::into_inner);
        let clickhouse = self.own_clickhouse.and_then(Arc::into_inner);
        tokio::join!(
            async {
                if let Some(kafka) = kafka {
                    kafka.stop().await;
                }
            },
            async {
                if let Some(clickhouse) = clickhouse {
                    clickhouse.stop().await;
                }
            },
        );
    }
}
