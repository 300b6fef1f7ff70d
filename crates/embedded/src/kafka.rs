//! Apache Kafka as a child process: a broker that is also a controller, alone or in a cluster.

use std::ffi::OsString;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::disk;
use crate::ended::{Ended, Stopped};
use crate::error::{self, Error};
use crate::java;
use crate::kafka_engine::{KafkaEngine, NAME};
use crate::kafka_probe;
use crate::log_tail::LogTail;
use crate::port;
use crate::process::{self, Process};

/// The cluster id, which all nodes of a cluster must share: 16 bytes in Base64, as Kafka demands.
const CLUSTER_ID: &str = "aGFvY2hhcGluZy1sb2NhbA";
const LOGGING: &str = include_str!("../engines/log4j2.xml");

/// The time that a broker has to hand over and to close its files. A lone broker takes 0.3 s.
const GRACE: Duration = Duration::from_secs(20);

/// How to start a broker.
#[derive(Debug, Clone)]
pub struct KafkaOptions {
    /// The folder in which this node keeps everything. It is created if missing.
    pub data_dir: PathBuf,
    /// The port on 127.0.0.1 for clients.
    pub port: u16,
    /// The port on 127.0.0.1 for the controllers of the cluster.
    pub controller_port: u16,
    /// This node's number.
    pub node_id: u32,
    /// All nodes, including this one. The list is the same on each node and at every start.
    pub voters: Vec<Voter>,
    /// The largest heap of Java. Java itself needs some 150 MiB more.
    pub heap_mib: u32,
    /// The time within which the broker must join its cluster after the start.
    pub deadline: Duration,
}

/// One node of a cluster on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Voter {
    /// Its number.
    pub node_id: u32,
    /// Its controller's port on 127.0.0.1.
    pub controller_port: u16,
}

impl KafkaOptions {
    /// A lone broker.
    pub fn new(data_dir: impl Into<PathBuf>, port: u16, controller_port: u16) -> Self {
        Self {
            data_dir: data_dir.into(),
            port,
            controller_port,
            node_id: 1,
            voters: vec![Voter { node_id: 1, controller_port }],
            heap_mib: 512,
            deadline: Duration::from_mins(1),
        }
    }

    /// A cluster with one broker for each pair of ports, in the folders `1`, `2`, … below
    /// `data_dir`.
    ///
    /// A broker answers only once a majority is running, so start them together.
    pub fn cluster(data_dir: impl Into<PathBuf>, ports: &[(u16, u16)]) -> Vec<Self> {
        let data_dir = data_dir.into();
        let voters: Vec<_> = (1..)
            .zip(ports)
            .map(|(node_id, &(_, controller_port))| Voter { node_id, controller_port })
            .collect();
        (1..)
            .zip(ports)
            .map(|(node_id, &(port, controller_port))| Self {
                node_id,
                voters: voters.clone(),
                ..Self::new(data_dir.join(node_id.to_string()), port, controller_port)
            })
            .collect()
    }

    /// The broker's configuration. Topics set their own retention and timestamps.
    fn server_properties(&self) -> String {
        let voters: Vec<_> = self
            .voters
            .iter()
            .map(|voter| {
                format!("{}@{}:{}", voter.node_id, Ipv4Addr::LOCALHOST, voter.controller_port)
            })
            .collect();
        let replicas = voters.len().min(3);
        // Writes go on without one replica, as long as a second copy remains.
        let in_sync = replicas.saturating_sub(1).max(1);
        let Self { node_id, port, controller_port, .. } = self;
        let voters = voters.join(",");
        // A backslash begins an escape in this file format.
        let data = self.log_dir().display().to_string().replace('\\', "\\\\");
        format!(
            "\
process.roles=broker,controller
node.id={node_id}
controller.quorum.voters={voters}
controller.listener.names=CONTROLLER
listeners=CLIENT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=CLIENT://127.0.0.1:{port}
inter.broker.listener.name=CLIENT
listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}

# A mistyped topic is an error, not a topic.
auto.create.topics.enable=false
default.replication.factor={replicas}
min.insync.replicas={in_sync}
offsets.topic.replication.factor={replicas}
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr={in_sync}
share.coordinator.state.topic.replication.factor={replicas}
share.coordinator.state.topic.min.isr={in_sync}

# Fewer files and less to load than the default of 50 each.
offsets.topic.num.partitions=8
transaction.state.log.num.partitions=8
share.coordinator.state.topic.num.partitions=8

# A group of one machine is complete at once; the default waits three seconds for more members.
group.initial.rebalance.delay.ms=0

# A broker that was killed may come back only when its old session has run out: by default after
# nine seconds.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"
        )
    }

    /// Where the broker keeps a folder for each partition.
    pub fn log_dir(&self) -> PathBuf {
        self.data_dir.join("data")
    }
}

/// A running broker. Dropping it kills the process; [`Kafka::stop`] stops it cleanly.
#[derive(Debug)]
pub struct Kafka {
    process: Process,
    port: u16,
    data_dir: PathBuf,
}

impl Kafka {
    /// Starts a broker and waits until it has joined its cluster, which may be the broker alone.
    ///
    /// # Errors
    ///
    /// What is wrong with the environment, or the broker's last log lines.
    pub async fn start(engine: &KafkaEngine, options: KafkaOptions) -> Result<Self, Error> {
        disk::require_mib(&options.data_dir, disk::FREE_TO_START_MIB)?;
        let java = java::find()?;
        let folder = Folder::prepare(&options)?;
        port::wait_until_free(options.port).await?;
        port::wait_until_free(options.controller_port).await?;

        // Formatting a folder writes this file last.
        if !options.log_dir().join("meta.properties").exists() {
            let mut format = folder.command(&java, &options, engine, "kafka.tools.StorageTool");
            format.args(["format", "--cluster-id", CLUSTER_ID, "--config"]).arg(&folder.properties);
            let log = process::print_to(&mut format, folder.logs.join("format.log"))?;
            Process::start(NAME, format, None, LogTail::from_here([log])).await?.success().await?;
        }
        let mut broker = folder.command(&java, &options, engine, "kafka.Kafka");
        broker.arg(&folder.properties);
        let console = process::print_to(&mut broker, folder.logs.join("console.log"))?;
        let process = Process::start(
            NAME,
            broker,
            None,
            LogTail::from_here([folder.logs.join("kafka.log"), console]),
        )
        .await?
        .until(|| kafka_probe::takes_part(options.port, options.node_id), options.deadline)
        .await?;
        Ok(Self { process, port: options.port, data_dir: options.data_dir })
    }

    /// The `bootstrap.servers` of clients.
    pub fn bootstrap_servers(&self) -> String {
        format!("{}:{}", Ipv4Addr::LOCALHOST, self.port)
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Waits until the broker has ended. It ends by itself only if something is wrong.
    pub async fn wait(&self) -> Ended {
        self.process.wait().await
    }

    /// Waits as [`Self::wait`] does, and watches the broker's disk meanwhile.
    ///
    /// # Errors
    ///
    /// If little disk space is left. The broker was then stopped while it could still close its
    /// files.
    pub async fn wait_unless_the_disk_fills_up(&self) -> Result<Ended, Error> {
        let full = tokio::select! {
            ended = self.process.wait() => return Ok(ended),
            full = disk::until_below_mib(&self.data_dir, disk::FREE_TO_RUN_MIB) => full,
        };
        tracing::error!(reason = %full, "stopping Apache Kafka before its disk is full");
        self.process.terminate(GRACE).await;
        Err(full)
    }

    /// Stops the broker: asks it to stop, and kills it if it takes longer than 20 s.
    pub async fn stop(self) -> Stopped {
        self.process.terminate(GRACE).await
    }

    /// Kills the broker as a crash would, and waits until the process has ended.
    pub async fn kill(self) {
        self.process.kill().await;
    }
}

/// The parts of a broker's data folder.
struct Folder {
    properties: PathBuf,
    logging: PathBuf,
    logs: PathBuf,
    temporary: PathBuf,
}

impl Folder {
    fn prepare(options: &KafkaOptions) -> Result<Self, Error> {
        let at = |name: &str| options.data_dir.join(name);
        let folder = Self {
            properties: at("server.properties"),
            logging: at("log4j2.xml"),
            logs: at("logs"),
            temporary: at("tmp"),
        };
        // Files that a killed broker unpacked there are never used again.
        if folder.temporary.exists() {
            fs::remove_dir_all(&folder.temporary)
                .map_err(error::io("remove", &folder.temporary))?;
        }
        for path in [&folder.logs, &folder.temporary] {
            fs::create_dir_all(path).map_err(error::io("create", path))?;
        }
        fs::write(&folder.properties, options.server_properties())
            .map_err(error::io("write", &folder.properties))?;
        fs::write(&folder.logging, LOGGING).map_err(error::io("write", &folder.logging))?;
        Ok(folder)
    }

    /// The command for Java with one of Kafka's programs.
    fn command(
        &self,
        java: &Path,
        options: &KafkaOptions,
        engine: &KafkaEngine,
        main: &str,
    ) -> Command {
        let property = |name: &str, value: &Path| {
            let mut property = OsString::from(format!("-D{name}="));
            property.push(value);
            property
        };
        let mut command = Command::new(java);
        command
            .current_dir(&options.data_dir)
            .stdin(Stdio::null())
            .arg(format!("-Xmx{}m", options.heap_mib))
            // The smallest memory and the fewest threads: with two cores, parallel garbage
            // collection is a waste.
            .args(["-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true"])
            .arg(property("java.io.tmpdir", &self.temporary))
            .arg(property("kafka.logs.dir", &self.logs))
            .arg(property("log4j2.configurationFile", &self.logging))
            .arg("-cp")
            .arg(engine.class_path())
            .arg(main);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(options: &KafkaOptions) -> Vec<String> {
        options.server_properties().lines().map(str::to_owned).collect()
    }

    fn assert_has(options: &KafkaOptions, line: &str) {
        assert!(
            lines(options).iter().any(|l| l == line),
            "{line} is not in\n{}",
            options.server_properties()
        );
    }

    #[test]
    fn a_lone_broker_listens_on_this_machine_only_and_copies_nothing() {
        let alone = KafkaOptions::new("/data", 8712, 8713);
        assert_has(&alone, "controller.quorum.voters=1@127.0.0.1:8713");
        assert_has(&alone, "listeners=CLIENT://127.0.0.1:8712,CONTROLLER://127.0.0.1:8713");
        assert_has(&alone, "log.dirs=/data/data");
        assert_has(&alone, "auto.create.topics.enable=false");
        for line in lines(&alone) {
            assert!(!line.contains("replication.factor") || line.ends_with("=1"), "{line}");
            assert!(!line.contains("min.i") || line.ends_with("=1"), "{line}");
        }
    }

    #[test]
    fn three_brokers_know_each_other_and_continue_without_one() {
        let [one, two, three] =
            <[_; 3]>::try_from(KafkaOptions::cluster("/data", &[(11, 21), (12, 22), (13, 23)]))
                .unwrap();
        for broker in [&one, &two, &three] {
            assert_has(
                broker,
                "controller.quorum.voters=1@127.0.0.1:21,2@127.0.0.1:22,3@127.0.0.1:23",
            );
            assert_has(broker, "default.replication.factor=3");
            assert_has(broker, "min.insync.replicas=2");
        }
        assert_has(&two, "node.id=2");
        assert_has(&two, "log.dirs=/data/2/data");
        assert_has(&three, "advertised.listeners=CLIENT://127.0.0.1:13");
    }
}
