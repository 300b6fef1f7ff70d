//! One statement counts many days. A day that ClickHouse refuses does not block the others, and
//! readers see each day as a whole.

use clickhouse::{RowOwned, RowRead};
use counter::recount::{Unfinished, recount};
use domain::{Province, ServedOn};
use strum::VariantArray;
use tables::Rule;
use tables::buckets::Buckets;
use tables::counts::Table;
use testbed::wait::until;
use wire::CloudEvent;

use super::tampering::Tampering;
use super::world::World;

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

impl World {
    /// Stores events, recounts a table in which ClickHouse refuses to write one day of one province,
    /// and returns the days that were counted and those that were not.
    fn recount_where_one_is_refused(
        &self,
        table: Table,
        events: &[String],
        refused: (Province, ServedOn),
    ) -> [Vec<(Province, ServedOn)>; 2] {
        self.runtime.block_on(async {
            let touched = self.store_jsons(events).await;
            let (province, served_on) = (refused.0.number(), refused.1);
            let refuse = format!(
                "ALTER TABLE {table} ADD CONSTRAINT refused CHECK NOT (province = {province} AND served_on = '{served_on}')"
            );
            self.execute(&refuse).await;
            let unfinished = recount(&self.client, table, &[Rule::FIRST], &touched).await;
            let Unfinished { left, .. } = unfinished.expect_err("one day is refused");
            let counted = format!(
                "SELECT DISTINCT province, toUInt16(served_on) FROM {table} ORDER BY ALL"
            );
            let counted: Vec<(u8, u16)> =
                self.client.query(&counted).fetch_all().await.expect("rows");
            let day = |(province, served_on)| {
                let province = Province::from_number(province).expect("a province");
                (province, ServedOn::from_days_since_epoch(served_on).expect("a day"))
            };
            [counted.into_iter().map(day).collect(), left.into_keys().collect()]
        })
    }

    /// Stores events and recounts a table through a server that splits inserts wherever it may.
    /// Returns the number of parts written.
    fn parts_of_a_recount(&self, table: Table, events: &[String]) -> u64 {
        self.runtime.block_on(async {
            let touched = self.store_jsons(events).await;
            self.execute(&format!("SYSTEM STOP MERGES {table}")).await;
            let cuts = ["max_block_size", "min_insert_block_size_rows"];
            let client = cuts
                .into_iter()
                .fold(self.client.clone(), |client, setting| client.with_setting(setting, "2"));
            recount(&client, table, &[Rule::FIRST], &touched).await.expect("it is counted");
            let parts =
                "SELECT count() FROM system.parts WHERE active AND database = ? AND table = ?";
            let parts =
                self.client.query(parts).bind(&self.installation.clickhouse.clickhouse_database);
            parts.bind(table.to_string()).fetch_one().await.expect("a number")
        })
    }

    /// Recounts a table, and returns the priorities with which ClickHouse did it.
    fn priorities_of_a_recount(&self, table: Table, events: &[String]) -> Vec<String> {
        self.runtime.block_on(async {
            let touched = self.store_jsons(events).await;
            self.recount_and_ask_the_log(table, &touched, "DISTINCT Settings['priority']").await
        })
    }

    /// Recounts a table for events that arrive after others. Returns how many parts of records it
    /// read, counting a part each time.
    fn parts_read_by_a_recount(&self, table: Table, others: &[String], events: &[String]) -> u64 {
        self.runtime.block_on(async {
            self.store_jsons(others).await;
            let touched = self.store_jsons(events).await;
            let parts = "sum(ProfileEvents['SelectedParts'])";
            self.recount_and_ask_the_log(table, &touched, parts).await[0]
        })
    }

    /// Recounts a table, and returns ClickHouse's log of the statements that wrote to it.
    async fn recount_and_ask_the_log<T>(
        &self,
        table: Table,
        touched: &Buckets,
        what: &str,
    ) -> Vec<T>
    where
        T: RowOwned + RowRead,
    {
        recount(&self.client, table, &[Rule::FIRST], touched).await.expect("it is counted");
        let written = format!("{}.{table}", self.installation.clickhouse.clickhouse_database);
        let noted = |what: &str, of: &str| {
            let noted = format!(
                "SELECT {what} FROM system.query_log \
                WHERE {of} AND query_kind = 'Insert' AND has(tables, ?)"
            );
            self.client.query(&noted).bind(&written)
        };
        // ClickHouse answers before it logs the end of a statement.
        until("the end of every statement is logged", async || {
            self.execute("SYSTEM FLUSH LOGS query_log").await;
            let both = "countIf(type = 'QueryStart') AS began, countIf(type != 'QueryStart')";
            let (began, ended): (u64, u64) =
                noted(both, "true").fetch_one().await.expect("two numbers");
            began > 0 && began == ended
        })
        .await;
        noted(what, "type = 'QueryFinish'").fetch_all().await.expect("rows")
    }

    async fn store_jsons(&self, events: &[String]) -> Buckets {
        let events: Vec<_> = events
            .iter()
            .map(|json| CloudEvent::parse(json.as_bytes()).expect("a service"))
            .collect();
        self.store_events(0, &events).await
    }
}

#[test]
fn a_day_that_cannot_be_counted_does_not_block_the_others() {
    let all = || PROVINCES.iter().flat_map(|number| (1..=9).map(|day| (*number, day)));
    let events: Vec<_> = all().map(|(province, day)| service(province, day)).collect();
    let refused = (province(43), day(5));
    let others = all().map(|(number, of)| (province(number), day(of)));
    let others: Vec<_> = others.filter(|bucket| *bucket != refused).collect();
    let world = World::new(Tampering::AsItIs);
    for table in [Table::Counts, Table::ItemCounts, Table::ClassCounts] {
        let [counted, left] = world.recount_where_one_is_refused(table, &events, refused);
        assert_eq!(counted, others, "{table}");
        assert_eq!(left, [refused], "{table}");
    }
}

#[test]
fn all_rows_of_a_statement_are_one_part() {
    let world = World::new(Tampering::AsItIs);
    let days = PROVINCES.iter().flat_map(|number| (1..=9).map(|day| (*number, day)));
    let events: Vec<_> = days.map(|(province, day)| service(province, day)).collect();
    for table in Table::VARIANTS {
        // Cases are counted province by province.
        let statements = if *table == Table::CaseCounts { PROVINCES.len() as u64 } else { 1 };
        assert_eq!(world.parts_of_a_recount(*table, &events), statements, "{table}");
    }
}

#[test]
fn what_is_looked_at_first_is_counted_first() {
    let world = World::new(Tampering::AsItIs);
    let events = [service(43, 5)];
    let order = [Table::Counts, Table::CaseCounts, Table::ItemCounts, Table::ClassCounts];
    // Zero would mean no priority.
    for (priority, table) in (1..).zip(order) {
        let priorities = world.priorities_of_a_recount(table, &events);
        assert_eq!(priorities, [priority.to_string()], "{table}");
    }
}

#[test]
fn a_recount_reads_no_other_month() {
    let august = [service(43, 5)];
    let july = [service(43, 5).replace("2023-08", "2023-07")];
    for table in Table::VARIANTS {
        let parts = [&[][..], &july].map(|others| {
            World::new(Tampering::AsItIs).parts_read_by_a_recount(*table, others, &august)
        });
        assert!(parts[0] > 0, "{table}");
        assert_eq!(parts[0], parts[1], "{table}");
    }
}
