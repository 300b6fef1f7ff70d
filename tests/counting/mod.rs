//! The counting rule in SQL equals the reference, whatever is stored and in whichever order.

mod cuts;
mod expected;
mod history;
mod mutants;
mod reading;
mod recounts;
mod tampering;
mod world;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use wire::CloudEvent;

use history::histories;
use tampering::Tampering;
use world::World;

/// The number of histories that the true rule must count correctly.
const HISTORIES: u32 = 48;

#[test]
fn the_sql_equals_the_reference_for_any_set_order_repeat_cut_and_late_recount_of_events() {
    let world = World::new(Tampering::AsItIs);
    let mut runner =
        TestRunner::new(Config { cases: HISTORIES, max_shrink_iters: 60, ..Config::default() });
    runner
        .run(&histories(), |history| world.replay(&history).map_err(TestCaseError::fail))
        .unwrap_or_else(|error| panic!("{error}"));
}

/// The sweep finds exactly the buckets of a record whose touch was lost.
#[test]
fn a_lost_touch_is_found_by_the_sweep_and_nothing_else_is() {
    let world = World::new(Tampering::AsItIs);
    let mut runner = TestRunner::deterministic();
    let history = histories().new_tree(&mut runner).expect("a history").current();
    world.replay(&history).expect("it is counted rightly");
    let service = service_of("430102000000", "2023-08-09");
    let service = CloudEvent::parse(service.as_bytes()).expect("a service");
    let cell = service.event.key().case.cell().number();
    assert_eq!(
        world.sweep_after_a_lost_touch(&service),
        [
            [format!("430000 2023-08-09 [{cell}]")],
            [format!("430000 2023-08-01 [{cell}]")],
            ["430000 2023-08-09 [0]".to_owned()],
            ["430000 2023-08-09 [0]".to_owned()],
        ]
    );
}

/// As a version of the counter leaves a row that does not know all that this one counts.
#[test]
fn what_the_version_before_has_counted_is_found_by_the_sweep_and_whole_after_a_recount() {
    let world = World::new(Tampering::AsItIs);
    let service = service_of("440106000000", "2023-08-09");
    let service = CloudEvent::parse(service.as_bytes()).expect("a service");
    let found = world.sweep_after_a_count_of_the_version_before(&service);
    let cell = service.event.key().case.cell().number();
    assert_eq!(
        found,
        [
            [format!("440000 2023-08-09 [{cell}]")],
            [format!("440000 2023-08-01 [{cell}]")],
            ["440000 2023-08-09 [0]".to_owned()],
            ["440000 2023-08-09 [0]".to_owned()],
        ]
    );
}

fn service_of(area: &str, day: &str) -> String {
    format!(
        r#"{{"specversion": "1.0", "id": "0190d3a1-0000-7000-8000-000000000001",
        "source": "hall-1", "type": "haochaping.service.v1", "data": {{
            "area_code": "{area}", "item_code": "1143010000751234561440110001000",
            "project_no": "4301-0001", "service_no": 1, "served_on": "{day}", "channel": "hall"}}}}"#
    )
}
