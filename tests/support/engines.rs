//! Kafka and ClickHouse for all tests of a run.

use std::net::TcpListener;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use daemon::clickhouse::ClickHouseConfig;
use daemon::kafka::{KafkaConfig, TopicLayout};
use embedded::{
    Cache, ClickHouse, ClickHouseEngine, ClickHouseOptions, Kafka, KafkaEngine, KafkaOptions,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The program under test.
pub const HAOCHAPING: &str = env!("CARGO_BIN_EXE_haochaping");

/// Engines that no test stops or kills.
pub struct Engines {
    _folder: TempDir,
    kafka: Kafka,
    clickhouse: ClickHouse,
}

/// Where the engines are looked after: a test's own runtime ends with the test.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

static ENGINES: LazyLock<Engines> = LazyLock::new(|| {
    // A LazyLock may be forced within a test's runtime, where one must not block on another.
    let starting = std::thread::spawn(|| RUNTIME.block_on(Engines::start()));
    starting.join().expect("the engines start")
});

impl Engines {
    /// The engines of this run.
    pub fn shared() -> &'static Self {
        &ENGINES
    }

    async fn start() -> Self {
        let folder = TempDir::new().expect("a folder");
        let cache = Cache::default();
        let kafka = KafkaEngine::fetch(&cache).await.expect("Kafka is fetched");
        let options = KafkaOptions::new(folder.path().join("kafka"), free_port(), free_port());
        let kafka = Kafka::start(&kafka, options).await.expect("Kafka starts");
        let clickhouse = ClickHouseEngine::fetch(&cache).await.expect("ClickHouse is fetched");
        let mut options =
            ClickHouseOptions::new(folder.path().join("clickhouse"), free_port(), free_port());
        options.child_program = Some(HAOCHAPING.into());
        let clickhouse = ClickHouse::start(&clickhouse, options).await.expect("ClickHouse starts");
        Self { _folder: folder, kafka, clickhouse }
    }

    /// A database and topics that no other test uses, not made yet.
    pub fn new_place(&self) -> Place {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Place::new(&self.clickhouse, &self.kafka, number)
    }
}

/// Engines of one test, which may kill them.
pub struct OwnEngines {
    folder: TempDir,
    kafka_ports: [u16; 2],
    clickhouse_ports: [u16; 2],
    kafka: Option<Kafka>,
    clickhouse: Option<ClickHouse>,
}

impl OwnEngines {
    /// Both run.
    pub async fn start() -> Self {
        let mut engines = Self {
            folder: TempDir::new().expect("a folder"),
            kafka_ports: [free_port(), free_port()],
            clickhouse_ports: [free_port(), free_port()],
            kafka: None,
            clickhouse: None,
        };
        engines.start_kafka().await;
        engines.start_clickhouse().await;
        engines
    }

    /// Starts Kafka with the data that it had.
    pub async fn start_kafka(&mut self) {
        let engine = KafkaEngine::fetch(&Cache::default()).await.expect("Kafka is fetched");
        let [port, controller] = self.kafka_ports;
        let options = KafkaOptions::new(self.folder.path().join("kafka"), port, controller);
        self.kafka = Some(Kafka::start(&engine, options).await.expect("Kafka starts"));
    }

    /// Starts ClickHouse with the data that it had.
    pub async fn start_clickhouse(&mut self) {
        let engine =
            ClickHouseEngine::fetch(&Cache::default()).await.expect("ClickHouse is fetched");
        let [http, tcp] = self.clickhouse_ports;
        let mut options = ClickHouseOptions::new(self.folder.path().join("clickhouse"), http, tcp);
        options.child_program = Some(HAOCHAPING.into());
        self.clickhouse =
            Some(ClickHouse::start(&engine, options).await.expect("ClickHouse starts"));
    }

    /// SIGKILL.
    pub async fn kill_kafka(&mut self) {
        self.kafka.take().expect("it runs").kill().await;
    }

    /// SIGKILL.
    pub async fn kill_clickhouse(&mut self) {
        self.clickhouse.take().expect("it runs").kill().await;
    }

    /// A place on these engines.
    pub fn place(&self) -> Place {
        let clickhouse = self.clickhouse.as_ref().expect("it runs");
        let kafka = self.kafka.as_ref().expect("it runs");
        Place::new(clickhouse, kafka, 0)
    }
}

/// Where a test keeps its data.
#[derive(Clone, Debug)]
pub struct Place {
    pub clickhouse: ClickHouseConfig,
    pub kafka: KafkaConfig,
}

impl Place {
    fn new(clickhouse: &ClickHouse, kafka: &Kafka, number: u32) -> Self {
        Self {
            clickhouse: ClickHouseConfig {
                clickhouse_url: clickhouse.url(),
                clickhouse_database: format!("test_{number}"),
                clickhouse_user: clickhouse.user().to_owned(),
                clickhouse_password: None,
            },
            kafka: KafkaConfig {
                kafka_brokers: kafka.bootstrap_servers(),
                topic_prefix: format!("test-{number}."),
            },
        }
    }

    /// Makes the database and the topics.
    pub async fn migrate(&self) {
        let layout = TopicLayout { partitions: 3, replication: 1 };
        daemon::migrations::run(&self.clickhouse, &self.kafka, layout)
            .await
            .expect("it is migrated");
    }
}

/// The first of `count` ports in a row that were free a moment ago.
pub fn free_ports(count: u16) -> u16 {
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    (0..100)
        .map(|_| free_port())
        .find(|first| {
            first.checked_add(count).is_some_and(|end| (*first..end).all(|port| is_free(&port)))
        })
        .expect("some ports in a row are free")
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("some port is free");
    listener.local_addr().expect("it has an address").port()
}
