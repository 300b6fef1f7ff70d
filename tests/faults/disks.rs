//! A full disk under either engine. The disks are small file systems in memory, which only root can
//! mount; elsewhere these tests say so and do nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use testbed::engines::OwnEngines;
use testbed::wait::until;
use testbed::world::{Routes, World};
use torture::sender::Sender;

use super::{INSERT_TIMEOUT, all_is_equal, load};
use crate::support::program;

/// As large as an engine demands at its start; it takes memory only for what is written.
const ROOMY: &str = "size=1200m";

/// A file system whose size can be changed.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// Nothing where it cannot be mounted.
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

    /// Leaves so many KiB beside what is written.
    async fn fill_up(&self, free_kib: u64) {
        // While it is measured more may be written than is left free: then it is refused.
        until("the disk is made small", async || {
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
    let place = engines.place();
    let mut world = World::prepare(program(), place.clone(), &Routes::direct(&place)).await;
    world.set_insert_timeout(INSERT_TIMEOUT);
    world.ingest.set("HAOCHAPING_INGEST_PUBLISH_TIMEOUT_MS", "4000");
    world.start_all();
    world.until_ready().await;
    let sender = Sender::of(&world);
    (world, sender)
}

/// No room under ClickHouse: inserts fail, the loader says that it is not ready, and the intake goes on
/// accepting. Then there is room again.
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
        !world.is_ready("loader").await && world.loader.log().contains("failed to write")
    })
    .await;
    let events = sender.events();
    until("the intake goes on", || async { sender.events() > events + 100 }).await;
    disk.make_room();
    load.finish().await;
    all_is_equal(&world, &sender).await;
}

/// No room under Kafka: nothing is acknowledged any more, the broker ends, and is started again when
/// there is room.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_under_kafka_is_refused_and_recovered_from() {
    let Some(disk) = SmallDisk::mount() else { return };
    let folder = TempDir::new().expect("a folder");
    let clickhouse: PathBuf = folder.path().join("clickhouse");
    let mut engines = OwnEngines::at(program(), &disk.path().join("kafka"), &clickhouse).await;
    let (world, sender) = world_on(&engines).await;
    let load = load(&sender, 82);
    until("records are loaded", || async { world.stored().await > 100 }).await;
    disk.fill_up(64).await;
    let words = engines.until_kafka_has_ended().await;
    println!("{}", words.lines().next().unwrap_or_default());
    let refused = sender.refused();
    until("the intake refuses", || async { sender.refused() > refused }).await;
    disk.make_room();
    engines.start_kafka().await;
    world.until_ready().await;
    load.finish().await;
    all_is_equal(&world, &sender).await;
}
