//! A record that cannot be loaded is quarantined at its own position with a reason, stops nothing,
//! and counts once if it can be loaded later (D8, D2).

use serde_json::{Value, json};

use services::Service;
use testbed::engines::Installation;
use testbed::program::Said;
use testbed::wait::until;

use crate::support::commands::command;
use crate::support::engines::Engines;
use crate::support::events::{MONTH, review};
use crate::support::records::{all, read, write};
use crate::support::world;

/// `haochaping quarantine …`.
fn quarantine(installation: &Installation, arguments: &[&str]) -> Said {
    command(installation, "quarantine", arguments)
}

fn list(installation: &Installation, state: &str) -> Vec<Value> {
    let said = quarantine(installation, &["list", "--json", "--state", state]);
    assert_eq!(said.code, Some(0), "{said}");
    let text = String::from_utf8(said.out).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

async fn open(installation: &Installation) -> usize {
    tables::quarantine::open(&installation.clickhouse.client()).await.map_or(0, |open| open.len())
}

/// A review in the form in which the intake stores it.
fn stored(number: u64, level: &str) -> Vec<u8> {
    let mut said = review(number, level);
    if level.contains("dissatisfied") {
        said["data"]["text"] = json!("没人接");
    }
    wire::CloudEvent::parse(said.to_string().as_bytes()).expect("a review").to_json()
}

#[tokio::test]
async fn poison_among_good_records_is_set_aside_with_its_own_position_and_the_good_ones_count() {
    let world = world::start().await;
    let newer = String::from_utf8(stored(90, "satisfied")).expect("UTF-8");
    let newer = newer.replace("review.v1", "review.v2");
    let field = String::from_utf8(stored(91, "satisfied")).expect("UTF-8");
    let field = field.replace("\"satisfied\"", "\"13800138000\"");
    let retired = String::from_utf8(stored(93, "very_satisfied")).expect("UTF-8");
    let retired = retired.replace("Z\"}}", "Z\",\"tags\":[\"501\"]}}");
    assert!(retired.contains("501"), "{retired}");
    let poison = [
        ("reviews", b"\x00\x01\xffKryo 13800138000".to_vec(), "not_json", ""),
        (
            "services",
            br#"{"type":"com.example.order","name":"zhangsan"}"#.to_vec(),
            "unknown_type",
            "/type",
        ),
        ("reviews", newer.into_bytes(), "newer_schema", "/type"),
        ("dispositions", stored(92, "satisfied"), "of_another_topic", "/type"),
        ("reviews", field.into_bytes(), "invalid_field", "/data/level"),
        // As an intake with an older list of tags would have stored it.
        ("reviews", retired.into_bytes(), "invalid_field", "/data/tags/0"),
    ];
    let mut origins = Vec::new();
    for (number, (topic, value, ..)) in (0..).zip(&poison) {
        // The same key puts good records and poison in one partition, alternating.
        let good = stored(number, "satisfied");
        write(&world.installation, "reviews", "one", &good).await;
        origins.push(write(&world.installation, topic, "one", value).await);
    }
    write(&world.installation, "reviews", "one", &stored(50, "dissatisfied")).await;
    world.until_counted(MONTH, 7).await;

    until("the list has every detail of all of them", || async {
        let listed = list(&world.installation, "open");
        listed.len() == 6 && listed.iter().all(|record| record["event"] != "")
    })
    .await;
    let listed = list(&world.installation, "open");
    for ((_, value, reason, pointer), origin) in poison.iter().zip(&origins) {
        let record = listed.iter().find(|record| record["position"] == **origin);
        let record = record.unwrap_or_else(|| panic!("{origin} is listed: {listed:?}"));
        assert_eq!((&record["reason"], &record["pointer"]), (&json!(reason), &json!(pointer)));
        // The position leads to the bytes, both in Kafka and through the command.
        assert_eq!(read(&world.installation, origin), *value, "{origin}");
        assert_eq!(record["event"], domain::EventHash::of(value).to_string());
        let shown = quarantine(&world.installation, &["show", origin, "--bytes"]);
        assert_eq!(shown.out, *value, "{shown}");
    }
    // Nothing that a stranger wrote is repeated.
    let events = all(&world.installation, "quarantine");
    assert_eq!(events.len(), 6);
    let mut told: Vec<_> = events.iter().map(|event| String::from_utf8_lossy(event)).collect();
    let shown = quarantine(&world.installation, &["show", &origins[4]]);
    let shown = shown.to_string();
    told.extend([world[Service::Loader].log().into(), shown.into(), format!("{listed:?}").into()]);
    for told in told {
        for word in ["13800138000", "zhangsan", "Kryo", "com.example"] {
            assert!(!told.contains(word), "{word} in {told}");
        }
    }
    // An unreadable entry of the quarantine is not quarantined in turn, and the next one is read.
    write(&world.installation, "quarantine", "x", b"not an entry").await;
    let late = write(&world.installation, "reviews", "two", b"late").await;
    until("a later one is known", || async {
        list(&world.installation, "open")
            .iter()
            .any(|it| it["position"] == *late && it["event"] != "")
    })
    .await;
    assert_eq!(open(&world.installation).await, 7);
}

/// A record that an older loader could not read, together with the row that the loader wrote.
async fn quarantined_by_an_older_loader(installation: &Installation, value: &[u8]) -> String {
    let origin = write(installation, "reviews", "one", value).await;
    let [topic, partition, offset] = *origin.split('/').collect::<Vec<_>>() else {
        panic!("{origin}")
    };
    let name = format!("{}{topic}", installation.kafka.topic_prefix);
    installation
        .clickhouse
        .client()
        .query(
            "INSERT INTO records (kind, topic, partition, offset, event, appended_at, reason)
SELECT 'quarantined', (SELECT max(number) FROM topics FINAL WHERE name = ?), ?, ?, ?, now(), '/type: expected a type'",
        )
        .bind(name)
        .bind(partition)
        .bind(offset)
        .bind(domain::EventHash::of(value).short())
        .execute()
        .await
        .expect("the row is there");
    origin
}

#[tokio::test]
async fn a_record_that_can_be_read_by_now_counts_once_however_often_it_is_replayed() {
    let mut world = world::start().await;
    assert!(world[Service::Loader].terminate().success());
    let readable =
        quarantined_by_an_older_loader(&world.installation, &stored(1, "very_dissatisfied")).await;
    let poison = quarantined_by_an_older_loader(&world.installation, b"poison").await;
    assert_eq!(list(&world.installation, "open").len(), 2);

    for _ in 0..3 {
        let said = quarantine(&world.installation, &["replay", "--position", &readable]);
        assert_eq!(said.code, Some(0), "{said}");
    }
    world.until_counted(MONTH, 1).await;
    let said = quarantine(&world.installation, &["replay", "--all"]);
    let words = said.words();
    assert_eq!(said.code, Some(1), "{said}");
    assert!(words.contains(&format!("{poison} still cannot be read: not_json")), "{said}");
    assert!(words.contains("haochaping quarantine discard"), "{said}");
    let replayed = list(&world.installation, "replayed");
    assert_eq!(replayed.len(), 1);
    assert_eq!(replayed[0]["position"], *readable);
    assert_eq!(open(&world.installation).await, 1);

    // The command refuses to discard a record that counts.
    let said = quarantine(
        &world.installation,
        &["discard", "--position", &readable, "--reason", "not_ours"],
    );
    assert_eq!(said.code, Some(1), "{said}");
    assert!(said.err.contains("disposition"), "{said}");

    // The loader reads the same record and writes the same row.
    world[Service::Loader].start();
    write(&world.installation, "reviews", "one", &stored(2, "satisfied")).await;
    world.until_counted(MONTH, 2).await;
    let month = world.disclosed(MONTH).await.expect("the month is disclosed");
    assert_eq!(month["total"]["bad_reviews_received"], 1, "{month}");
}

#[tokio::test]
async fn a_record_that_was_given_up_with_a_reason_is_open_no_more() {
    let world = world::start().await;
    let origin = write(&world.installation, "reviews", "one", b"poison").await;
    until("it is open", || async { open(&world.installation).await == 1 }).await;
    let discard = ["discard", "--position", &origin, "--reason"];
    let said = quarantine(&world.installation, &[&discard[..], &["because"]].concat());
    assert_eq!(said.code, Some(2), "{said}");
    let note = ["test", "--note", "电话13800138000的试验"];
    for _ in 0..2 {
        let said = quarantine(&world.installation, &[&discard[..], &note[..]].concat());
        assert_eq!(said.code, Some(0), "{said}");
    }
    assert_eq!(open(&world.installation).await, 0);
    let discarded = list(&world.installation, "discarded");
    assert_eq!(discarded.len(), 1);
    assert_eq!(discarded[0]["discarded"]["reason"], "test");
    assert_eq!(discarded[0]["discarded"]["note"], "电话[＊]的试验");
    // The discard is an event, from which another database derives the same state.
    let events = all(&world.installation, "quarantine").into_iter();
    let events: Vec<Value> =
        events.map(|event| serde_json::from_slice(&event).expect("JSON")).collect();
    let is_discard = |event: &&Value| event["type"] == "haochaping.record_discarded.v1";
    assert_eq!(events.iter().filter(is_discard).count(), 2);
    let said = quarantine(&world.installation, &["show", "reviews/0/999"]);
    assert_eq!(said.code, Some(1), "{said}");
    assert!(said.err.contains("haochaping quarantine list --state all"), "{said}");
}

#[tokio::test]
async fn a_storm_of_poison_stops_the_loader_until_somebody_has_decided() {
    const MAX: usize = 5;
    const POISON: usize = 12;
    let installation = Engines::shared().new_installation();
    let mut world = world::at(installation).await;
    world.until_ready().await;
    assert!(world[Service::Loader].terminate().success());
    world[Service::Loader].set("HAOCHAPING_LOADER_QUARANTINE_OPEN_MAX", MAX.to_string());
    for number in 0..POISON {
        write(&world.installation, "reviews", "one", format!("poison {number}").as_bytes()).await;
    }
    write(&world.installation, "reviews", "one", &stored(1, "satisfied")).await;

    // The loader stops, stops again after a restart, and never lists more records than the limit.
    for _ in 0..2 {
        world[Service::Loader].start();
        assert_eq!(world[Service::Loader].exit_code(), Some(1), "{}", world[Service::Loader].log());
        assert_eq!(open(&world.installation).await, MAX);
    }
    assert!(
        world[Service::Loader].log().contains("haochaping quarantine list"),
        "{}",
        world[Service::Loader].log()
    );

    let discard = ["discard", "--all", "--reason", "not_ours"];
    for left in [POISON - MAX, POISON - 2 * MAX] {
        assert_eq!(quarantine(&world.installation, &discard).code, Some(0));
        world[Service::Loader].start();
        if left > MAX {
            assert_eq!(
                world[Service::Loader].exit_code(),
                Some(1),
                "{}",
                world[Service::Loader].log()
            );
        }
        until("the next ones are listed", || async {
            open(&world.installation).await == left.min(MAX)
        })
        .await;
    }
    world.until_counted(MONTH, 1).await;
    assert_eq!(list(&world.installation, "all").len(), POISON);
}
