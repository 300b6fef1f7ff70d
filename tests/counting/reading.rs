//! What is read of counts by those who disclose them.

use clickhouse::{Client, RowOwned, RowRead};
use counter::recount::recount;
use domain::{Month, Province, ServedOn};
use serde_json::{Value, json};
use strum::VariantArray;
use tables::counts::{FINAL_SETTING, Table};
use tables::{Breakdown, Rule, Select, month_counts, month_ledger, row_counts};
use wire::CloudEvent;

use super::tampering::Tampering;
use super::world::World;

const RULE: u16 = Rule::FIRST.number;

const ITEM: &str = "1144010600745678901440110001000";

/// The source whose records are simulated.
const SIMULATES: &str = "hall-2";

fn guangdong() -> Province {
    Province::from_number(44).expect("a province")
}

fn month(text: &str) -> Month {
    text.parse().expect("a month")
}

/// The month of a row.
fn of_day(days_since_epoch: u16) -> String {
    ServedOn::from_days_since_epoch(days_since_epoch).expect("a day").month().to_string()
}

fn subject(number: u32) -> Value {
    json!({
        "type": "service", "area_code": "440106000000", "item_code": ITEM,
        "project_no": format!("4401-{number:06}"), "service_no": 1, "served_on": "2023-07-05",
    })
}

fn event(number: u32, kind: &str, source: &str, data: &Value) -> String {
    json!({
        "specversion": "1.0", "type": format!("haochaping.{kind}.v1"), "source": source,
        "id": format!("0190d3a1-0000-7000-8000-{number:012x}"), "data": data,
    })
    .to_string()
}

fn review_id(number: u32) -> String {
    format!("0190d3a1-0000-7000-9000-{number:012x}")
}

/// A bad review of a service of July 2023.
fn bad_review(number: u32, source: &str, rated_at: &str) -> String {
    let data = json!({
        "review_id": review_id(number), "subject": subject(number), "channel": "hall",
        "level": "dissatisfied", "rated_at": rated_at, "text": "等了很久",
    });
    event(number, "review", source, &data)
}

/// A review of a hall on another day of July 2023.
fn review_of_hall(number: u32) -> String {
    let subject = json!({
        "type": "hall", "area_code": "440106000000", "hall_code": "H1", "visited_on": "2023-07-19",
    });
    let data = json!({
        "review_id": review_id(number), "subject": subject, "channel": "hall",
        "level": "satisfied", "rated_at": "2023-07-19T10:00:00+08:00",
    });
    event(number, "review", "hall-1", &data)
}

/// The decision that such a review does not count.
fn set_aside(number: u32, source: &str, rated_at: &str) -> String {
    set_aside_by("court", number, source, rated_at)
}

fn set_aside_by(decides: &str, number: u32, source: &str, rated_at: &str) -> String {
    let review = json!({
        "source": source, "review_id": review_id(number), "subject": subject(number),
        "rated_at": rated_at,
    });
    let data = json!({
        "review": review, "action": "set_aside", "reason": "mistaken",
        "decided_at": "2023-09-20T08:00:00Z",
    });
    event(1_000 + number, "disposition", decides, &data)
}

impl World {
    /// Stores events from an offset on, and recounts every table.
    async fn count(&self, first: usize, events: &[String]) {
        let events = events.iter().map(|json| CloudEvent::parse(json.as_bytes()));
        let events: Vec<_> = events.collect::<Result<_, _>>().expect("events");
        let touched = self.store_events(first, &events).await;
        for table in Table::VARIANTS {
            let counted = recount(&self.client, *table, &[Rule::FIRST], &touched).await;
            counted.expect("it is counted");
        }
    }

    fn reader(&self) -> Client {
        let (setting, value) = FINAL_SETTING;
        self.client.clone().with_setting(setting, value)
    }

    /// The months of Guangdong, each with its counted reviews and whether they are simulated.
    async fn months(&self) -> Vec<(String, u64, bool)> {
        let of_guangdong = all(month_counts::months(&self.reader(), RULE, guangdong())).await;
        let of_guangdong: Vec<_> = of_guangdong
            .iter()
            .map(|row| (of_day(row.month), row.reviews, row.simulated > 0))
            .collect();
        let of_all = all(month_counts::months_of_all(&self.reader())).await;
        let of_all = of_all.iter().inspect(|row| assert_eq!(row.province, 44));
        let of_all = of_all.map(|row| (of_day(row.month), row.reviews, row.simulated > 0));
        assert_eq!(of_all.collect::<Vec<_>>(), of_guangdong, "of one province and of all");
        of_guangdong
    }

    /// Whether something is known of a month of Guangdong.
    async fn knows(&self, of: &str) -> bool {
        let reader = self.reader();
        let coverage = all(month_counts::coverage(&reader, RULE, guangdong(), month(of))).await;
        let late = all(month_counts::late_bad_reviews(&reader, RULE, guangdong(), month(of))).await;
        let served = all(month_counts::served_month(&reader, RULE, guangdong(), month(of))).await;
        let is_known = coverage[0].months > 0;
        let has_late = late.iter().any(|row| !row.reviews.is_empty());
        assert_eq!(served[0].buckets > 0 || has_late, is_known, "{of}");
        assert_eq!(coverage[0].records, served[0].records, "{of}");
        assert_eq!(coverage[0].records_through, served[0].records_through, "{of}");
        let simulated = served[0].simulated + late.iter().map(|row| row.simulated).sum::<u64>();
        assert_eq!(coverage[0].simulated, simulated, "{of}");
        is_known
    }
}

async fn all<T: RowOwned + RowRead>(select: Select<T>) -> Vec<T> {
    let name = select.name();
    select.into_query().fetch_all().await.unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A bad review of a service of July that was given in August is received in August, in which nothing
/// was served. It may be simulated, since records of July are.
#[test]
fn a_month_exists_as_soon_as_something_was_received_in_it_and_no_longer() {
    let world = World::new(Tampering::AsItIs);
    world.runtime.block_on(async {
        world.count(0, &[bad_review(1, "hall-1", "2023-07-20T10:00:00+08:00")]).await;
        assert_eq!(world.months().await, [("2023-07".to_owned(), 1, false)]);
        assert!(world.knows("2023-07").await && !world.knows("2023-08").await);

        let late = "2023-08-10T10:00:00+08:00";
        world.count(1, &[bad_review(2, "hall-1", late), bad_review(3, SIMULATES, late)]).await;
        let july = ("2023-07".to_owned(), 3, true);
        assert_eq!(world.months().await, [july.clone(), ("2023-08".to_owned(), 0, true)]);
        assert!(world.knows("2023-08").await && !world.knows("2023-09").await);
        let reader = world.reader();
        let received =
            all(month_counts::late_bad_reviews(&reader, RULE, guangdong(), month("2023-08"))).await;
        assert_eq!(received.len(), 1);
        assert_eq!(of_day(received[0].month), "2023-07");
        assert_eq!(received[0].reviews.iter().map(|(_, count)| count).sum::<u64>(), 2);
        assert_eq!(received[0].simulated, 1);

        let away = [set_aside(2, "hall-1", late), set_aside(3, SIMULATES, late)];
        world.count(3, &away).await;
        assert_eq!(world.months().await, [("2023-07".to_owned(), 1, true)]);
        assert!(!world.knows("2023-08").await);
    });
}

/// August has a real record of its own, and has lost the only bad review of July that was received in it.
#[test]
fn a_month_is_simulated_if_a_simulated_decision_took_a_late_review_from_it() {
    let world = World::new(Tampering::AsItIs);
    world.runtime.block_on(async {
        let late = "2023-08-10T10:00:00+08:00";
        let of_august = bad_review(2, "hall-1", late).replace("2023-07-05", "2023-08-05");
        world.count(0, &[bad_review(1, "hall-1", late), of_august]).await;
        let of = |month: &str, reviews, is_simulated| (month.to_owned(), reviews, is_simulated);
        assert_eq!(world.months().await, [of("2023-07", 1, false), of("2023-08", 1, false)]);
        world.count(2, &[set_aside_by(SIMULATES, 1, "hall-1", late)]).await;
        assert_eq!(world.months().await, [of("2023-07", 0, true), of("2023-08", 1, true)]);
        assert!(world.knows("2023-08").await);
        let (reader, august) = (world.reader(), month("2023-08"));
        let coverage = all(month_counts::coverage(&reader, RULE, guangdong(), august)).await;
        assert_eq!((coverage[0].months, coverage[0].simulated), (1, 1));
    });
}

/// Four tables, of the same records: each says how many they were and up to when Kafka took them.
#[test]
fn every_table_says_which_records_it_was_counted_from() {
    let world = World::new(Tampering::AsItIs);
    world.runtime.block_on(async {
        let service = |number: u32, source: &str, channel: &str| {
            let mut data = subject(number);
            data.as_object_mut().expect("an object").remove("type");
            data["channel"] = json!(channel);
            event(2_000 + number, "service", source, &data)
        };
        let events = [
            service(1, "hall-1", "hall"),
            service(2, SIMULATES, "pc_portal"),
            bad_review(2, SIMULATES, "2023-07-20T10:00:00+08:00"),
            service(3, "hall-1", "paper"),
            bad_review(3, "hall-1", "2023-07-20T10:00:00+08:00"),
        ];
        world.count(0, &events).await;
        // Twice the same rows, as a loader leaves them that has died, and another version of each count.
        world.count(0, &events).await;

        let (reader, july) = (world.reader(), month("2023-07"));
        // The records are at the offsets 0 to 4, seven seconds apart.
        let last = 1_700_000_000 + 7 * 4;
        let served = all(month_counts::served_month(&reader, RULE, guangdong(), july)).await;
        let served = &served[0];
        assert_eq!((served.records, served.simulated, served.records_through), (5, 2, last));
        let rows = all(row_counts::row_coverage(&reader, RULE, guangdong(), july)).await;
        assert_eq!((rows[0].records, rows[0].simulated, rows[0].records_through), (5, 2, last));
        let cases = all(month_counts::cases(&reader, RULE, guangdong(), july)).await;
        let cases = &cases[0];
        assert_eq!((cases.records, cases.simulated, cases.records_through), (3, 1, last - 7));
        assert_eq!(cases.cells_without_sets, 0);
        assert_eq!(cases.cases_by_channels, [(1, 1), (1 << 6, 1), (1 << 9, 1)]);

        let of = domain::ProvinceMonth { province: guangdong(), month: july };
        let page =
            month_ledger::SourcesPage { by_partition: false, source: None, limit: 9, offset: 0 };
        let classes = world.reader().query_raw(&month_ledger::classes(RULE, of, page));
        let classes: month_ledger::ClassesRow = classes.fetch_one().await.expect("classes");
        assert_eq!((classes.records, classes.simulated), (5, 2));
        assert_eq!(classes.records_through, last);
        let figures = world.reader().query_raw(&month_ledger::figures(RULE, of));
        let figures: Vec<month_ledger::FiguresRow> = figures.fetch_all().await.expect("figures");
        assert_eq!((figures[0].records, figures[0].simulated), (5, 2));
        assert_eq!(figures[0].records_through, last);

        // A day on which nothing but a hall was rated has no rows, and is not missing from them.
        let of_hall = review_of_hall(5);
        world.count(5, &[of_hall]).await;
        let served = all(month_counts::served_month(&reader, RULE, guangdong(), july)).await;
        let rows = all(row_counts::row_coverage(&reader, RULE, guangdong(), july)).await;
        assert_eq!((served[0].records, rows[0].records), (6, 6));
        assert_eq!(rows[0].records_through, last + 7);
    });
}

/// What a file of all items is written from.
#[test]
fn all_rows_come_one_by_one_in_the_order_of_their_codes_with_the_latest_name() {
    let world = World::new(Tampering::AsItIs);
    world.runtime.block_on(async {
        // More than one page.
        let codes = || (0..1_500).map(|item| format!("11440106007456789{item:014}"));
        let events = (0..).zip(codes().rev()).map(|(number, code)| {
            let mut review: Value =
                serde_json::from_str(&bad_review(number, "hall-1", "2023-07-20T10:00:00+08:00"))
                    .expect("JSON");
            review["data"]["subject"]["item_code"] = json!(code);
            review.to_string()
        });
        world.count(0, &events.collect::<Vec<_>>()).await;
        let named = codes().nth(7).expect("a code");
        world
            .execute(&format!(
                "INSERT INTO names (province, kind, code, name, last_month) VALUES
(44, 'item', '{named}', '旧名', '2023-06-01'), (44, 'item', '{named}', '户口迁移', '2023-07-01'),
(43, 'item', '{named}', '别省', '2023-08-01'), (44, 'department', '114401060074567890', '公安局', '2023-07-01')"
            ))
            .await;

        let items = Breakdown::Items { area: None, department: None, item: None, channel: None };
        let (reader, july) = (world.reader(), month("2023-07"));
        let rows = |breakdown: &Breakdown| {
            row_counts::all_rows(&reader, RULE, guangdong(), july, breakdown).into_query()
        };
        let mut cursor = rows(&items).fetch::<row_counts::NamedRow>().expect("a cursor");
        let mut read = Vec::new();
        while let Some(row) = cursor.next().await.expect("a row") {
            assert_eq!(row.name, if row.code == named { "户口迁移" } else { "" }, "{}", row.code);
            assert_eq!(row.reviews.iter().map(|(_, count)| count).sum::<u64>(), 1);
            read.push(row.code);
        }
        assert_eq!(read.len(), codes().len());
        assert_eq!(read.into_iter().zip(codes()).find(|(read, code)| read != code), None);

        let departments: Vec<row_counts::NamedRow> =
            rows(&Breakdown::Departments).fetch_all().await.expect("departments");
        let department = departments.iter().find(|row| row.code == "114401060074567890");
        assert_eq!(department.expect("it is there").name, "公安局");
        let cities: Vec<row_counts::NamedRow> =
            rows(&Breakdown::Cities).fetch_all().await.expect("cities");
        assert_eq!((cities.len(), cities[0].code.as_str(), cities[0].name.as_str()), (1, "440100", ""));
    });
}
