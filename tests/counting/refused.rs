//! One statement counts many days: what ClickHouse refuses of one of them keeps no other from being counted.

use counter::Table;
use domain::{Province, ServedOn};
use wire::CloudEvent;

use super::world::{Rule, World};

const PROVINCES: [u8; 3] = [11, 43, 65];

fn province(number: u8) -> Province {
    Province::from_number(number).expect("a province")
}

fn day(day: u8) -> ServedOn {
    format!("2023-08-{day:02}").parse().expect("a day")
}

fn service(province: u8, day: u8) -> String {
    format!(
        r#"{{"specversion": "1.0", "id": "0190d3a1-0000-7000-8000-0000000000{province}", "source": "hall-1",
        "type": "haochaping.service.v1", "data": {{
            "area_code": "{province}0102000000", "item_code": "1143010000751234561440110001000",
            "project_no": "{province}01-0001", "service_no": {day}, "served_on": "2023-08-{day:02}",
            "channel": "hall"}}}}"#
    )
}

#[test]
fn a_day_that_cannot_be_counted_keeps_no_other_from_being_counted() {
    let days = 1..=9;
    let all = || PROVINCES.iter().flat_map(|number| days.clone().map(|day| (*number, day)));
    let events: Vec<_> = all().map(|(province, day)| service(province, day)).collect();
    let events: Vec<_> =
        events.iter().map(|json| CloudEvent::parse(json.as_bytes()).expect("a service")).collect();
    let refused = (province(43), day(5));
    let others = all().map(|(number, of)| (province(number), day(of)));
    let others: Vec<_> = others.filter(|bucket| *bucket != refused).collect();
    let world = World::new(Rule::AsItIs);
    for table in [Table::Counts, Table::ItemCounts, Table::ClassCounts] {
        let [counted, left] = world.recount_where_one_is_refused(table, &events, refused);
        assert_eq!(counted, others, "{table}");
        assert_eq!(left, [refused], "{table}");
    }
}
