//! The public ledger: every accepted record is in exactly one class.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use services::Service;
use testbed::wait::until;
use testbed::world::World;

use crate::support::events::{MONTH, review};
use crate::support::records::write;
use crate::support::world::start_without;

/// The service that [`review`] of the same number rates.
fn service(number: u64) -> Value {
    let subject = review(number, "satisfied")["data"]["subject"].clone();
    json!({
        "specversion": "1.0", "type": "haochaping.service.v1", "source": "simulator",
        "id": format!("0190d3a1-0000-7000-8001-{number:012x}"),
        "data": {
            "area_code": subject["area_code"], "item_code": subject["item_code"],
            "project_no": subject["project_no"], "service_no": 1,
            "served_on": subject["served_on"], "channel": "hall",
        },
    })
}

/// The event with changed content and another id.
fn changed(event: &Value, id: u64, changes: &[(&str, Value)]) -> Value {
    let mut event = event.clone();
    event["id"] = json!(format!("0190d3a1-0000-7000-8002-{id:012x}"));
    for (field, value) in changes {
        event["data"][field] = value.clone();
    }
    event
}

fn set_aside(review: &Value, id: u64, reason: &str) -> Value {
    let data = &review["data"];
    json!({
        "specversion": "1.0", "type": "haochaping.disposition.v1", "source": "simulator",
        "id": format!("0190d3a1-0000-7000-8003-{id:012x}"),
        "data": {
            "review": {
                "source": "simulator", "review_id": data["review_id"],
                "subject": data["subject"], "rated_at": data["rated_at"],
            },
            "action": "set_aside", "reason": reason, "decided_at": "2023-07-20T08:00:00Z",
        },
    })
}

const REASONS: [&str; 5] = ["not_valid", "mistaken", "malicious", "fabricated", "test"];

/// Events, and the number of their records that each class must have.
fn events_of_every_class() -> (Vec<(&'static str, Value)>, BTreeMap<String, u64>) {
    let other_id = json!("0190d3a1-0000-7000-9000-0000000000ff");
    let mut events = vec![
        ("services", service(1)),
        ("services", service(1)),
        // A service record that contradicts an earlier one.
        ("services", service(2)),
        ("services", changed(&service(2), 2, &[("channel", json!("paper"))])),
        ("reviews", review(1, "satisfied")),
        ("reviews", review(1, "satisfied")),
        ("reviews", review(1, "satisfied")),
        // A review and its correction.
        ("reviews", changed(&review(2, "satisfied"), 2, &[("revision", json!(1))])),
        ("reviews", review(2, "satisfied")),
        // The source contradicts itself.
        ("reviews", review(3, "satisfied")),
        ("reviews", changed(&review(3, "very_satisfied"), 3, &[])),
        // Two reviews of one service.
        ("reviews", review(4, "satisfied")),
        ("reviews", changed(&review(4, "satisfied"), 4, &[("review_id", other_id.clone())])),
        // A further review after the first was handled.
        ("reviews", review(5, "satisfied")),
        (
            "reviews",
            changed(
                &review(5, "very_satisfied"),
                5,
                &[
                    ("review_id", other_id),
                    ("follow_up", json!(true)),
                    ("rated_at", json!("2023-07-18T03:20:00Z")),
                ],
            ),
        ),
        (
            "reviews",
            changed(
                &review(6, "satisfied"),
                6,
                &[(
                    "subject",
                    json!({"type": "hall", "area_code": "440106000000", "hall_code": "TH-01", "visited_on": "2023-07-05"}),
                )],
            ),
        ),
    ];
    for (number, reason) in (10..).zip(REASONS) {
        let review = review(number, "very_satisfied");
        events.push(("dispositions", set_aside(&review, number, reason)));
        events.push(("reviews", review));
    }
    let expected = [
        ("counted", 5),
        ("duplicate", 1),
        ("follow_up", 1),
        ("other_subject", 1),
        ("set_aside not_valid", 1),
        ("set_aside mistaken", 1),
        ("set_aside malicious", 1),
        ("set_aside fabricated", 1),
        ("set_aside test", 1),
        ("superseded lower_revision", 1),
        ("superseded same_revision", 2),
        ("repeat", 3),
        ("service", 2),
        ("disposition", 5),
    ];
    (events, expected.map(|(class, records)| (class.to_owned(), records)).into())
}

/// The number of records by class and reason.
fn by_class(classes: &Value) -> BTreeMap<String, u64> {
    let lines = classes.as_array().expect("a list").iter().map(|line| {
        let words = ["class", "reason"].map(|field| line[field].as_str().unwrap_or_default());
        (words.join(" ").trim().to_owned(), line["records"].as_u64().expect("a number"))
    });
    lines.collect()
}

/// The sums of the classes over all rows.
fn added_up(rows: &Value) -> BTreeMap<String, u64> {
    let mut sum = BTreeMap::new();
    for row in rows.as_array().expect("a list") {
        for (class, records) in by_class(&row["classes"]) {
            *sum.entry(class).or_default() += records;
        }
    }
    sum
}

fn check<'a>(ledger: &'a Value, code: &str) -> &'a Value {
    let mut checks = ledger["checks"].as_array().expect("a list").iter();
    checks.find(|check| check["code"] == code).expect("a check")
}

/// Starts an auditor that rests only briefly.
fn start_auditor(world: &mut World) {
    let auditor = &mut world[Service::Auditor];
    auditor.set("HAOCHAPING_AUDITOR_AUDIT_INTERVAL_S", "1");
    auditor.start();
}

async fn says(world: &World, verdict: &str) -> bool {
    ledger(world, "").await.is_some_and(|ledger| ledger["verdict"] == verdict)
}

async fn ledger(world: &World, query: &str) -> Option<Value> {
    world.disclosed(&format!("{MONTH}/ledger{query}")).await
}

#[tokio::test]
async fn every_record_is_in_exactly_one_class_of_the_public_ledger() {
    let mut world = start_without(Service::Auditor).await;
    assert!(ledger(&world, "").await.is_none(), "nothing is known of the month yet");
    let (events, expected) = events_of_every_class();
    let accepted = events.len();
    for (path, event) in &events {
        let answer = world.post(path, event).await;
        assert_eq!(answer.status, 202, "{event}: {}", answer.body);
    }

    until("the ledger has every record in its class", || async {
        let Some(ledger) = ledger(&world, "").await else { return false };
        ledger["records"] == accepted && check(&ledger, "records")["agrees"] == true
    })
    .await;
    let whole = ledger(&world, "").await.expect("the month is known");
    assert_eq!(by_class(&whole["classes"]), expected, "{whole:#}");
    assert_eq!(expected.values().sum::<u64>(), accepted as u64, "every event is expected once");
    for code in ["classes", "counted", "services"] {
        assert_eq!(check(&whole, code)["agrees"], true, "{code}: {whole:#}");
    }
    assert_eq!(check(&whole, "counted")["right"], 5);
    assert_eq!(whole["verdict"], "undecided", "there was no audit: {whole:#}");
    assert_eq!(whole["reasons"], json!([{"code": "never_audited"}]));
    start_auditor(&mut world);
    until("the ledger closes", || says(&world, "closes")).await;

    // Topics, sources and partitions each add up to all records.
    assert_eq!(added_up(&whole["topics"]), expected);
    assert_eq!(whole["sources"]["total_rows"], 1);
    assert_eq!(added_up(&whole["sources"]["rows"]), expected);
    let parts = ledger(&world, "?by=partition&source=simulator").await.expect("it is known");
    assert_eq!(added_up(&parts["sources"]["rows"]), expected);
    let rows = parts["sources"]["rows"].as_array().expect("a list");
    assert!(rows.len() > 1, "events lie in several partitions: {parts:#}");
    let sizes: Vec<_> = rows.iter().map(|row| row["records"].as_u64()).collect();
    assert!(sizes.is_sorted_by(|left, right| left >= right), "{sizes:?}");

    // A page of rows states the number of rows on all pages, even if the page itself is empty.
    let total = &parts["sources"]["total_rows"];
    let second = ledger(&world, "?by=partition&limit=1&offset=1").await.expect("it is known");
    assert_eq!(second["sources"]["rows"].as_array().map(Vec::len), Some(1));
    assert_eq!(second["sources"]["rows"][0], rows[1]);
    let beyond = ledger(&world, "?by=partition&offset=1000").await.expect("it is known");
    for page in [&second, &beyond] {
        assert_eq!(&page["sources"]["total_rows"], total);
        assert_eq!(by_class(&page["classes"]), expected, "the rest is always whole");
    }
    let nobody = ledger(&world, "?source=nobody").await.expect("it is known");
    assert_eq!(nobody["sources"]["total_rows"], 0);
}

/// The auditor looks for the record itself, not at the counts, which do not know that it is gone.
#[tokio::test]
async fn a_ledger_closes_until_a_record_is_missing() {
    let mut world = start_without(Service::Auditor).await;
    for (path, event) in [
        ("services", service(1)),
        ("reviews", review(1, "satisfied")),
        ("dispositions", set_aside(&review(2, "satisfied"), 2, "test")),
    ] {
        assert_eq!(world.post(path, &event).await.status, 202);
    }
    start_auditor(&mut world);
    until("the ledger closes over all three records", || async {
        ledger(&world, "").await.is_some_and(|ledger| {
            ledger["records"] == 3
                && ledger["verdict"] == "closes"
                && check(&ledger, "offsets")["left"] == 3
        })
    })
    .await;
    let whole = ledger(&world, "").await.expect("the month is known");
    assert_eq!((&whole["waiting"], &whole["quarantined"]), (&json!(0), &json!(0)));
    let partitions = whole["audit"]["partitions"].as_array().expect("a list").len();
    assert_eq!(partitions % 3, 0, "as many of each of the three topics: {whole:#}");

    let forget = "ALTER TABLE records DELETE WHERE position IN (SELECT max(position) FROM records)";
    let client = world.installation.clickhouse.client();
    let forget = client.query_raw(forget).with_setting("mutations_sync", "1");
    forget.execute().await.expect("a record is gone");
    until("the ledger does not close", || says(&world, "open")).await;
    let whole = ledger(&world, "").await.expect("the month is known");
    assert_eq!(whole["reasons"], json!([{"code": "missing", "count": 1}]));
    assert_eq!(check(&whole, "missing")["left"], 1, "{whole:#}");
    // More records have a class than are stored now. Such an audit decides nothing about the
    // others.
    assert_ne!(check(&whole, "offsets")["agrees"], false, "it is accounted for, as missing");
    for code in ["classes", "records", "counted", "services"] {
        assert_eq!(check(&whole, code)["agrees"], true, "{code}: {whole:#}");
    }
}

/// What is said of a ledger: the verdict, the code and the count of each reason, how many records are
/// quarantined and how many wait.
#[derive(Debug, PartialEq)]
struct Said {
    verdict: String,
    reasons: Vec<(String, String)>,
    quarantined: String,
    waiting: String,
}

impl Said {
    fn new(verdict: &str, reasons: &[(&str, u64)], [quarantined, waiting]: [u64; 2]) -> Self {
        let reason = |(code, count): &(&str, u64)| ((*code).to_owned(), count.to_string());
        Self {
            verdict: verdict.to_owned(),
            reasons: reasons.iter().map(reason).collect(),
            quarantined: quarantined.to_string(),
            waiting: waiting.to_string(),
        }
    }

    /// As the command and the API say it, in the same fields.
    fn in_json(said: &Value) -> Self {
        let reasons = said["reasons"].as_array().expect("a list").iter();
        let reason = |reason: &Value| {
            let code = reason["code"].as_str().expect("a word");
            (code.to_owned(), reason["count"].to_string())
        };
        Self {
            verdict: said["verdict"].as_str().expect("a word").to_owned(),
            reasons: reasons.map(reason).collect(),
            quarantined: said["quarantined"].to_string(),
            waiting: said["waiting"].to_string(),
        }
    }

    /// As a page says it: the words stand beside those for people.
    fn on_page(page: &str) -> Self {
        let attribute = |text: &str, name: &str| {
            let (_, after) = text.split_once(&format!("{name}=\"")).expect("the attribute");
            after.split('"').next().expect("its value").to_owned()
        };
        let reasons = page.split("<li ").filter(|item| item.starts_with("data-code="));
        let reason = |item: &str| (attribute(item, "data-code"), attribute(item, "data-count"));
        let figures: Vec<_> = page.split("<dd class=\"figure\">").skip(1).collect();
        let figure = |index: usize| figures[index].split('<').next().expect("a number").to_owned();
        Self {
            verdict: attribute(page, "data-verdict"),
            reasons: reasons.map(reason).collect(),
            quarantined: figure(2),
            waiting: figure(1),
        }
    }
}

/// Waits until the API says it, and looks whether everybody else does.
async fn all_say(world: &World, expected: &Said) {
    until("the API says it", || async {
        ledger(world, "").await.is_some_and(|said| Said::in_json(&said) == *expected)
    })
    .await;
    for more in [&["--json"][..], &["--json", "--province", "440000", "--month", "2023-07"]] {
        let said = world.command("ledger", more);
        let code = i32::from(expected.verdict != "closes");
        assert_eq!(said.code, Some(code), "{said}");
        let said = serde_json::from_slice(&said.out).expect("JSON");
        assert_eq!(Said::in_json(&said), *expected, "{said:#}");
    }
    let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
    let get = async |path: String| {
        let answer = http.get(world.public() + &path).send().await.expect("an answer");
        answer.text().await.expect("a text")
    };
    for language in ["zh", "en"] {
        let page = MONTH.trim_start_matches("/v1");
        let page = get(format!("{page}/ledger?lang={language}")).await;
        assert_eq!(Said::on_page(&page), *expected, "{page}");
    }
    let csv = get(format!("{MONTH}/ledger?format=csv")).await;
    let reasons = expected.reasons.iter().map(|(code, count)| format!("{code}:{count}"));
    let words = [&expected.verdict, reasons.collect::<Vec<_>>().join(" ").as_str()].join(",");
    assert!(csv.contains(&format!(",{words},total,")), "{csv}");
}

/// A quarantined record stands against every month until it is discarded.
#[tokio::test]
async fn the_command_the_api_and_the_page_say_the_same_verdict_for_the_same_reasons() {
    let mut world = start_without(Service::Auditor).await;
    for number in 1..=3 {
        assert_eq!(world.post("reviews", &review(number, "satisfied")).await.status, 202);
    }
    start_auditor(&mut world);
    all_say(&world, &Said::new("closes", &[], [0, 0])).await;

    let origin = write(&world.installation, "reviews", "one", b"no event").await;
    all_say(&world, &Said::new("open", &[("quarantined", 1)], [1, 0])).await;
    let log = world[Service::Auditor].log();
    assert!(log.contains("\"open\""), "{log}");
    let discard = ["discard", "--position", &origin, "--reason", "not_ours"];
    let said = world.command("quarantine", &discard);
    assert_eq!(said.code, Some(0), "{said}");
    all_say(&world, &Said::new("closes", &[], [0, 0])).await;
    let whole = ledger(&world, "").await.expect("the month is known");
    assert_eq!(whole["discarded"], 1);

    assert!(world[Service::Loader].terminate().success());
    for number in 4..=5 {
        assert_eq!(world.post("reviews", &review(number, "satisfied")).await.status, 202);
    }
    all_say(&world, &Said::new("undecided", &[("waiting", 2)], [0, 2])).await;
    // Nobody knows yet that it cannot be read.
    write(&world.installation, "reviews", "one", b"nor this").await;
    all_say(&world, &Said::new("undecided", &[("waiting", 3)], [0, 3])).await;
    world[Service::Loader].start();
    all_say(&world, &Said::new("open", &[("quarantined", 1)], [1, 0])).await;
}
