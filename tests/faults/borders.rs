//! Month and year boundaries, corrections, repeats and clocks.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::{EpochSeconds, ServedOn};
use serde_json::{Value, json};
use services::Service;
use strum::VariantArray;
use testbed::wait::until;
use testbed::world::{Routes, SOURCES, World};
use torture::history::History;
use torture::sender::{Sender, event};

use super::all_is_equal;
use crate::support::engines::Engines;
use crate::support::{program, world};

/// An event of its own case, a service record or a review, with the given data.
fn envelope(kind: &str, id: u64, mut data: Value) -> Value {
    data["area_code"] = json!("440106000000");
    data["item_code"] = json!("1144010600745678901440110001000");
    data["service_no"] = json!(1);
    json!({
        "specversion": "1.0", "type": format!("haochaping.{kind}.v1"), "source": SOURCES[0],
        "id": format!("0190d3a1-0000-7000-8000-{id:012x}"), "data": data,
    })
}

fn service(id: u64, project: &str, served_on: &str, revision: u16) -> Value {
    let data = json!({
        "project_no": project, "served_on": served_on, "channel": "hall", "revision": revision,
    });
    envelope("service", id, data)
}

fn review(id: u64, project: &str, served_on: &str, rated_at: &str, level: &str) -> Value {
    let mut review = envelope("review", id, json!({"project_no": project, "served_on": served_on}));
    review["data"]["type"] = json!("service");
    let subject = review["data"].take();
    review["data"] = json!({
        "review_id": format!("0190d3a1-0000-7000-9000-{id:012x}"), "subject": subject,
        "channel": "hall", "level": level, "rated_at": rated_at,
    });
    if level.ends_with("dissatisfied") {
        review["data"]["text"] = json!("等了很久");
    }
    review
}

/// A figure of a month of Guangdong.
async fn figure(world: &World, month: &str, path: &str) -> Option<u64> {
    let month = world.disclosed(&format!("/v1/provinces/440000/months/{month}")).await?;
    month["total"].pointer(path)?.as_u64()
}

async fn until_figures(world: &World, expected: &[(&str, &str, u64)]) {
    for (month, path, value) in expected {
        until(&format!("{path} of {month} is {value}"), || async {
            figure(world, month, path).await == Some(*value)
        })
        .await;
    }
}

async fn send(sender: &Sender, events: &[Value]) {
    let events: Vec<_> = events.iter().map(event).collect();
    sender.send(&events).await;
}

/// One batch holds reviews from the last second of a month and of a year in China, and from the
/// first second after each, while every service runs in the time zone of Los Angeles.
#[tokio::test(flavor = "multi_thread")]
async fn months_and_years_are_those_of_china_wherever_the_server_is() {
    let installation = Engines::shared().new_installation();
    let mut world =
        World::prepare(program(), installation.clone(), &Routes::direct(&installation)).await;
    for service in Service::VARIANTS {
        let service = &mut world[*service];
        service.set("TZ", "America/Los_Angeles");
    }
    world.start_all();
    world.until_ready().await;
    let sender = Sender::of(&world);
    let bad = |id, project, day, rated_at| review(id, project, day, rated_at, "dissatisfied");
    send(
        &sender,
        &[
            bad(1, "4401-1", "2023-07-31", "2023-07-31T23:59:59+08:00"),
            bad(2, "4401-2", "2023-07-31", "2023-08-01T00:00:00+08:00"),
            bad(3, "4401-3", "2023-08-01", "2023-08-01T00:00:00+08:00"),
            bad(4, "4401-4", "2023-12-31", "2023-12-31T23:59:59+08:00"),
            bad(5, "4401-5", "2023-12-31", "2024-01-01T00:00:00+08:00"),
            bad(6, "4401-6", "2024-01-01", "2024-01-01T00:00:00+08:00"),
        ],
    )
    .await;
    let (counted, received) = ("/reviews/counted", "/bad_reviews_received");
    until_figures(
        &world,
        &[
            ("2023-07", counted, 2),
            ("2023-08", counted, 1),
            ("2023-12", counted, 2),
            ("2024-01", counted, 1),
            ("2023-07", received, 1),
            ("2023-08", received, 2),
            ("2023-12", received, 1),
            ("2024-01", received, 2),
        ],
    )
    .await;
    println!("seed 91");
    sender.send(&History::of_seed(91).about(60)).await;
    all_is_equal(&world, &sender).await;
}

/// A correction moves the day of a service into another month. The day is part of a service's
/// identity, so at present there are two services, one in each month, and the review stays with the
/// one that it names: nothing is lost and nothing moves by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_whose_day_is_corrected_is_a_service_of_each_day() {
    let world = world::start().await;
    let sender = Sender::of(&world);
    send(
        &sender,
        &[
            service(1, "4401-1", "2023-07-31", 0),
            review(2, "4401-1", "2023-07-31", "2023-08-01T10:00:00+08:00", "satisfied"),
            service(3, "4401-1", "2023-08-01", 1),
        ],
    )
    .await;
    until_figures(
        &world,
        &[
            ("2023-07", "/services", 1),
            ("2023-07", "/unreviewed_services", 0),
            ("2023-07", "/reviews/counted", 1),
            ("2023-08", "/services", 1),
            ("2023-08", "/unreviewed_services", 1),
            ("2023-08", "/reviews/counted", 0),
        ],
    )
    .await;
}

/// There is a default review before the one that a person gave, and another after it: the person's
/// counts. When it is set aside, the earlier default review counts; when it is restored, it counts
/// again.
#[tokio::test(flavor = "multi_thread")]
async fn a_default_review_before_or_after_a_persons_counts_only_while_that_one_does_not() {
    let world = world::start().await;
    let sender = Sender::of(&world);
    let of = |id, hour: u8, level| {
        let rated_at = format!("2023-07-06T{hour:02}:00:00+08:00");
        review(id, "4401-1", "2023-07-05", &rated_at, level)
    };
    let by_a_system = |mut review: Value| {
        review["data"]["is_default"] = json!(true);
        review
    };
    let given = of(2, 11, "very_satisfied");
    send(
        &sender,
        &[
            by_a_system(of(3, 12, "satisfied")),
            by_a_system(of(1, 10, "basically_satisfied")),
            given.clone(),
        ],
    )
    .await;
    let path = |level: &str| format!("/levels/{level}");
    let (counted, default) = ("/reviews/counted", "/reviews/default");
    let (best, third) = (path("very_satisfied"), path("basically_satisfied"));
    let given_counts = [("2023-07", counted, 1), ("2023-07", default, 0), ("2023-07", &best, 1)];
    until_figures(&world, &given_counts).await;

    let decide = |id: u64, action: &str, revision: u16| {
        let mut decision = envelope("disposition", id, json!({}));
        decision["data"] = json!({
            "review": {
                "source": SOURCES[0], "review_id": given["data"]["review_id"],
                "subject": given["data"]["subject"], "rated_at": given["data"]["rated_at"],
            },
            "action": action, "reason": "mistaken", "revision": revision,
            "decided_at": "2023-07-20T08:00:00Z",
        });
        decision
    };
    send(&sender, &[decide(4, "set_aside", 0)]).await;
    let default_counts = [("2023-07", counted, 1), ("2023-07", default, 1), ("2023-07", &third, 1)];
    until_figures(&world, &default_counts).await;
    send(&sender, &[decide(5, "restore", 1)]).await;
    until_figures(&world, &given_counts).await;
}

/// Two sources upload a whole month again at the same time, each in a different order than before.
#[tokio::test(flavor = "multi_thread")]
async fn a_month_that_two_sources_upload_again_at_once_in_another_order_changes_nothing() {
    let world = world::start().await;
    let sender = Sender::of(&world);
    println!("seed 92");
    let mut events = History::of_seed(92).about(250);
    sender.send(&events).await;
    let before = all_is_equal(&world, &sender).await;
    events.reverse();
    let (ours, theirs): (Vec<_>, Vec<_>) =
        events.into_iter().partition(|event| event.source.as_str() == SOURCES[0]);
    tokio::join!(sender.send(&ours), sender.send(&theirs));
    let after = all_is_equal(&world, &sender).await;
    assert_eq!(after.events, before.events);
    assert_eq!(after.records, 2 * before.records, "every repeat is a record of its own");
}

/// The clock of one hall is a day ahead, that of another a day behind. The first is told which
/// field lies in the future, and nothing is stored; the second is accepted, because its day lies in
/// the past.
#[tokio::test(flavor = "multi_thread")]
async fn a_hall_whose_clock_is_a_day_ahead_is_refused_and_one_a_day_behind_counts_on_its_day() {
    const DAY: u32 = 86_400;
    let world = world::start().await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let now = EpochSeconds::new(u32::try_from(now).expect("before 2106"));
    let day = |at: EpochSeconds| ServedOn::at(at).expect("a day").to_string();
    let of = |id, at: EpochSeconds| review(id, "4401-1", &day(at), &at.to_string(), "satisfied");
    let ahead = world.post("reviews", &of(1, now.saturating_add(DAY))).await;
    assert_eq!(ahead.status, 422, "{}", ahead.body);
    assert_eq!(ahead.body["errors"][0]["pointer"], "/data/subject/served_on");
    // The day comes from the server's clock, the time from the hall's.
    let torn = review(2, "4401-2", &day(now), &now.saturating_add(DAY).to_string(), "satisfied");
    let torn = world.post("reviews", &torn).await;
    assert_eq!(torn.body["errors"][0]["pointer"], "/data/rated_at", "{}", torn.body);

    let sender = Sender::of(&world);
    let behind = now.saturating_sub(DAY);
    send(&sender, &[of(3, behind)]).await;
    let month = ServedOn::at(behind).expect("a day").month().to_string();
    until_figures(&world, &[(&month, "/reviews/counted", 1)]).await;
    assert_eq!(world.stored().await, 1, "no refused event is stored");
}

/// Some clocks show a leap second as 60. It is the last second of its minute, and a review written
/// either way is the same event.
#[tokio::test(flavor = "multi_thread")]
async fn a_leap_second_is_the_last_second_of_its_minute() {
    let world = world::start().await;
    let at = |rated_at| review(1, "4401-1", "2023-07-05", rated_at, "satisfied");
    let mut receipts = Vec::new();
    for rated_at in
        ["2023-07-05T07:59:60+08:00", "2023-07-05T07:59:59+08:00", "2023-07-05T08:00:00+08:00"]
    {
        let answer = world.post("reviews", &at(rated_at)).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        receipts.push(answer.body["receipt"]["event"].clone());
    }
    assert_eq!(receipts[0], receipts[1]);
    assert_ne!(receipts[1], receipts[2], "a second later is another review");
    until_figures(&world, &[("2023-07", "/reviews/counted", 1)]).await;
}
