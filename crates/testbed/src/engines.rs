//! Kafka and ClickHouse that may be killed, stopped and started again, and the installations on
//! them in which tests keep data.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::atomic::{AtomicU32, Ordering};

use embedded::{
    Cache, ClickHouse, ClickHouseEngine, ClickHouseOptions, Kafka, KafkaEngine, KafkaOptions,
};
use rustix::process::Signal;
use tables::ClickHouseConfig;
use tempfile::TempDir;
use topics::{KafkaConfig, TopicLayout};

use crate::program::signal;

/// A broker, running or not.
struct Broker {
    options: KafkaOptions,
    kafka: Option<Kafka>,
}

/// Engines that may be killed.
pub struct OwnEngines {
    /// Removed at the end, if it is ours.
    _folder: Option<TempDir>,
    brokers: Vec<Broker>,
    clickhouse_options: ClickHouseOptions,
    clickhouse: Option<ClickHouse>,
}

impl OwnEngines {
    /// Starts one broker and ClickHouse, which `program` becomes.
    pub async fn start(program: &Path) -> Self {
        let folder = TempDir::new().expect("a folder");
        let kafka = folder.path().join("kafka");
        let clickhouse = folder.path().join("clickhouse");
        let options = KafkaOptions::new(kafka, free_port(), free_port());
        Self::with(program, vec![options], clickhouse, Some(folder)).await
    }

    /// Starts one broker and ClickHouse with their data in existing folders.
    pub async fn at(program: &Path, kafka: &Path, clickhouse: &Path) -> Self {
        let options = KafkaOptions::new(kafka, free_port(), free_port());
        Self::with(program, vec![options], clickhouse.to_owned(), None).await
    }

    /// Starts three brokers, any one of which may fail, and ClickHouse.
    pub async fn start_cluster(program: &Path) -> Self {
        let folder = TempDir::new().expect("a folder");
        let ports: [_; 3] = std::array::from_fn(|_| (free_port(), free_port()));
        let mut brokers = KafkaOptions::cluster(folder.path().join("kafka"), &ports);
        for broker in &mut brokers {
            // Three brokers share the machine with everything else.
            broker.heap_mib = 256;
        }
        let clickhouse = folder.path().join("clickhouse");
        Self::with(program, brokers, clickhouse, Some(folder)).await
    }

    async fn with(
        program: &Path,
        brokers: Vec<KafkaOptions>,
        clickhouse: PathBuf,
        folder: Option<TempDir>,
    ) -> Self {
        let mut clickhouse_options = ClickHouseOptions::new(clickhouse, free_port(), free_port());
        clickhouse_options.child_program = Some(program.to_owned());
        let brokers = brokers.into_iter().map(|options| Broker { options, kafka: None });
        let mut engines = Self {
            _folder: folder,
            brokers: brokers.collect(),
            clickhouse_options,
            clickhouse: None,
        };
        engines.start_kafka().await;
        engines.start_clickhouse().await;
        engines
    }

    /// Starts every broker that is not running, with its previous data.
    pub async fn start_kafka(&mut self) {
        let engine = KafkaEngine::fetch(&Cache::default()).await.expect("Kafka is fetched");
        // A broker of a cluster answers only once a majority is running.
        let mut starting = tokio::task::JoinSet::new();
        for (index, broker) in self.brokers.iter().enumerate() {
            if broker.kafka.is_none() {
                let (engine, options) = (engine.clone(), broker.options.clone());
                starting.spawn(async move { (index, Kafka::start(&engine, options).await) });
            }
        }
        while let Some(started) = starting.join_next().await {
            let (index, kafka) = started.expect("it does not panic");
            self.brokers[index].kafka = Some(kafka.expect("Kafka starts"));
        }
    }

    /// Starts ClickHouse with its previous data.
    pub async fn start_clickhouse(&mut self) {
        let engine =
            ClickHouseEngine::fetch(&Cache::default()).await.expect("ClickHouse is fetched");
        let options = self.clickhouse_options.clone();
        self.clickhouse =
            Some(ClickHouse::start(&engine, options).await.expect("ClickHouse starts"));
    }

    /// SIGKILL to every broker.
    pub async fn kill_kafka(&mut self) {
        for index in 0..self.brokers.len() {
            if self.brokers[index].kafka.is_some() {
                self.kill_broker(index).await;
            }
        }
    }

    /// SIGKILL to one broker.
    pub async fn kill_broker(&mut self, index: usize) {
        self.brokers[index].kafka.take().expect("it runs").kill().await;
    }

    /// The first broker's log of a partition whose log was never rolled.
    pub fn kafka_log(&self, topic: &str, partition: i32) -> PathBuf {
        let logs = self.brokers[0].options.log_dir();
        logs.join(format!("{topic}-{partition}")).join("00000000000000000000.log")
    }

    /// Copies the data of the first broker to a folder, as a backup does. The broker must not be
    /// running.
    pub fn back_up_kafka(&self, to: &Path) {
        copy(&self.brokers[0].options.data_dir, to);
    }

    /// Replaces the data of the first broker with a copy.
    pub fn restore_kafka(&self, from: &Path) {
        let data = &self.brokers[0].options.data_dir;
        fs::remove_dir_all(data).expect("the folder is ours");
        copy(from, data);
    }

    /// Waits until the first broker is stopped because its disk fills up. Returns the reason, and
    /// whether the broker could close its files.
    pub async fn until_kafka_is_stopped(&mut self) -> (String, bool) {
        let kafka = self.brokers[0].kafka.take().expect("it runs");
        let full = kafka.wait_unless_the_disk_fills_up().await;
        let reason = full.expect_err("it does not end by itself").to_string();
        let closed = self.brokers[0].options.log_dir().join(".kafka_cleanshutdown");
        (reason, closed.exists())
    }

    /// SIGKILL.
    pub async fn kill_clickhouse(&mut self) {
        self.clickhouse.take().expect("it runs").kill().await;
    }

    /// SIGSTOP: connections stay open, but get no answers.
    pub fn pause_clickhouse(&self) {
        signal(self.clickhouse.as_ref().expect("it runs").pid(), Signal::STOP);
    }

    /// SIGCONT.
    pub fn resume_clickhouse(&self) {
        signal(self.clickhouse.as_ref().expect("it runs").pid(), Signal::CONT);
    }

    /// SIGSTOP to every broker.
    pub fn pause_kafka(&self) {
        self.signal_brokers(Signal::STOP);
    }

    /// SIGCONT to every broker.
    pub fn resume_kafka(&self) {
        self.signal_brokers(Signal::CONT);
    }

    fn signal_brokers(&self, which: Signal) {
        for kafka in self.brokers.iter().filter_map(|broker| broker.kafka.as_ref()) {
            signal(kafka.pid(), which);
        }
    }

    /// The process id of ClickHouse.
    pub fn clickhouse_pid(&self) -> u32 {
        self.clickhouse.as_ref().expect("it runs").pid()
    }

    /// The process id of the first broker.
    pub fn kafka_pid(&self) -> u32 {
        self.brokers[0].kafka.as_ref().expect("it runs").pid()
    }

    /// An installation on these engines.
    pub fn installation(&self) -> Installation {
        let copies = u16::try_from(self.brokers.len().min(3)).expect("a few brokers");
        let clickhouse = self.clickhouse.as_ref().expect("it runs");
        let ports = self.brokers.iter().map(|broker| format!("127.0.0.1:{}", broker.options.port));
        let brokers: Vec<_> = ports.collect();
        Installation { copies, ..Installation::new(clickhouse, &brokers.join(","), 0) }
    }
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp runs");
    assert!(copied.success(), "{} could not be copied", from.display());
}

/// The database and the topics in which a test keeps its data.
#[derive(Clone, Debug)]
pub struct Installation {
    /// The database.
    pub clickhouse: ClickHouseConfig,
    /// The topics.
    pub kafka: KafkaConfig,
    /// Copies of each record in Kafka.
    pub copies: u16,
}

/// Partitions of each topic: enough to give several loaders work, and few enough for a light load
/// to reach all.
pub const PARTITIONS: u16 = 3;

impl Installation {
    /// The installation with this number.
    pub fn new(clickhouse: &ClickHouse, brokers: &str, number: u32) -> Self {
        Self {
            clickhouse: ClickHouseConfig {
                clickhouse_url: clickhouse.url(),
                clickhouse_database: format!("test_{number}"),
                clickhouse_user: clickhouse.user().to_owned(),
                clickhouse_password: None,
            },
            kafka: KafkaConfig {
                kafka_brokers: brokers.to_owned(),
                topic_prefix: format!("test-{number}."),
            },
            copies: 1,
        }
    }

    /// Creates the database and the topics.
    pub async fn migrate(&self) {
        let layout = TopicLayout { partitions: PARTITIONS, replication: self.copies };
        tables::migrations::run(&self.clickhouse, &self.kafka, layout)
            .await
            .expect("it is migrated");
    }

    /// The address of ClickHouse.
    pub fn clickhouse_address(&self) -> SocketAddr {
        let url = &self.clickhouse.clickhouse_url;
        url.strip_prefix("http://").expect("plain HTTP").parse().expect("an address")
    }

    /// The address of the only broker.
    pub fn kafka_address(&self) -> SocketAddr {
        self.kafka.kafka_brokers.parse().expect("one address")
    }
}

/// The ports given out are below those that the system uses for outgoing connections, so that a
/// service that was killed finds its port free when it starts again.
const PORTS: std::ops::Range<u16> = 10_000..32_000;

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    free_ports(1)
}

/// The first of `count` ports in a row that were free a moment ago.
pub fn free_ports(count: u16) -> u16 {
    static DEALT: AtomicU32 = AtomicU32::new(0);
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    let width = u32::from(PORTS.end - PORTS.start - count);
    // Other processes take ports from the same range, so each begins somewhere else.
    let begin = process::id().wrapping_mul(7_919);
    (0..1_000)
        .map(|_| DEALT.fetch_add(u32::from(count), Ordering::Relaxed).wrapping_add(begin) % width)
        .map(|offset| PORTS.start + u16::try_from(offset).expect("within the range"))
        .find(|first| (*first..first + count).all(|port| is_free(&port)))
        .expect("some ports in a row are free")
}
