//! Accounts while everything runs: what a change does, when it takes effect, and what cannot go wrong.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::EpochSeconds;
use serde_json::{Value, json};
use services::Service;
use tempfile::TempDir;
use testbed::engines::{Installation, OwnEngines};
use testbed::program::Said;
use testbed::wait::{until, until_within};
use testbed::world::{Routes, World};
use topics::Topic;
use torture::tamper;

use crate::support::engines::Engines;
use crate::support::events::{MONTH, review};
use crate::support::{program, run};

/// Within which time a change has to take effect.
const EFFECTIVE: Duration = Duration::from_secs(2);

/// How long a command may take that cannot reach Kafka: its own bound, and some time to start.
const COMMAND_MAX: Duration = Duration::from_secs(40);

/// An installation of which only the intake runs.
async fn intake() -> World {
    let place = Engines::shared().new_installation();
    let mut world = World::prepare(program(), place.clone(), &Routes::direct(&place)).await;
    world[Service::Ingest].start();
    world.until_service_is_ready(Service::Ingest).await;
    world
}

/// Runs `haochaping account`.
fn account(place: &Installation, arguments: &[&str]) -> Said {
    let kafka = &place.kafka;
    let (what, more) = arguments.split_first().expect("a subcommand");
    let engine = ["--kafka-brokers", &kafka.kafka_brokers, "--topic-prefix", &kafka.topic_prefix];
    run(&[&["account", what], &engine[..], more].concat())
}

fn account_well(place: &Installation, arguments: &[&str]) -> String {
    let said = account(place, arguments);
    assert!(said.succeeded(), "{arguments:?} failed: {said}");
    said.words()
}

/// Adds an account for Tianhe, and returns its key.
fn add(place: &Installation, source: &str, more: &[&str]) -> String {
    let usual = ["add", "--source", source, "--area-code", "440106000000", "--late-days", "65535"];
    account_well(place, &[&usual[..], more].concat()).trim().to_owned()
}

fn list(place: &Installation) -> Value {
    serde_json::from_str(&account_well(place, &["list", "--json"])).expect("JSON")
}

/// A client that posts with a key.
#[derive(Clone)]
struct Poster {
    http: reqwest::Client,
    intake: String,
    source: String,
}

impl Poster {
    fn new(world: &World, source: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        Self { http, intake: world.intake(), source: source.to_owned() }
    }

    fn event(&self, number: u64) -> Value {
        let mut event = review(number, "satisfied");
        event["source"] = json!(self.source);
        event
    }

    async fn send(&self, key: &str, content_type: &str, body: String) -> (u16, Value) {
        let request = self.http.post(format!("{}/v1/reviews", self.intake)).bearer_auth(key);
        let request = request.header("content-type", content_type).body(body);
        let answer = request.send().await.expect("the intake answers");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }

    /// Posts one review.
    async fn post(&self, key: &str, number: u64) -> (u16, Value) {
        let event = self.event(number).to_string();
        self.send(key, "application/cloudevents+json", event).await
    }

    async fn status(&self, key: &str) -> u16 {
        self.post(key, 1).await.0
    }

    async fn until_refused(&self, key: &str, detail: &str) {
        until_within(EFFECTIVE, &format!("the key is refused: {detail}"), || async {
            let (status, body) = self.post(key, 1).await;
            status == 401 && body["detail"].as_str().is_some_and(|said| said.contains(detail))
        })
        .await;
    }

    async fn until_accepted(&self, key: &str) {
        until_within(EFFECTIVE, "the key is good", || async { self.status(key).await == 202 })
            .await;
    }
}

#[tokio::test]
async fn an_account_that_is_added_posts_within_two_seconds_and_without_a_restart() {
    let world = intake().await;
    let pid = world[Service::Ingest].pid();
    let poster = Poster::new(&world, "guangzhou/new-hall");
    let folder = TempDir::new().expect("a folder");
    let key_file = folder.path().join("hall.key");
    let key_path = key_file.to_str().expect("UTF-8");
    let said = add(&world.installation, "guangzhou/new-hall", &["--key-file", key_path]);
    assert_eq!(said, "", "a key that goes into a file is not printed");
    let key = fs::read_to_string(&key_file).expect("the key was written").trim().to_owned();
    poster.until_accepted(&key).await;
    assert_eq!(world[Service::Ingest].pid(), pid);

    // Only its hash is in Kafka.
    let listed = list(&world.installation);
    let accounts = listed["accounts"].as_array().expect("a list");
    let ours = accounts.iter().find(|account| account["source"] == "guangzhou/new-hall");
    let ours = ours.expect("it is listed");
    assert_eq!(ours["area_code"], "440106000000");
    assert_eq!(ours["keys"][0]["state"], "good");
    assert!(!listed.to_string().contains(&key[4..]));
    let simulator = accounts.iter().find(|account| account["source"] == "simulator");
    assert_eq!(simulator.expect("it is listed")["nationwide"], true);
}

/// Batches are under way. What was acknowledged counts, and the next request is refused as a whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_revoked_amid_batches_is_refused_and_what_was_acknowledged_counts() {
    let place = Engines::shared().new_installation();
    let world = World::start_at(program(), place).await;
    world.until_ready().await;
    let poster = Poster::new(&world, "hall");
    let key = add(&world.installation, "hall", &[]);
    poster.until_accepted(&key).await;

    let posting = tokio::spawn({
        let (poster, key) = (poster.clone(), key.clone());
        async move {
            let mut acknowledged = 1_u64;
            for batch in 1.. {
                let numbers = (batch * 100)..(batch * 100 + 20);
                let events: Vec<_> = numbers.map(|number| poster.event(number)).collect();
                let events = Value::from(events).to_string();
                let batch = "application/cloudevents-batch+json";
                let (status, body) = poster.send(&key, batch, events).await;
                if status == 401 {
                    return (acknowledged, body);
                }
                assert_eq!(status, 200, "{body}");
                let results = body["results"].as_array().expect("a list");
                assert!(results.iter().all(|it| it["status"] == "accepted"), "{body}");
                acknowledged += results.len() as u64;
            }
            unreachable!("the numbers of batches do not end")
        }
    });
    until("some batches are counted", || async {
        let month = world.disclosed(MONTH).await;
        let counted = month.and_then(|month| month["total"]["reviews"]["counted"].as_u64());
        counted.is_some_and(|counted| counted > 40)
    })
    .await;
    account_well(&world.installation, &["revoke", "--source", "hall"]);
    let refused = tokio::time::timeout(EFFECTIVE, posting).await.expect("it is refused in time");
    let (acknowledged, body) = refused.expect("no panic");
    assert_eq!(body["type"], "urn:haochaping:problem:unauthenticated");
    assert!(body["detail"].as_str().expect("words").contains("revoked"), "{body}");
    world.until_counted(MONTH, acknowledged).await;
    let (closes, ledger) = world.ledger(&[]);
    assert!(closes, "{ledger}");
}

#[tokio::test]
async fn a_key_expires_by_itself() {
    let world = intake().await;
    let poster = Poster::new(&world, "hall");
    let now = daemon::Clock::System.now();
    let at: EpochSeconds = now.saturating_add(5);
    let key = add(&world.installation, "hall", &["--expires-at", &at.to_string()]);
    poster.until_accepted(&key).await;
    until("the key has expired", || async { daemon::Clock::System.now() >= at }).await;
    poster.until_refused(&key, "expired").await;
}

/// The old key stays good until whoever uses it has the new one, and not longer.
#[tokio::test]
async fn after_a_rotation_the_old_key_is_good_for_the_overlap_and_not_longer() {
    let world = intake().await;
    let poster = Poster::new(&world, "hall");
    let old = add(&world.installation, "hall", &[]);
    poster.until_accepted(&old).await;
    let rotate = ["rotate", "--source", "hall", "--overlap", "4s"];
    let new = account_well(&world.installation, &rotate).trim().to_owned();
    poster.until_accepted(&new).await;
    assert_eq!(poster.status(&old).await, 202, "the overlap has just begun");
    tokio::time::timeout(Duration::from_secs(10), async {
        while poster.status(&old).await == 202 {}
    })
    .await
    .expect("the overlap ends");
    poster.until_refused(&old, "expired").await;
    assert_eq!(poster.status(&new).await, 202);
}

#[tokio::test]
async fn a_command_that_asks_for_something_wrong_says_what_to_do_and_changes_nothing() {
    let place = Engines::shared().new_installation();
    place.migrate().await;
    add(&place, "hall", &[]);
    let before = list(&place);
    let folder = TempDir::new().expect("a folder");
    let taken = folder.path().join("taken.key");
    fs::write(&taken, "hcp_1\n").expect("a file");
    let taken = taken.to_str().expect("UTF-8");
    let area = ["--area-code", "440106000000"];
    for (arguments, words) in [
        (&["add", "--source", "hall", area[0], area[1]][..], "account rotate --source hall"),
        (&["add", "--source", "b", area[0], "449999000000"], "no list of areas"),
        (&["add", "--source", "b", area[0], "4401"], "twelve digits"),
        (&["add", "--source", "b"], "--area-code"),
        (&["add", "--source", "b", "--nationwide", area[0], area[1]], "cannot be used with"),
        (&["add", "--source", "b", "--nationwide", "--key-file", taken], "never written over"),
        (
            &["add", "--source", "b", "--nationwide", "--expires-at", "2020-01-01T00:00:00Z"],
            "not in the future",
        ),
        (&["rotate", "--source", "b"], "no account of b"),
        (&["rotate", "--source", "hall", "--overlap", "soon"], "24h"),
        (&["revoke", "--source", "b"], "no account of b"),
        (&["revoke", "--source", "hall", "--key", "00000000"], "no key 00000000"),
    ] {
        let said = account(&place, arguments);
        assert!(!said.succeeded(), "{arguments:?}");
        assert!(said.to_string().contains(words), "{arguments:?}: {said}");
    }
    assert_eq!(list(&place), before);
    assert_eq!(fs::read_to_string(taken).expect("a file"), "hcp_1\n");
}

/// Two people who do the same at once: Kafka has no conditional write, so they fence each other.
#[tokio::test(flavor = "multi_thread")]
async fn of_several_who_add_the_same_account_at_once_one_succeeds() {
    let place = Arc::new(Engines::shared().new_installation());
    place.migrate().await;
    let adding = (0..4).map(|_| {
        let place = Arc::clone(&place);
        tokio::task::spawn_blocking(move || {
            account(&place, &["add", "--source", "hall", "--nationwide"])
        })
    });
    let adding: Vec<_> = adding.collect();
    let mut keys = Vec::new();
    for added in adding {
        let said = added.await.expect("no panic");
        if said.succeeded() {
            keys.push(said.words().trim().to_owned());
        } else {
            assert!(said.to_string().contains("already an account"), "{said}");
        }
    }
    assert_eq!(keys.len(), 1, "one of them has made the account");
    let listed = list(&place);
    assert_eq!(listed["accounts"][0]["revision"], 1);
    let id = &blake3::hash(keys[0].as_bytes()).to_hex()[..8];
    assert_eq!(listed["accounts"][0]["keys"][0]["id"], id);
}

/// Kafka is away while an account is added: the command says so within a bounded time, nothing is
/// half done, and the same command succeeds later.
#[tokio::test]
async fn without_kafka_a_command_says_so_in_time_and_leaves_nothing_half_done() {
    let mut engines = OwnEngines::start(program()).await;
    let place = engines.installation();
    place.migrate().await;
    add(&place, "first", &[]);
    let folder = TempDir::new().expect("a folder");
    let key_file: PathBuf = folder.path().join("hall.key");
    let key_path = key_file.to_str().expect("UTF-8");
    let arguments = ["add", "--source", "hall", "--nationwide", "--key-file", key_path];

    engines.kill_kafka().await;
    let began = Instant::now();
    let said = account(&place, &arguments);
    assert!(began.elapsed() < COMMAND_MAX, "{:?}", began.elapsed());
    assert!(!said.succeeded());
    assert!(said.to_string().contains("nothing was changed"), "{said}");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "no key, no remains");

    engines.start_kafka().await;
    let sources = |place: &Installation| {
        let listed = list(place);
        let accounts = listed["accounts"].as_array().expect("a list").clone();
        accounts.into_iter().map(|account| account["source"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(sources(&place), ["first"]);
    account_well(&place, &arguments);
    assert_eq!(sources(&place), ["first", "hall"]);
    assert!(Path::new(key_path).exists());
}

/// An intake that starts without Kafka knows no account: it is not ready, and refuses nobody for
/// good. It becomes ready by itself, and keeps what it knows when Kafka goes away again.
#[tokio::test]
async fn an_intake_that_starts_without_kafka_becomes_ready_by_itself() {
    let mut engines = OwnEngines::start(program()).await;
    let place = engines.installation();
    let mut world = World::prepare(program(), place.clone(), &Routes::direct(&place)).await;
    world[Service::Ingest].set("HAOCHAPING_INGEST_PUBLISH_TIMEOUT_MS", "3000");
    engines.kill_kafka().await;
    world[Service::Ingest].start();
    let poster = Poster::new(&world, "simulator");
    let health = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
    until("the intake listens", || async { health.get(world.intake()).send().await.is_ok() }).await;
    let (status, body) = poster.post(&world.key(), 1).await;
    assert_eq!(status, 503, "{body}");
    assert!(body["detail"].as_str().expect("words").contains("does not know the accounts"));
    assert!(!world.is_ready(Service::Ingest).await);

    engines.start_kafka().await;
    world.until_service_is_ready(Service::Ingest).await;
    assert_eq!(poster.status(&world.key()).await, 202);

    engines.kill_kafka().await;
    let (status, body) = poster.post(&world.key(), 2).await;
    assert_eq!((status, &body["type"]), (503, &json!("urn:haochaping:problem:not-acknowledged")));
}

/// Something that is no event of an account lies in the topic, under the key of one: its account is
/// closed, for the record may have revoked it, and no other is. Saying the account again mends it.
#[tokio::test]
async fn an_event_that_cannot_be_read_closes_its_own_account_and_no_other() {
    const UNREADABLE: &str = "haochaping_state_unreadable";
    let world = intake().await;
    let poster = Poster::new(&world, "hall");
    let key = add(&world.installation, "hall", &[]);
    poster.until_accepted(&key).await;
    tamper::write(&world.installation, "accounts", "hall", b"{}").await;
    poster.until_refused(&key, "belongs to no account").await;
    let other = Poster::new(&world, "simulator");
    assert_eq!(other.status(&world.key()).await, 202);
    assert_eq!(world.metric(Service::Ingest, UNREADABLE).await, 1);
    assert_eq!(list(&world.installation)["unreadable"][0]["source"], "hall");

    // An intake that starts now knows the others just the same.
    let mut world = world;
    world[Service::Ingest].terminate();
    world[Service::Ingest].start();
    world.until_service_is_ready(Service::Ingest).await;
    assert_eq!(other.status(&world.key()).await, 202);
    assert_eq!(poster.status(&key).await, 401);

    let said = account(&world.installation, &["rotate", "--source", "hall"]);
    assert!(said.to_string().contains("account add"), "{said}");
    let key = add(&world.installation, "hall", &[]);
    poster.until_accepted(&key).await;
    assert_eq!(world.metric(Service::Ingest, UNREADABLE).await, 0);
}

/// The topic is deleted and recreated: what was known holds until the new topic has been read, and
/// then its accounts hold alone.
#[tokio::test]
async fn a_topic_that_was_recreated_is_followed_from_its_beginning() {
    let world = intake().await;
    let poster = Poster::new(&world, "hall");
    let old = add(&world.installation, "hall", &[]);
    poster.until_accepted(&old).await;
    tamper::recreate(&world.installation.kafka, Topic::Accounts).await;
    until("the topic is known again", || async {
        account(&world.installation, &["list"]).succeeded()
    })
    .await;
    let new = add(&world.installation, "hall", &[]);
    // It takes a moment to notice; meanwhile the old accounts hold.
    until("the new accounts hold", || async { poster.status(&new).await == 202 }).await;
    poster.until_refused(&old, "belongs to no account").await;
}
