//! Creates a history of reviews: a loaded month, and copies of it with other days, cases and
//! positions, counted by the counter's own statements.

use anyhow::{Context, ensure};
use clickhouse::Client;
use counter::recount::recount;
use domain::{Month, Province, ServedOn};
use services::Service;
use tables::Rule;
use tables::buckets::Buckets;
use tables::counts::Table;
use testbed::engines::Installation;
use wire::CellSet;

use crate::bench::Bench;
use crate::events::Spread;
use crate::fill::fill;
use crate::progress::{until_committed, until_stored};
use crate::stage::{Stage, execute, until_merged};

/// The province of every history.
pub(super) fn province() -> Province {
    Province::from_number(44).expect("Guangdong")
}

/// The month that the simulator makes.
pub(super) fn month() -> Month {
    "2023-07".parse().expect("a month")
}

/// A month, and those before it, the latest first.
pub(super) fn months(count: usize) -> Vec<Month> {
    let before = |month: &Month| {
        Some(Month::of(month.first_day().yesterday().expect("no month of ours is the first")))
    };
    std::iter::successors(Some(month()), before).take(count).collect()
}

/// Has the real loader load so many services and reviews, and counts them.
pub(super) async fn load(
    bench: &Bench,
    stage: &Stage,
    events: u64,
) -> anyhow::Result<Installation> {
    let installation = stage.new_installation().await?;
    bench.say(format!("loading a month of {events} services and reviews"));
    fill(&installation.kafka, events, 1, Spread::OneProvince).await?;
    let mut world = stage.world(installation.clone()).await;
    let client = installation.clickhouse.client();
    world[Service::Loader].start();
    until_stored(&client, events).await?;
    until_committed(&installation).await?;
    let ended = world[Service::Loader].terminate();
    ensure!(ended.success(), "the loader ended with {ended}: {}", world[Service::Loader].log());
    count(&client, month()).await?;
    until_merged(&client, &installation.clickhouse.clickhouse_database).await;
    Ok(installation)
}

/// Counts a month whole: everything that the public API reads.
async fn count(client: &Client, month: Month) -> anyhow::Result<()> {
    let first_day = month.first_served_on().days_since_epoch();
    let days = (0..month.days().unsigned_abs()).map(|day| {
        let day = ServedOn::from_days_since_epoch(first_day + u16::from(day))?;
        Ok(((province(), day), CellSet::ALL))
    });
    let buckets: Buckets = days.collect::<Result<_, domain::ParseError>>()?;
    for table in [Table::Counts, Table::CaseCounts, Table::ItemCounts] {
        recount(client, table, &Rule::KNOWN, &buckets).await?;
    }
    Ok(())
}

/// An installation with the month of another one, and with so many months before it that have as much.
pub(super) async fn lengthen(
    bench: &Bench,
    stage: &Stage,
    from: &Installation,
    months: &[Month],
) -> anyhow::Result<Installation> {
    let installation = stage.new_installation().await?;
    let client = installation.clickhouse.client();
    let source = &from.clickhouse.clickhouse_database;
    execute(&client, &format!("INSERT INTO names SELECT * FROM {source}.names")).await?;
    for (number, month) in months.iter().enumerate() {
        bench.say(format!("making month {} of {}: {month}", number + 1, months.len()));
        let copy = client.query_raw(&copy(source, *month, number));
        let copy = copy.with_setting("wait_end_of_query", "1").execute().await;
        copy.with_context(|| format!("failed to make the records of {month}"))?;
        count(&client, *month).await?;
    }
    bench.say("waiting until all is merged");
    until_merged(&client, &installation.clickhouse.clickhouse_database).await;
    Ok(installation)
}

/// The statement that writes the loaded month as another one. Cases, reviews and events get other
/// hashes and records other offsets, so nothing of it is the same record; what belongs together
/// still does.
fn copy(source: &str, to: Month, number: usize) -> String {
    let (first_day, days) = (to.first_day(), to.days());
    let hash = |column: &str| format!("if({column} = 0, 0, cityHash64({column}, {number}))");
    format!(
        "INSERT INTO records SELECT * EXCEPT (day, new_case, new_review, new_event, new_rated_at, new_offset)
    REPLACE (day AS served_on, toUInt16(new_case % 1024) AS cell, new_case AS case, new_review AS review,
        new_event AS event, new_rated_at AS rated_at, new_offset AS offset)
FROM
(
    SELECT *, toDate('{first_day}') + least(toDayOfMonth(served_on), {days}) - 1 AS day,
        {case} AS new_case, {review} AS new_review, {event} AS new_event,
        rated_at + toIntervalDay(day - served_on) AS new_rated_at,
        offset + toUInt64({number}) * 10000000000 AS new_offset
    FROM {source}.records
    WHERE toYYYYMM(served_on) = {of} AND kind != 'quarantined'
)",
        case = hash("case"),
        review = hash("review"),
        event = hash("event"),
        of = month().number(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_goes_back_month_by_month() {
        let months: Vec<_> = months(8).iter().map(ToString::to_string).collect();
        assert_eq!(months[0], "2023-07");
        assert_eq!(months[7], "2022-12");
    }
}
