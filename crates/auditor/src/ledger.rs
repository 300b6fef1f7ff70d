//! Reads the books: classes every stored record again, as of the cuts of the partitions, and reads what
//! is disclosed. Decides nothing.

use domain::{Class, Month, Position, Province, ProvinceMonth, QuarantineState, ServedOn};
use tables::day_counts;
use tables::quarantine::{self, Quarantined};
use tables::records_by_class::{self, ClassCount, DaySize, StoredCount};
use tables::{Cut, stored_offsets};

use crate::books::{Account, Books, DISCARDED, QUARANTINED, by_day, day_of, note_doubled};
use crate::sources::{Audit, Sources};

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

    fn holds(self, of: ProvinceMonth) -> bool {
        self.province.is_none_or(|wanted| wanted == of.province)
            && self.month.is_none_or(|wanted| wanted == of.month)
    }

    fn of_records(self) -> records_by_class::Selection {
        records_by_class::Selection { province: self.province, month: self.month }
    }
}

/// Reads the books as of the cuts. `progress` gets the number of records classed so far, and of all.
///
/// # Errors
///
/// If an engine does not answer, or ClickHouse holds what this code does not know.
pub(crate) async fn read(
    sources: &Sources,
    selection: Selection,
    progress: impl Fn(u64, u64),
) -> anyhow::Result<Books> {
    let client = sources.client();
    let ranges = sources.ranges().await?;
    let quarantine = quarantine::list(client).await?;
    let states: Vec<_> = quarantine.iter().map(|record| (record.position, record.state)).collect();
    let Audit { partitions, differing } = sources.audit(&ranges, &states).await?;
    let mut books =
        Books { topics: sources.topics().to_vec(), partitions, differing, ..Books::default() };
    let cut: Cut = ranges.iter().map(|at| ((at.topic, at.partition), at.cut)).collect();
    let of_records = selection.of_records();
    let days = records_by_class::days(client, of_records, &cut).await?;
    let all = days.iter().map(|day| day.records).sum();
    let mut done = 0;
    for piece in pieces(&days, RECORDS_MAX) {
        progress(done, all);
        let Piece { province, days, records } = piece;
        for count in records_by_class::classes(client, province, &days, &cut).await? {
            add_class(&mut books, count);
        }
        done += records;
    }
    progress(all, all);
    add_quarantined(&mut books, quarantine);
    let stored = records_by_class::stored(client, of_records, &cut).await?;
    books.stored = stored.into_iter().map(account_of).collect();
    books.disclosed = by_day(day_counts::disclosed(client).await?);
    books.disclosed.retain(|(of, _), _| selection.holds(*of));
    if selection.is_whole() {
        books.compare_partitions();
    } else {
        // A record that is stored under two keys may lie in two months, of which this may be one.
        let beyond = stored_offsets::classed_beyond_stored(client).await?;
        note_doubled(&mut books.partitions, &beyond);
    }
    Ok(books)
}

/// Some days of a province that are classed by one statement.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    province: Province,
    days: Vec<ServedOn>,
    records: u64,
}

/// Divides days into pieces of at most so many records, unless a single day has more.
fn pieces(days: &[DaySize], records_max: u64) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for DaySize { province, served_on, records } in days.iter().copied() {
        match pieces.last_mut() {
            Some(last) if last.province == province && last.records + records <= records_max => {
                last.days.push(served_on);
                last.records += records;
            }
            _ => pieces.push(Piece { province, days: vec![served_on], records }),
        }
    }
    pieces
}

fn add_class(books: &mut Books, count: ClassCount) {
    let ClassCount { province, served_on, source, topic, partition, class, records } = count;
    let (of, day) = day_of(province, served_on);
    let account = Account { of: Some(of), source, topic, partition };
    let words = (class.name().to_owned(), class.reason().to_owned());
    *books.lines.entry(account).or_default().entry(words).or_default() += records;
    let seen = books.classed.entry((of, day)).or_default();
    seen.records += records;
    match class {
        Class::Service => seen.services += records,
        Class::Counted => seen.counted += records,
        Class::Duplicate
        | Class::FollowUp
        | Class::OtherSubject
        | Class::SetAside(_)
        | Class::Superseded(_)
        | Class::Repeat
        | Class::Disposition => {}
    }
}

/// A record that was loaded after all has a class like any other, and is not quarantined any more.
fn add_quarantined(books: &mut Books, quarantine: Vec<Quarantined>) {
    for record in quarantine {
        let Position { topic, partition, offset } = record.position;
        let words = match (record.state, record.discard) {
            (QuarantineState::Replayed, _) => continue,
            (QuarantineState::Open, _) => (QUARANTINED.to_owned(), record.reason),
            (QuarantineState::Discarded, discard) => {
                (DISCARDED.to_owned(), discard.map_or_else(String::new, |discard| discard.reason))
            }
        };
        let mut partitions = books.partitions.iter();
        if partitions.any(|at| (at.topic, at.partition) == (topic, partition) && offset < at.cut) {
            let account = Account { of: None, source: record.source, topic, partition };
            *books.lines.entry(account).or_default().entry(words).or_default() += 1;
        }
    }
}

fn account_of(stored: StoredCount) -> (Account, u64) {
    let StoredCount { province, month, source, topic, partition, offsets } = stored;
    let of = Some(ProvinceMonth { province, month });
    (Account { of, source, topic, partition }, offsets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_divided_into_pieces_of_one_province_that_are_not_too_large() {
        let day = |province: &str, day: &str, records| DaySize {
            province: province.parse().expect("a province"),
            served_on: day.parse().expect("a day"),
            records,
        };
        let days = [
            day("430000", "2023-07-01", 3),
            day("430000", "2023-07-02", 4),
            day("430000", "2023-07-03", 9),
            day("440000", "2023-07-03", 20),
            day("440000", "2023-07-04", 1),
        ];
        let pieces = pieces(&days, 10);
        let sizes: Vec<_> =
            pieces.iter().map(|piece| (piece.province.number(), piece.records)).collect();
        assert_eq!(sizes, [(43, 7), (43, 9), (44, 20), (44, 1)]);
        let first: Vec<_> = pieces[0].days.iter().map(ToString::to_string).collect();
        assert_eq!(first, ["2023-07-01", "2023-07-02"]);
    }
}
