//! All services as processes of the real binary, on engines that are shared or the test's own.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::engines::{Engines, HAOCHAPING, Place, free_port};
use super::events::MONTH;
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

    /// What the public sees at an address of the API; nothing if it answers with an error.
    pub async fn disclosed(&self, path: &str) -> Option<Value> {
        let answer = self.http.get(format!("{}{path}", self.public())).send().await.ok()?;
        if answer.status().is_success() { answer.json().await.ok() } else { None }
    }

    /// Posts one event.
    pub async fn post(&self, path: &str, event: &Value) -> Answer {
        self.send(path, "application/cloudevents+json", event).await
    }

    /// Posts several events at once.
    pub async fn post_batch(&self, path: &str, events: &Value) -> Answer {
        self.send(path, "application/cloudevents-batch+json", events).await
    }

    async fn send(&self, path: &str, content_type: &str, body: &Value) -> Answer {
        let answer = self
            .http
            .post(format!("{}/v1/{path}", self.intake()))
            .bearer_auth(self.key())
            .header("content-type", content_type)
            .body(body.to_string())
            .send()
            .await
            .expect("the intake answers");
        let retry_after = answer.headers().get("retry-after");
        let retry_after = retry_after.map(|value| value.to_str().expect("ASCII").to_owned());
        let status = answer.status().as_u16();
        Answer { status, retry_after, body: answer.json().await.expect("JSON") }
    }

    /// Waits until so many reviews count.
    pub async fn until_counted(&self, reviews: u64) {
        until(&format!("{reviews} reviews are counted"), || async {
            let month = self.disclosed(MONTH).await;
            month.is_some_and(|month| month["total"]["reviews"]["counted"] == reviews)
        })
        .await;
    }

    /// The `ETag` of an address of the API.
    pub async fn tag(&self, path: &str) -> String {
        let answer = self.http.get(format!("{}{path}", self.public())).send().await;
        let answer = answer.expect("the API answers");
        let headers = answer.headers();
        assert_eq!(
            headers.get("access-control-allow-origin").map(reqwest::header::HeaderValue::as_bytes),
            Some(&b"*"[..])
        );
        headers["etag"].to_str().expect("ASCII").to_owned()
    }

    /// What is answered to who has the representation of a tag.
    pub async fn status_if_none_match(&self, path: &str, tag: &str) -> u16 {
        let request =
            self.http.get(format!("{}{path}", self.public())).header("if-none-match", tag);
        request.send().await.expect("the API answers").status().as_u16()
    }

    /// Waits until the figures by item have caught up with those of the month.
    pub async fn until_items_are_counted(&self) {
        until("the figures by area add up to those of the month", || async {
            let month = self.disclosed(MONTH).await;
            let areas = self.disclosed(&format!("{MONTH}/areas?level=city")).await;
            let (Some(month), Some(areas)) = (month, areas) else { return false };
            let rows = areas["rows"].as_array().expect("a list").iter();
            let counted: u64 = rows.filter_map(|row| row["reviews"]["counted"].as_u64()).sum();
            month["total"]["reviews"]["counted"] == counted
        })
        .await;
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

/// What the intake answered.
pub struct Answer {
    pub status: u16,
    pub retry_after: Option<String>,
    pub body: Value,
}

/// A simulation that is under way.
pub struct Simulation(Child);

impl Simulation {
    /// Whether it goes on to post.
    pub fn is_running(&mut self) -> bool {
        self.0.try_wait().expect("its state is known").is_none()
    }

    /// Waits until all is posted.
    pub fn finish(self) {
        let output = self.0.wait_with_output().expect("it has ended");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
