//! Full disks under either engine. The disks are small file systems in memory, which only root can
//! mount; without root, these tests say so and do nothing.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use services::Service;
use tempfile::TempDir;
use testbed::engines::OwnEngines;
use testbed::wait::until;
use testbed::world::{Routes, World};
use topics::Topic;
use torture::sender::Sender;
use torture::tamper;

use super::{INSERT_TIMEOUT, all_is_equal, load};
use crate::support::program;

/// The size that an engine demands at its start. It takes memory only for the data written.
const ROOMY: &str = "size=1200m";

/// A file system that can be resized.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` where it cannot be mounted.
    fn mount() -> Option<Self> {
        let folder = TempDir::new().expect("a folder");
        if mount(&[ROOMY], folder.path()) {
            return Some(Self(folder));
        }
        println!("skipped: a file system can only be mounted by root");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Shrinks the disk until only so many KiB are free.
    async fn fill_up(&self, free_kib: u64) {
        // More than the free space may be written between the measurement and the resize; then the
        // resize is refused.
        until("the disk is shrunk", async || {
            let stat = rustix::fs::statvfs(self.path()).expect("its size is known");
            let used_kib = (stat.f_blocks - stat.f_bfree) * stat.f_frsize / 1024;
            mount(&["remount", &format!("size={}k", used_kib + free_kib)], self.path())
        })
        .await;
    }

    fn make_room(&self) {
        assert!(mount(&["remount", ROOMY], self.path()));
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}

fn mount(options: &[&str], at: &Path) -> bool {
    let mut command = Command::new("mount");
    command.args(["-t", "tmpfs", "-o", &options.join(","), "tmpfs"]).arg(at);
    command.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

async fn world_on(engines: &OwnEngines) -> (World, Sender) {
    let installation = engines.installation();
    let mut world =
        World::prepare(program(), installation.clone(), &Routes::direct(&installation)).await;
    world.set_insert_timeout(INSERT_TIMEOUT);
    world[Service::Ingest].set("HAOCHAPING_INGEST_PUBLISH_TIMEOUT_MS", "4000");
    world.start_all();
    world.until_ready().await;
    let sender = Sender::of(&world);
    (world, sender)
}

/// The disk under ClickHouse is full: inserts fail, the loader reports that it is not ready, and
/// the intake keeps accepting. Then there is space again.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_under_clickhouse_is_reported_and_recovered_from() {
    let Some(disk) = SmallDisk::mount() else { return };
    let folder = TempDir::new().expect("a folder");
    let kafka: PathBuf = folder.path().join("kafka");
    let engines = OwnEngines::at(program(), &kafka, &disk.path().join("clickhouse")).await;
    let (world, sender) = world_on(&engines).await;
    let load = load(&sender, 81);
    until("records are loaded", || async { world.stored().await > 100 }).await;
    disk.fill_up(64).await;
    until("the loader says that it cannot write", || async {
        !world.is_ready(Service::Loader).await
            && world[Service::Loader].log().contains("failed to write")
    })
    .await;
    let events = sender.events();
    until("the intake goes on", || async { sender.events() > events + 100 }).await;
    disk.make_room();
    load.finish().await;
    all_is_equal(&world, &sender).await;
}

/// The disk under Kafka is nearly full: the broker is shut down cleanly before it is full, nothing
/// more is acknowledged, and the broker starts again once there is space.
#[tokio::test(flavor = "multi_thread")]
async fn kafka_is_stopped_in_order_before_its_disk_is_full_and_goes_on_when_there_is_room() {
    let Some(disk) = SmallDisk::mount() else { return };
    let folder = TempDir::new().expect("a folder");
    let clickhouse: PathBuf = folder.path().join("clickhouse");
    let mut engines = OwnEngines::at(program(), &disk.path().join("kafka"), &clickhouse).await;
    let (world, sender) = world_on(&engines).await;
    let load = load(&sender, 82);
    until("records are loaded", || async { world.stored().await > 100 }).await;
    disk.fill_up(400 << 10).await;
    let (reason, is_in_order) = engines.until_kafka_is_stopped().await;
    assert!(is_in_order && reason.contains("free some space"), "{reason}");
    let refused = sender.refused();
    until("the intake refuses", || async { sender.refused() > refused }).await;
    disk.make_room();
    engines.start_kafka().await;
    world.until_ready().await;
    load.finish().await;
    all_is_equal(&world, &sender).await;
}

/// Posts until each partition of a topic has grown by so many records.
async fn load_into_each_partition(world: &World, sender: &Sender, topic: Topic, seed: u64) {
    let before = tamper::partitions(&world.installation.kafka, topic);
    let load = load(sender, seed);
    until("each partition has more", async || {
        tamper::reaches_beyond(&world.installation.kafka, topic, &before)
    })
    .await;
    load.finish().await;
}

/// Cuts the last batch of records off a log.
fn take_last_batch(path: &Path) -> Vec<u8> {
    let log = fs::read(path).expect("a log");
    let mut start = 0;
    loop {
        // Eight bytes hold the first offset, the next four the length of the rest.
        let length = log[start + 8..start + 12].try_into().expect("four bytes");
        let end = start + 12 + usize::try_from(u32::from_be_bytes(length)).expect("it fits");
        if end == log.len() {
            fs::write(path, &log[..start]).expect("it is written");
            return log[start..].to_vec();
        }
        start = end;
    }
}

/// A broker with a full disk writes records, fails before it has noted them, and writes others, or
/// the same ones again, at the same offsets; after a restart it shows all of them. The test writes
/// to the disk what such a broker leaves there: after the last batch of a partition, which nobody
/// has read, another partition's batch at the same offsets, and the partition's own batch once
/// more.
#[tokio::test(flavor = "multi_thread")]
async fn records_that_a_full_broker_has_written_at_the_offsets_of_others_are_loaded_too() {
    let mut engines = OwnEngines::start(program()).await;
    let (mut world, sender) = world_on(&engines).await;
    load_into_each_partition(&world, &sender, Topic::Services, 83).await;
    all_is_equal(&world, &sender).await;
    assert!(world[Service::Loader].terminate().success());
    load_into_each_partition(&world, &sender, Topic::Services, 84).await;
    assert!(world[Service::Ingest].terminate().success());
    engines.kill_kafka().await;
    let topic = world.installation.kafka.topic(Topic::Services);
    let [log, other_log] = [0, 1].map(|partition| engines.kafka_log(&topic, partition));
    let [own, other] = [&log, &other_log].map(|log| take_last_batch(log));
    // More of them may cost a broker the whole segment (decision 0014).
    assert!(own.len() + other.len() < 4096);
    let mut log = OpenOptions::new().append(true).open(log).expect("a log");
    let all = [own.as_slice(), &own[..8], &other[8..], &own].concat();
    log.write_all(&all).expect("it is written");
    engines.start_kafka().await;
    world[Service::Ingest].start();
    world.until_service_is_ready(Service::Ingest).await;
    // These get offsets that records of the other batch may have already.
    load_into_each_partition(&world, &sender, Topic::Services, 85).await;
    world[Service::Loader].start();
    all_is_equal(&world, &sender).await;
    let said = world[Service::Loader].log();
    assert!(said.contains("Kafka returned a second record at offsets"), "{said}");
    let rebuilt = world.command("rebuild", &["--all", "--records"]);
    let words = rebuilt.words();
    assert!(rebuilt.succeeded() && !words.contains("difference"), "{rebuilt}");
}
