//! The tables of counts as texts: as the reference has them, and as ClickHouse does.

use std::collections::{BTreeMap, BTreeSet};

use clickhouse::{Client, Row};
use domain::reference::{Counts, Coverage, Line};
use domain::{EpochSeconds, Group, ServedOn};
use serde::Deserialize;
use strum::VariantArray;
use tables::counting::SETTINGS;
use tables::counts::{Table, held};

/// The tables of counts, in the order of `tables::counts::Table`, as text of a key to text of its row.
pub type Tables = [BTreeMap<String, String>; 4];

/// The tables according to the reference.
pub fn expected(counts: &Counts) -> Tables {
    let groups = |groups: &BTreeMap<Group, u64>| {
        groups.iter().map(|(group, reviews)| (group.code(), *reviews)).collect::<BTreeMap<_, _>>()
    };
    let channels = |channels: &BTreeMap<domain::Channel, u64>| {
        channels.iter().map(|(channel, n)| (channel.code(), *n)).collect::<BTreeMap<_, _>>()
    };
    let channel_sets = |sets: &BTreeMap<BTreeSet<domain::Channel>, u64>| {
        let bits = |set: &BTreeSet<domain::Channel>| {
            set.iter().map(|channel| 1_u16 << (channel.code() - 1)).sum::<u16>()
        };
        sets.iter().map(|(set, n)| (bits(set), *n)).collect::<BTreeMap<_, _>>()
    };
    let channel_groups = |groups: &BTreeMap<domain::ChannelGroup, u64>| {
        groups.iter().map(|(group, n)| (group.code(), *n)).collect::<BTreeMap<_, _>>()
    };
    let buckets = counts.buckets.iter().map(|(bucket, count)| {
        (
            format!("{} {} {}", bucket.province, bucket.served_on, bucket.cell.number()),
            format!(
                "{} {} {} {:?} {:?} {:?}",
                text(count.coverage),
                count.services,
                count.unreviewed,
                channels(&count.services_by_channel),
                groups(&count.reviews),
                groups(&count.set_aside),
            ),
        )
    });
    let cases = counts.cases.iter().map(|((province, month, cell), count)| {
        (
            format!("{province} {month} {}", cell.number()),
            format!(
                "{} {} {:?} {:?} {:?}",
                text(count.coverage),
                count.cases,
                channels(&count.cases_by_channel),
                channel_groups(&count.cases_by_group),
                channel_sets(&count.cases_by_channels),
            ),
        )
    });
    let items = counts.items.iter().map(|((province, served_on, county, item), count)| {
        (
            format!("{province} {served_on} {county} {item}"),
            format!(
                "{} {} {} {:?}",
                text(counts.days[&(*province, *served_on)]),
                count.services,
                count.unreviewed,
                groups(&count.reviews)
            ),
        )
    });
    let lines = counts.lines.iter().map(|(line, records)| {
        let Line { province, served_on, source, topic, partition, class } = line;
        let (class, reason) = (class.name(), class.reason());
        (
            format!("{province} {served_on} {source} {topic} {partition} {class} {reason}"),
            format!("{} {records}", text(counts.days[&(*province, *served_on)])),
        )
    });
    [buckets.collect(), cases.collect(), items.collect(), lines.collect()]
}

/// What a row was counted from.
fn text(Coverage { records, simulated, through }: Coverage) -> String {
    format!("{records} with {simulated} simulated through {}", through.get())
}

#[derive(Row, Deserialize)]
struct CountRow {
    province: u8,
    served_on: u16,
    cell: u16,
    generation: u64,
    services: u64,
    unreviewed: u64,
    services_by_channel: Vec<(u8, u64)>,
    reviews: Vec<(u16, u64)>,
    set_aside: Vec<(u16, u64)>,
    simulated: u64,
    records_through: u32,
}

#[derive(Row, Deserialize)]
struct CaseCountRow {
    province: u8,
    month: u16,
    cell: u16,
    generation: u64,
    cases: u64,
    cases_by_channel: Vec<(u8, u64)>,
    cases_by_group: Vec<(u8, u64)>,
    cases_by_channels: Vec<(u16, u64)>,
    simulated: u64,
    records_through: u32,
}

#[derive(Row, Deserialize)]
struct ItemCountRow {
    province: u8,
    served_on: u16,
    area: u32,
    item: String,
    generation: u64,
    services: u64,
    unreviewed: u64,
    reviews: Vec<(u16, u64)>,
    simulated: u64,
    records_through: u32,
}

#[derive(Row, Deserialize)]
struct ClassCountRow {
    province: u8,
    served_on: u16,
    source: String,
    topic: u8,
    partition: u16,
    class: String,
    reason: String,
    generation: u64,
    records: u64,
    simulated: u64,
    records_through: u32,
}

/// What is counted, read from these in place of the tables.
pub async fn read(client: &Client, from: &[String; 4]) -> Tables {
    let day = |days: u16| ServedOn::from_days_since_epoch(days).expect("a day");
    let counts: Vec<CountRow> = client
        .query(&format!("SELECT ?fields FROM {} {SETTINGS}", from[0]))
        .fetch_all()
        .await
        .expect("counts are read");
    let counts = counts.into_iter().map(|row| {
        (
            format!("{}0000 {} {}", row.province, day(row.served_on), row.cell),
            format!(
                "{} {} {} {:?} {:?} {:?}",
                rests_on(row.generation, row.simulated, row.records_through),
                row.services,
                row.unreviewed,
                map(row.services_by_channel),
                map(row.reviews),
                map(row.set_aside)
            ),
        )
    });
    let cases: Vec<CaseCountRow> = client
        .query(&format!("SELECT ?fields FROM {} {SETTINGS}", from[1]))
        .fetch_all()
        .await
        .expect("counts are read");
    let cases = cases.into_iter().map(|row| {
        (
            format!("{}0000 {} {}", row.province, day(row.month).month(), row.cell),
            format!(
                "{} {} {:?} {:?} {:?}",
                rests_on(row.generation, row.simulated, row.records_through),
                row.cases,
                map(row.cases_by_channel),
                map(row.cases_by_group),
                map(row.cases_by_channels)
            ),
        )
    });
    let items: Vec<ItemCountRow> = client
        .query(&format!("SELECT ?fields FROM {} {SETTINGS}", from[2]))
        .fetch_all()
        .await
        .expect("counts are read");
    let items = items.into_iter().map(|row| {
        (
            format!("{}0000 {} {} {}", row.province, day(row.served_on), row.area, row.item),
            format!(
                "{} {} {} {:?}",
                rests_on(row.generation, row.simulated, row.records_through),
                row.services,
                row.unreviewed,
                map(row.reviews)
            ),
        )
    });
    let lines: Vec<ClassCountRow> = client
        .query(&format!(
            "SELECT province, served_on, source, topic, partition, toString(class) AS class, reason, generation, records,
                simulated, records_through
            FROM {} {SETTINGS}",
            from[3]
        ))
        .fetch_all()
        .await
        .expect("counts are read");
    let lines = lines.into_iter().map(|row| {
        let ClassCountRow { province, source, topic, partition, class, reason, .. } = &row;
        let served_on = day(row.served_on);
        (
            format!("{province}0000 {served_on} {source} {topic} {partition} {class} {reason}"),
            format!(
                "{} {}",
                rests_on(row.generation, row.simulated, row.records_through),
                row.records
            ),
        )
    });
    [counts.collect(), cases.collect(), items.collect(), lines.collect()]
}

/// Compares what should be counted with what is.
///
/// # Errors
///
/// The first table that differs, and two of its rows.
pub fn same(expected: &Tables, counted: &Tables) -> Result<(), String> {
    for ((table, expected), counted) in Table::VARIANTS.iter().zip(expected).zip(counted) {
        if expected != counted {
            let differs = |key: &&String| expected.get(*key) != counted.get(*key);
            let keys: Vec<_> =
                expected.keys().chain(counted.keys()).filter(differs).take(2).collect();
            let both = |key: &&String| {
                format!("{key}: {:?} is {:?}", expected.get(*key), counted.get(*key))
            };
            return Err(format!(
                "{table}: {}",
                keys.iter().map(both).collect::<Vec<_>>().join("; ")
            ));
        }
    }
    Ok(())
}

/// Every row of the live tables that holds.
pub fn live() -> [String; 4] {
    let live = |table: &Table| format!("({})", held(*table, "1"));
    Table::VARIANTS.iter().map(live).collect::<Vec<_>>().try_into().expect("four tables")
}

fn rests_on(records: u64, simulated: u64, through: u32) -> String {
    text(Coverage { records, simulated, through: EpochSeconds::new(through) })
}

fn map<K: Ord>(pairs: Vec<(K, u64)>) -> BTreeMap<K, u64> {
    pairs.into_iter().collect()
}
