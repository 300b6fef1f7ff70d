//! Reads the ledger: classes every stored record anew, as of the cuts of the partitions.
//!
//! A class is a matter of all records of a service below the cuts, so what is read is a function of
//! the cuts alone, however much is loaded meanwhile.

use std::collections::BTreeMap;

use anyhow::Context;
use clickhouse::{Client, Row};
use domain::{Class, Month, Position, Province, QuarantineState};
use serde::Deserialize;
use tables::Rule;
use tables::counting::classes;

use crate::books::{Account, Books, DISCARDED, QUARANTINED};
use crate::figures::{self, Place};
use crate::partition::{Audited, Offsets, cut};
use crate::sources::Sources;

/// The most records that one statement classes: it sorts them.
const RECORDS_MAX: u64 = 2_000_000;

/// Which part of the ledger is wanted: everything, unless something is named.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct Selection {
    /// Only this province, by its six digits such as 440000.
    #[arg(long, value_name = "CODE")]
    province: Option<Province>,
    /// Only services of this month, such as 2023-07.
    #[arg(long, value_name = "YYYY-MM")]
    month: Option<Month>,
}

impl Selection {
    fn is_whole(self) -> bool {
        self.province.is_none() && self.month.is_none()
    }

    fn holds(self, (province, month): Place) -> bool {
        self.province.is_none_or(|wanted| wanted == province)
            && self.month.is_none_or(|wanted| wanted == month)
    }

    /// As a condition. What is quarantined has no place, and is always asked for apart.
    fn condition(self) -> String {
        let mut conditions = vec!["kind != 'quarantined'".to_owned()];
        conditions
            .extend(self.province.map(|province| format!("province = {}", province.number())));
        conditions.extend(self.month.map(|month| {
            format!("served_on >= '{}' AND served_on < '{}'", month.first_day(), month.end())
        }));
        conditions.join(" AND ")
    }
}

#[derive(Row, Deserialize)]
struct DayRow {
    province: u8,
    day: String,
    records: u64,
}

#[derive(Row, Deserialize)]
struct LineRow {
    province: u8,
    month: u16,
    source: String,
    topic: u8,
    partition: u16,
    class: String,
    reason: String,
    records: u64,
}

#[derive(Row, Deserialize)]
struct StoredRow {
    province: u8,
    month: u16,
    source: String,
    topic: u8,
    partition: u16,
    offsets: u64,
}

/// Reads the books as of the cuts. `progress` is told how many of how many records are classed.
///
/// # Errors
///
/// If ClickHouse does not answer, or holds what this code does not know.
pub(crate) async fn read(
    sources: &Sources,
    selection: Selection,
    cuts: &[Offsets],
    partitions: Vec<Audited>,
    progress: impl Fn(u64, u64),
) -> anyhow::Result<Books> {
    let (client, topics) = (sources.client(), sources.topics().to_vec());
    let below = cut(cuts).below();
    let stored = format!("{} AND {below}", selection.condition());
    let mut books =
        Books { topics, partitions, is_whole: selection.is_whole(), ..Books::default() };
    let days = days(client, &stored).await?;
    let all = days.iter().map(|day| day.records).sum();
    let mut done = 0;
    for piece in pieces(&days, RECORDS_MAX) {
        progress(done, all);
        let which = format!("{} AND {stored}", piece.condition());
        add_classes(client, &which, &mut books).await?;
        done += piece.records;
    }
    progress(all, all);
    add_quarantined(sources, cuts, &mut books).await?;
    books.differing = sources.differing().await?;
    books.stored = stored_offsets(client, &stored).await?;
    let disclosed = figures::disclosed(client).await?.into_iter();
    books.disclosed = disclosed.filter(|(place, _)| selection.holds(*place)).collect();
    Ok(books)
}

async fn days(client: &Client, stored: &str) -> anyhow::Result<Vec<DayRow>> {
    let sql = format!(
        "SELECT province, toString(served_on) AS day, count() AS records FROM records
WHERE {stored} GROUP BY province, served_on ORDER BY province, served_on"
    );
    client.query_raw(&sql).fetch_all().await.context("failed to list the days")
}

/// Some days of a province that are classed by one statement.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    province: u8,
    days: Vec<String>,
    records: u64,
}

impl Piece {
    fn condition(&self) -> String {
        let Self { province, days, .. } = self;
        format!("province = {province} AND served_on IN ('{}')", days.join("', '"))
    }
}

/// Cuts days into pieces of at most so many records, unless a single day has more.
fn pieces(days: &[DayRow], records_max: u64) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for DayRow { province, day, records } in days {
        match pieces.last_mut() {
            Some(last) if last.province == *province && last.records + records <= records_max => {
                last.days.push(day.clone());
                last.records += records;
            }
            _ => pieces.push(Piece {
                province: *province,
                days: vec![day.clone()],
                records: *records,
            }),
        }
    }
    pieces
}

async fn add_classes(client: &Client, which: &str, books: &mut Books) -> anyhow::Result<()> {
    let sql = format!(
        "SELECT province, toStartOfMonth(served_on) AS month, source, topic, partition, class, reason, count() AS records
FROM ({}) GROUP BY province, month, source, topic, partition, class, reason
SETTINGS enable_shared_storage_snapshot_in_query = 1",
        classes(Rule::FIRST, which)
    );
    let rows: Vec<LineRow> =
        client.query_raw(&sql).fetch_all().await.context("failed to class records")?;
    for LineRow { province, month, source, topic, partition, class, reason, records } in rows {
        // A class that nobody knows must not pass for one that is.
        let known = Class::from_words(&class, &reason).context("a record has an odd class")?;
        let place = Some(figures::place(province, month)?);
        let classes = books.lines.entry(Account { place, source, topic, partition }).or_default();
        *classes.entry((known.name().to_owned(), known.reason().to_owned())).or_default() +=
            records;
    }
    Ok(())
}

/// A record that was loaded after all has a class like any other, and is not quarantined any more.
async fn add_quarantined(
    sources: &Sources,
    cuts: &[Offsets],
    books: &mut Books,
) -> anyhow::Result<()> {
    for record in tables::quarantine::list(sources.client()).await? {
        let Position { topic, partition, offset } = record.position;
        let is_below =
            |at: &Offsets| (at.topic, at.partition) == (topic, partition) && offset < at.cut;
        let words = match (record.state, record.discard) {
            (QuarantineState::Replayed, _) => continue,
            (QuarantineState::Open, _) => (QUARANTINED.to_owned(), record.reason),
            (QuarantineState::Discarded, discard) => {
                (DISCARDED.to_owned(), discard.map_or_else(String::new, |discard| discard.reason))
            }
        };
        if cuts.iter().any(is_below) {
            let account = Account { place: None, source: record.source, topic, partition };
            *books.lines.entry(account).or_default().entry(words).or_default() += 1;
        }
    }
    Ok(())
}

async fn stored_offsets(client: &Client, stored: &str) -> anyhow::Result<BTreeMap<Account, u64>> {
    let sql = format!(
        "SELECT province, toStartOfMonth(served_on) AS month, source, topic, partition, groupBitmap(offset) AS offsets
FROM records WHERE {stored} GROUP BY province, month, source, topic, partition"
    );
    let rows: Vec<StoredRow> =
        client.query_raw(&sql).fetch_all().await.context("failed to count the stored offsets")?;
    rows.into_iter()
        .map(|StoredRow { province, month, source, topic, partition, offsets }| {
            let place = Some(figures::place(province, month)?);
            Ok((Account { place, source, topic, partition }, offsets))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_cut_into_pieces_of_one_province_that_are_not_too_large() {
        let day = |province, day: &str, records| DayRow { province, day: day.into(), records };
        let days = [
            day(43, "2023-07-01", 3),
            day(43, "2023-07-02", 4),
            day(43, "2023-07-03", 9),
            day(44, "2023-07-03", 20),
            day(44, "2023-07-04", 1),
        ];
        let pieces = pieces(&days, 10);
        let sizes: Vec<_> = pieces.iter().map(|piece| (piece.province, piece.records)).collect();
        assert_eq!(sizes, [(43, 7), (43, 9), (44, 20), (44, 1)]);
        assert_eq!(
            pieces[0].condition(),
            "province = 43 AND served_on IN ('2023-07-01', '2023-07-02')"
        );
    }
}
