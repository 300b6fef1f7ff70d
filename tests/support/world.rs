//! All services as processes of the real binary, on engines that are shared or the test's own.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::engines::{Engines, HAOCHAPING, Place, free_port};
use super::program::{Program, run_well};
use super::{published_month, until};

/// A small installation.
pub struct World {
    folder: TempDir,
    pub place: Place,
    pub ingest: Program,
    pub loader: Program,
    pub counter: Program,
    pub disclosure: Program,
    ports: Ports,
    http: reqwest::Client,
}

/// Where the services listen.
#[derive(Clone, Copy)]
struct Ports {
    intake: u16,
    public: u16,
    admin: [u16; 4],
}

/// The services, in the order of [`Ports::admin`].
const SERVICES: [&str; 4] = ["ingest", "loader", "counter", "disclosure"];

impl World {
    /// Everything runs, on the shared engines.
    pub async fn start() -> Self {
        let world = Self::at(Engines::shared().new_place()).await;
        world.until_ready().await;
        world
    }

    /// Everything runs at a place.
    pub async fn at(place: Place) -> Self {
        place.migrate().await;
        let folder = TempDir::new().expect("a folder");
        let ports = Ports {
            intake: free_port(),
            public: free_port(),
            admin: std::array::from_fn(|_| free_port()),
        };
        let accounts = folder.path().join("accounts.json");
        let key = folder.path().join("key");
        let [accounts_path, key_path] = [&accounts, &key].map(|path| path.to_str().expect("UTF-8"));
        run_well(&[
            "account",
            "add",
            "--accounts",
            accounts_path,
            "--key-file",
            key_path,
            "--source",
            "simulator",
            "--nationwide",
            "--late-days",
            "65535",
            "--post",
            "service",
            "--post",
            "review",
            "--post",
            "disposition",
        ]);

        let listen = |port: u16| format!("127.0.0.1:{port}");
        let kafka = [
            "--kafka-brokers".to_owned(),
            place.kafka.kafka_brokers.clone(),
            "--topic-prefix".to_owned(),
            place.kafka.topic_prefix.clone(),
        ];
        let clickhouse = [
            "--clickhouse-url".to_owned(),
            place.clickhouse.clickhouse_url.clone(),
            "--clickhouse-database".to_owned(),
            place.clickhouse.clickhouse_database.clone(),
        ];
        let program = |index: usize, more: &[&[String]]| {
            let mut arguments = vec![
                SERVICES[index].to_owned(),
                "--admin-listen".to_owned(),
                listen(ports.admin[index]),
            ];
            arguments.extend(more.iter().flat_map(|some| some.iter().cloned()));
            Program::new(folder.path(), SERVICES[index], arguments)
        };
        let intake = [
            "--listen".to_owned(),
            listen(ports.intake),
            "--accounts".to_owned(),
            accounts_path.to_owned(),
        ];
        let public = ["--listen".to_owned(), listen(ports.public)];
        let mut world = Self {
            ingest: program(0, &[&intake, &kafka]),
            loader: program(1, &[&kafka, &clickhouse]),
            counter: program(2, &[&kafka, &clickhouse]),
            disclosure: program(3, &[&public, &clickhouse]),
            folder,
            place,
            ports,
            http: reqwest::Client::builder().no_proxy().build().expect("an HTTP client"),
        };
        world.ingest.start();
        world.loader.start();
        world.counter.start();
        world.disclosure.start();
        world
    }

    /// Waits until every service says that it is ready.
    pub async fn until_ready(&self) {
        for (service, port) in SERVICES.into_iter().zip(self.ports.admin) {
            let url = format!("http://127.0.0.1:{port}/health/ready");
            until(&format!("{service} is ready"), || async {
                self.http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success())
            })
            .await;
        }
    }

    /// The address of the public API.
    pub fn public(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.public)
    }

    /// The address of the intake.
    pub fn intake(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.intake)
    }

    /// The key of the account `simulator`.
    pub fn key(&self) -> String {
        let key = std::fs::read_to_string(self.key_file()).expect("the key was written");
        key.trim().to_owned()
    }

    fn key_file(&self) -> PathBuf {
        self.folder.path().join("key")
    }

    /// A client for anything.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// What the public sees at an address of the API; nothing if it answers with an error.
    pub async fn disclosed(&self, path: &str) -> Option<Value> {
        let answer = self.http.get(format!("{}{path}", self.public())).send().await.ok()?;
        if answer.status().is_success() { answer.json().await.ok() } else { None }
    }

    /// Begins to post the published month, while the test goes on.
    pub fn simulate(&self, scale: &str, more: &[&str]) -> Simulation {
        let mut command = Command::new(HAOCHAPING);
        command.args(["simulate", "month"]).arg(published_month());
        command.args(["--scale", scale, "--ingest-url", &self.intake(), "--api-key-file"]);
        command.arg(self.key_file()).args(more).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Simulation(command.spawn().expect("the simulator starts"))
    }

    /// Lays the published month beside the disclosed one; fails if they differ in the end.
    pub fn reconcile(&self, scale: &str) {
        let month = published_month();
        let said = run_well(&[
            "reconcile",
            month.to_str().expect("UTF-8"),
            "--scale",
            scale,
            "--disclosure-url",
            &self.public(),
            "--wait",
            "90",
        ]);
        println!("{said}");
    }
}

/// A simulation that is under way.
pub struct Simulation(Child);

impl Simulation {
    /// Waits until all is posted.
    pub fn finish(self) {
        let output = self.0.wait_with_output().expect("it has ended");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
