//! All services as processes of the real binary.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::ops::{Index, IndexMut};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use client::{BATCH_TYPE, Client, EVENT_TYPE, Settings};
use domain::Kind;
use serde_json::Value;
use services::Service;
use strum::VariantArray;
use tempfile::TempDir;

use crate::commands::command;
use crate::engines::{Installation, free_port};
use crate::program::{Program, Said, apart, run, run_well};
use crate::routes::arguments;
use crate::wait::until;

pub use crate::routes::Routes;

/// The published month that tests play. It is built into the simulator.
const PUBLISHED_MONTH: &str = "guangdong-2023-07";

/// The sources with accounts. Each may post everything. The first is the simulator's.
pub const SOURCES: [&str; 2] = ["simulator", "hall-agent"];

/// The time limit for an answer of a service. A paused service must not block a test.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// The time limit for a service to say whether it is ready. A paused service says nothing.
const READY_TIMEOUT: Duration = Duration::from_secs(3);

/// All services of an installation, each as a process: `world[Service::Loader]` is the loader's.
pub struct World {
    program: PathBuf,
    /// The installation, without proxies.
    pub installation: Installation,
    services: BTreeMap<Service, Running>,
    http: reqwest::Client,
    /// This field is last, so that a service's output can still be read when the service is
    /// dropped.
    folder: TempDir,
}

/// A service as a process, and where it listens.
struct Running {
    program: Program,
    admin: u16,
    public: Option<u16>,
}

impl Index<Service> for World {
    type Output = Program;

    fn index(&self, service: Service) -> &Program {
        &self.services[&service].program
    }
}

impl IndexMut<Service> for World {
    fn index_mut(&mut self, service: Service) -> &mut Program {
        &mut self.services.get_mut(&service).expect("every service is in a world").program
    }
}

impl World {
    /// Starts every service of an installation.
    pub async fn start_at(program: &Path, installation: Installation) -> Self {
        let routes = Routes::direct(&installation);
        let mut world = Self::prepare(program, installation, &routes).await;
        world.start_all();
        world
    }

    /// Prepares everything and starts nothing, so that settings can be changed first.
    pub async fn prepare(program: &Path, installation: Installation, routes: &Routes) -> Self {
        installation.migrate().await;
        let folder = TempDir::new().expect("a folder");
        for source in SOURCES {
            hand_out_key(program, &installation, folder.path(), source);
        }
        let prepare = |service: Service| {
            let (admin, public) = (free_port(), service.is_public().then(free_port));
            let mut line = vec![service.name().to_owned(), "--admin-listen".into(), listen(admin)];
            if let Some(public) = public {
                line.extend(["--listen".to_owned(), listen(public)]);
            }
            line.extend(arguments(service, &routes[service]));
            let program = Program::new(program, folder.path(), service.name(), line);
            (service, Running { program, admin, public })
        };
        let services = Service::VARIANTS.iter().map(|service| prepare(*service)).collect();
        let http = reqwest::Client::builder().no_proxy().timeout(ANSWER_TIMEOUT).build();
        let http = http.expect("an HTTP client");
        Self { program: program.to_owned(), installation, services, http, folder }
    }

    /// Starts every service.
    pub fn start_all(&mut self) {
        for service in Service::VARIANTS {
            self[*service].start();
        }
    }

    /// One more process of a service that nobody calls, not started yet.
    pub fn another(&self, service: Service, name: &str) -> Program {
        self.another_at(service, name, free_port())
    }

    /// The same with a known port, for its metrics.
    pub fn another_at(&self, service: Service, name: &str, admin: u16) -> Program {
        let mut line = vec![service.name().to_owned(), "--admin-listen".to_owned(), listen(admin)];
        line.extend(arguments(service, &self.installation));
        Program::new(&self.program, self.folder.path(), name, line)
    }

    /// Waits until every service says that it is ready.
    pub async fn until_ready(&self) {
        for service in Service::VARIANTS {
            self.until_service_is_ready(*service).await;
        }
    }

    /// Whether every service says that it is ready.
    pub async fn all_are_ready(&self) -> bool {
        for service in Service::VARIANTS {
            if !self.is_ready(*service).await {
                return false;
            }
        }
        true
    }

    /// Sets the insert timeout of the loader, from its next start on.
    pub fn set_insert_timeout(&mut self, timeout: Duration) {
        self[Service::Loader]
            .set("HAOCHAPING_LOADER_INSERT_TIMEOUT_S", timeout.as_secs().to_string());
    }

    /// Keeps the logs of the services, and returns their folder.
    pub fn keep(&mut self) -> &Path {
        self.folder.disable_cleanup(true);
        self.folder.path()
    }

    /// The panics in the logs of services, including those before a restart.
    pub fn panicked(&self) -> String {
        let logs = fs::read_dir(self.folder.path()).expect("the folder is there");
        let logs = logs.map(|log| log.expect("a file").path());
        let logs = logs.filter(|path| path.extension().is_some_and(|it| it == "log"));
        let text = |path| fs::read_to_string(path).unwrap_or_default();
        let lines: Vec<_> = logs.map(text).collect();
        let of_panics = |text: &String| {
            text.lines()
                .filter(|line| line.contains("panicked"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        lines.iter().flat_map(of_panics).collect::<Vec<_>>().join("\n")
    }

    /// Waits until a service says that it is ready.
    pub async fn until_service_is_ready(&self, service: Service) {
        until(&format!("{service} is ready"), || self.is_ready(service)).await;
    }

    /// Whether a service says that it is ready.
    pub async fn is_ready(&self, service: Service) -> bool {
        let url = format!("http://127.0.0.1:{}/health/ready", self.services[&service].admin);
        self.http
            .get(&url)
            .timeout(READY_TIMEOUT)
            .send()
            .await
            .is_ok_and(|answer| answer.status().is_success())
    }

    /// A metric of a service, summed over its labels, or zero before it exists.
    pub async fn metric(&self, service: Service, name: &str) -> u64 {
        self.metric_at(self.services[&service].admin, name).await
    }

    /// The same for the process on a port.
    pub async fn metric_at(&self, admin: u16, name: &str) -> u64 {
        let url = format!("http://127.0.0.1:{admin}/metrics");
        let answer = self.http.get(&url).send().await.expect("the service answers");
        let metrics = answer.text().await.expect("a text");
        let of_name = metrics.lines().filter(|line| {
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{']))
        });
        let values = of_name.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
        values.sum()
    }

    /// The number of distinct stored records.
    pub async fn stored(&self) -> u64 {
        let client = self.installation.clickhouse.client();
        let query = client.query("SELECT uniqExact(position) FROM records");
        query.fetch_one().await.unwrap_or(0)
    }

    /// The URL of the public API.
    pub fn public(&self) -> String {
        format!("http://{}", self.public_address())
    }

    /// The URL of the intake.
    pub fn intake(&self) -> String {
        format!("http://{}", self.intake_address())
    }

    /// The socket address of the intake.
    pub fn intake_address(&self) -> SocketAddr {
        self.address_of(Service::Ingest)
    }

    /// The socket address of the public API.
    pub fn public_address(&self) -> SocketAddr {
        self.address_of(Service::Disclosure)
    }

    fn address_of(&self, service: Service) -> SocketAddr {
        services::on_this_machine(self.services[&service].public.expect("others use it"))
    }

    /// The key of the account `simulator`.
    pub fn key(&self) -> String {
        self.key_of(SOURCES[0])
    }

    /// The key of one of the [`SOURCES`].
    pub fn key_of(&self, source: &str) -> String {
        let key = fs::read_to_string(self.key_file(source)).expect("the key was written");
        key.trim().to_owned()
    }

    fn key_file(&self, source: &str) -> PathBuf {
        self.folder.path().join(format!("{source}.key"))
    }

    /// The response at a path of the public API, or `None` if it is an error.
    pub async fn disclosed(&self, path: &str) -> Option<Value> {
        let answer = self.http.get(format!("{}{path}", self.public())).send().await.ok()?;
        if answer.status().is_success() { answer.json().await.ok() } else { None }
    }

    /// How the account of one of the [`SOURCES`] posts to the intake.
    pub fn posting_as(&self, source: &str) -> Settings {
        let intake = self.intake().parse().expect("an address");
        Settings {
            answer_timeout: ANSWER_TIMEOUT,
            ..Settings::new(intake, self.key_of(source).into())
        }
    }

    /// Posts one event, once: the answer is what a test asks for.
    pub async fn post(&self, path: &str, event: &Value) -> Answer {
        self.send(path, EVENT_TYPE, event).await
    }

    /// Posts several events in one request, once.
    pub async fn post_batch(&self, path: &str, events: &Value) -> Answer {
        self.send(path, BATCH_TYPE, events).await
    }

    async fn send(&self, path: &str, content_type: &str, body: &Value) -> Answer {
        let client = Client::new(self.posting_as(SOURCES[0])).expect("an HTTP client");
        let answer = client.send(&format!("v1/{path}"), content_type, body.to_string()).await;
        let answer = answer.expect("the intake answers");
        let retry_after = answer.retry_after.map(|after| after.as_secs().to_string());
        let body = serde_json::from_slice(&answer.body).expect("JSON");
        Answer { status: answer.status.as_u16(), retry_after, body }
    }

    /// Waits until a month has this many counted reviews.
    pub async fn until_counted(&self, month: &str, reviews: u64) {
        until(&format!("{reviews} reviews are counted"), || async {
            let month = self.disclosed(month).await;
            month.is_some_and(|month| month["total"]["reviews"]["counted"] == reviews)
        })
        .await;
    }

    /// The `ETag` at a path of the API.
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

    /// The status for a reader who has the representation with this tag.
    pub async fn status_if_none_match(&self, path: &str, tag: &str) -> u16 {
        let request =
            self.http.get(format!("{}{path}", self.public())).header("if-none-match", tag);
        request.send().await.expect("the API answers").status().as_u16()
    }

    /// Waits until a month's figures by item have caught up with those of the month.
    pub async fn until_items_are_counted(&self, month: &str) {
        until("the figures by area add up to those of the month", || async {
            let areas = self.disclosed(&format!("{month}/areas?level=city")).await;
            let month = self.disclosed(month).await;
            let (Some(month), Some(areas)) = (month, areas) else { return false };
            let rows = areas["rows"].as_array().expect("a list").iter();
            let counted: u64 = rows.filter_map(|row| row["reviews"]["counted"].as_u64()).sum();
            month["total"]["reviews"]["counted"] == counted
        })
        .await;
    }

    /// Runs a command on the engines of this installation.
    pub fn command(&self, name: &str, arguments: &[&str]) -> Said {
        command(&self.program, &self.installation, name, arguments)
    }

    /// Runs `haochaping ledger`. Returns whether it closes, and its output.
    pub fn ledger(&self, more: &[&str]) -> (bool, String) {
        let said = self.command("ledger", more);
        (said.succeeded(), said.to_string())
    }

    /// Posts the published month in the background.
    pub fn simulate(&self, scale: &str, more: &[&str]) -> Simulation {
        self.simulate_month(PUBLISHED_MONTH, scale, more)
    }

    /// Posts a month in the background, by its name or the path of its file.
    pub fn simulate_month(&self, month: &str, scale: &str, more: &[&str]) -> Simulation {
        let mut command = apart(&self.program);
        command.args(["simulate", "month", month]);
        command.args(["--scale", scale, "--ingest-url", &self.intake(), "--api-key-file"]);
        command.arg(self.key_file(SOURCES[0])).args(more).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Simulation(command.spawn().expect("the simulator starts"))
    }

    /// Compares the published month with the disclosed one, and fails if they still differ at the
    /// end. Returns the output.
    pub fn reconcile(&self, scale: &str) -> String {
        let public = self.public();
        let installation = ["--disclosure-url", &public, "--wait", "90"];
        let what = ["reconcile", PUBLISHED_MONTH, "--scale", scale];
        run_well(&self.program, &[&what[..], &installation].concat())
    }
}

fn listen(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

/// Hands out a key of an account that may post everything, however late. An installation that had a
/// world before has the account already, which then gets another key.
fn hand_out_key(program: &Path, installation: &Installation, folder: &Path, source: &str) {
    let key = folder.join(format!("{source}.key"));
    let kafka = arguments(Service::Ingest, installation);
    let kafka: Vec<_> = kafka.iter().map(String::as_str).collect();
    let key = key.to_str().expect("UTF-8");
    let whose = [&["--key-file", key, "--source", source], &kafka[..]].concat();
    let may = ["--nationwide", "--late-days", "65535"];
    let posts: Vec<_> = Kind::VARIANTS.iter().flat_map(|kind| ["--post", kind.into()]).collect();
    let added = run(program, &[&["account", "add"], &whose[..], &may, &posts].concat());
    if !added.succeeded() {
        let rotated = run(program, &[&["account", "rotate"], &whose[..]].concat());
        assert!(rotated.succeeded(), "{source} got no key: {added}\n{rotated}");
    }
}

/// An answer of the intake.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The header `Retry-After`.
    pub retry_after: Option<String>,
    /// The body.
    pub body: Value,
}

/// A running simulation.
pub struct Simulation(Child);

impl Simulation {
    /// Whether it is still posting.
    pub fn is_running(&mut self) -> bool {
        self.0.try_wait().expect("its state is known").is_none()
    }

    /// Waits until everything is posted.
    pub fn finish(self) {
        let said = Said::from(self.0.wait_with_output().expect("it has ended"));
        assert!(said.succeeded(), "the simulation failed: {said}");
    }
}
