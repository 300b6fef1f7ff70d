//! The state of the tables that answers are read from. While none of them has changed, an answer
//! need not be computed again (decision 0013). No IO.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

use domain::Month;
use tables::Read;

use crate::store::Reads;

/// What was stored at a moment.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) stored: Stored,
    /// What was committed after this moment may be missing.
    pub(crate) seen_at: Instant,
}

/// The parts of each table, by the month of what is in them: a hash of what they are called and of what
/// they hold. A part never changes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stored(BTreeMap<(String, Option<Month>), u64>);

/// The same number, the same parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(u64);

impl Stored {
    /// From a table, a partition of it, and a hash of its parts. Tables that are partitioned by month
    /// are so by `toYYYYMM`.
    pub(crate) fn new(parts: impl IntoIterator<Item = (String, String, u64)>) -> Self {
        let month = |partition: &str| partition.parse().ok().and_then(Month::from_number);
        let mut stored = Self::default();
        for (table, partition, hash) in parts {
            *stored.0.entry((table, month(&partition))).or_default() ^= hash;
        }
        stored
    }

    /// Of all that an answer was read from. Nothing if it depends on more than tables, or if nothing is
    /// stored of any of them: then they are somewhere else.
    pub(crate) fn fingerprint(&self, reads: &Reads) -> Option<Fingerprint> {
        let reads: &BTreeSet<Read> = match reads {
            Reads::Tables(reads) => reads,
            Reads::More => return None,
        };
        let is_read = |(table, partition): &(String, Option<Month>)| {
            reads.iter().any(|read| read.table == table && read.months.include(*partition))
        };
        let mut read = self.0.iter().filter(|(part, _)| is_read(part)).peekable();
        read.peek()?;
        let mut hasher = DefaultHasher::new();
        read.for_each(|part| part.hash(&mut hasher));
        Some(Fingerprint(hasher.finish()))
    }

    #[cfg(test)]
    pub(crate) fn of_one_table(table: &str, hash: u64) -> Self {
        Self::new([(table.to_owned(), String::new(), hash)])
    }
}

#[cfg(test)]
mod tests {
    use clickhouse::Client;
    use domain::Province;
    use tables::month_counts::{cases, coverage, late_bad_reviews, months_of_all, served_month};
    use tables::parts::TABLES;
    use tables::row_counts::{Named, names, row_coverage, rows};
    use tables::{Breakdown, RowRange};

    use super::*;

    fn stored(changed: Option<(&str, &str)>) -> Stored {
        let months = ["202203", "202204", "202306", "202307", "202308"];
        let by_month = ["counts", "case_counts", "item_counts"]
            .into_iter()
            .flat_map(|table| months.map(|month| (table, month)));
        let all = by_month.chain([("names", "tuple()")]);
        Stored::new(all.map(|at| (at.0.into(), at.1.to_owned(), u64::from(changed == Some(at)))))
    }

    fn reads<const N: usize>(of_statements: [&[Read]; N]) -> Reads {
        Reads::Tables(of_statements.into_iter().flatten().copied().collect())
    }

    /// The partitions of which a change has an answer made again.
    fn rests_on(reads: &Reads) -> Vec<(&'static str, &'static str)> {
        let months = ["202203", "202204", "202306", "202307", "202308", "tuple()"];
        let all = TABLES.iter().flat_map(|table| months.map(|month| (*table, month)));
        let unchanged = stored(None).fingerprint(reads);
        all.filter(|at| stored(Some(*at)).fingerprint(reads) != unchanged).collect()
    }

    fn july() -> (Client, Province, Month) {
        let guangdong = Province::from_number(44).expect("a province");
        (Client::default(), guangdong, "2023-07".parse().expect("a month"))
    }

    #[test]
    fn figures_rest_on_their_month_and_on_those_from_which_late_reviews_come() {
        let (client, guangdong, month) = july();
        let of_services = served_month(&client, 1, guangdong, month);
        let late = late_bad_reviews(&client, 1, guangdong, month);
        let of_cases = cases(&client, 1, guangdong, month);
        let of_data = [of_services.reads(), late.reads(), of_cases.reads()];
        let mut expected = vec![
            ("counts", "202204"),
            ("counts", "202306"),
            ("counts", "202307"),
            ("case_counts", "202307"),
        ];
        assert_eq!(rests_on(&reads(of_data)), expected);
        // A page shows the cities too.
        let cities = rows(&client, 1, guangdong, month, &Breakdown::Cities, RowRange::FIRST);
        let of_page = [of_services.reads(), late.reads(), of_cases.reads(), cities.reads()];
        expected.push(("item_counts", "202307"));
        assert_eq!(rests_on(&reads(of_page)), expected);
    }

    #[test]
    fn rows_rest_on_their_month_and_on_all_names() {
        let (client, guangdong, month) = july();
        let of_month = coverage(&client, 1, guangdong, month);
        let of_rows = row_coverage(&client, 1, guangdong, month);
        let page = rows(&client, 1, guangdong, month, &Breakdown::Departments, RowRange::FIRST);
        let named = names(&client, guangdong, Named::Department, &[]);
        assert_eq!(
            rests_on(&reads([of_month.reads(), of_rows.reads(), page.reads(), named.reads()])),
            [
                ("counts", "202204"),
                ("counts", "202306"),
                ("counts", "202307"),
                ("item_counts", "202307"),
                ("names", "tuple()")
            ]
        );
    }

    #[test]
    fn lists_rest_on_all_months() {
        let (client, ..) = july();
        let months = ["202203", "202204", "202306", "202307", "202308"];
        let of_all = months_of_all(&client);
        assert_eq!(rests_on(&reads([of_all.reads()])), months.map(|month| ("counts", month)));
    }

    #[test]
    fn every_table_that_an_answer_rests_on_is_looked_at() {
        let (client, guangdong, month) = july();
        let range = RowRange::FIRST;
        for reads in [
            months_of_all(&client).reads(),
            cases(&client, 1, guangdong, month).reads(),
            rows(&client, 1, guangdong, month, &Breakdown::Cities, range).reads(),
            names(&client, guangdong, Named::Item, &[]).reads(),
        ] {
            for read in reads {
                assert!(TABLES.contains(&read.table), "{}", read.table);
            }
        }
    }

    #[test]
    fn a_part_that_comes_or_goes_is_a_change_and_no_parts_are_nothing_to_rest_on() {
        let (client, ..) = july();
        let of_all = months_of_all(&client);
        let reads = reads([of_all.reads()]);
        let of = |parts: &[(&str, u64)]| {
            let parts = parts.iter().map(|(at, hash)| ("counts".into(), (*at).to_owned(), *hash));
            Stored::new(parts).fingerprint(&reads)
        };
        assert_eq!(of(&[]), None);
        assert_ne!(of(&[("202307", 1)]), of(&[("202307", 1), ("202308", 2)]));
        assert_ne!(of(&[("202307", 1)]), of(&[("202308", 1)]));
        assert_eq!(of(&[("202307", 1), ("202307", 2)]), of(&[("202307", 3)]), "hashes are joined");
        assert_eq!(
            Stored::of_one_table("counts", 1).fingerprint(&Reads::More),
            None,
            "nobody knows when an answer changes that depends on more"
        );
    }
}
