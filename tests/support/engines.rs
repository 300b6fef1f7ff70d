//! Kafka and ClickHouse, shared by all tests of a run.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use embedded::{
    Cache, ClickHouse, ClickHouseEngine, ClickHouseOptions, Kafka, KafkaEngine, KafkaOptions,
};
use tempfile::TempDir;
use testbed::engines::{Installation, free_port};
use tokio::runtime::Runtime;

use super::program;

/// Engines that no test may stop or kill.
pub struct Engines {
    _folder: TempDir,
    kafka: Kafka,
    clickhouse: ClickHouse,
}

/// The runtime that watches the engines. A test's own runtime ends with the test.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

static ENGINES: LazyLock<Engines> = LazyLock::new(|| {
    // A LazyLock may be forced within a test's runtime, which must not block on another runtime.
    let starting = std::thread::spawn(|| RUNTIME.block_on(Engines::start()));
    starting.join().expect("the engines start")
});

impl Engines {
    /// The shared engines of this run.
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
        options.child_program = Some(program().to_owned());
        let clickhouse = ClickHouse::start(&clickhouse, options).await.expect("ClickHouse starts");
        Self { _folder: folder, kafka, clickhouse }
    }

    /// Names of a database and topics that no other test uses and that do not exist yet.
    pub fn new_installation(&self) -> Installation {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Installation::new(&self.clickhouse, &self.kafka.bootstrap_servers(), number)
    }
}
