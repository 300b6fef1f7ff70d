//! What ClickHouse has stored of the tables that answers are read from, so that an answer need not be
//! made anew while none of them has changed (decision 0013). No IO.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

use domain::Month;
use domain::group::MONTHS_LATE_MAX;
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::resource::{Representation, Resource};

/// A table that answers are read from.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Table {
    Counts,
    CaseCounts,
    ItemCounts,
    Names,
}

/// The parts of each table, by the month of what is in them: a hash of what they are called and of what
/// they hold. A part never changes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stored(BTreeMap<(Table, Option<Month>), u64>);

/// What was stored of all that an answer is read from, as it was at a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Basis {
    /// The same number, the same parts.
    pub(crate) fingerprint: u64,
    /// What was committed after this moment may be missing.
    pub(crate) seen_at: Instant,
}

/// What an answer is read from: of each table the last month and so many before it, or all of it.
pub(crate) type Reads = Vec<(Table, Option<(Month, u8)>)>;

/// What an answer is read from; nothing if it depends on more than on these tables.
pub(crate) fn reads(resource: &Resource, representation: Representation) -> Option<Reads> {
    match resource {
        Resource::Provinces | Resource::Months(_) => Some(vec![(Table::Counts, None)]),
        Resource::Figures(_, month) => {
            // The bad reviews that were received in a month are those of earlier services too.
            let mut reads = vec![
                (Table::Counts, Some((*month, MONTHS_LATE_MAX))),
                (Table::CaseCounts, Some((*month, 0))),
            ];
            // It shows the cities.
            if let Representation::Page(_) = representation {
                reads.push((Table::ItemCounts, Some((*month, 0))));
            }
            Some(reads)
        }
        Resource::Rows(_, month, ..) => Some(vec![
            (Table::Counts, Some((*month, 0))),
            (Table::ItemCounts, Some((*month, 0))),
            (Table::Names, None),
        ]),
        // An audit that is too old says nothing, whether or not another one has come.
        Resource::Ledger(..) => None,
    }
}

/// Whether a partition is among them. One of no month always is.
fn is_among(months: Option<(Month, u8)>, partition: Option<Month>) -> bool {
    months.zip(partition).is_none_or(|((last, earlier), month)| {
        (0..=i32::from(earlier)).contains(&last.months_since(month))
    })
}

impl Stored {
    /// From a table, a partition of it, and a hash of its parts. Tables that are parted by month are so
    /// by `toYYYYMM`.
    pub(crate) fn new(parts: impl IntoIterator<Item = (Table, String, u64)>) -> Self {
        let month = |partition: &str| partition.parse().ok().and_then(Month::from_number);
        let mut stored = Self::default();
        for (table, partition, hash) in parts {
            *stored.0.entry((table, month(&partition))).or_default() ^= hash;
        }
        stored
    }

    /// Nothing if nothing is stored of any of it: then it is somewhere else.
    pub(crate) fn fingerprint(&self, reads: &Reads) -> Option<u64> {
        let is_read = |(table, partition): &(Table, Option<Month>)| {
            reads.iter().any(|(read, months)| read == table && is_among(*months, *partition))
        };
        let mut read = self.0.iter().filter(|(part, _)| is_read(part)).peekable();
        read.peek()?;
        let mut hasher = DefaultHasher::new();
        read.for_each(|part| part.hash(&mut hasher));
        Some(hasher.finish())
    }
}

#[cfg(test)]
mod tests {
    use domain::Province;

    use super::*;
    use crate::resource::{Breakdown, Language, Slice};

    fn stored(changed: Option<(Table, &str)>) -> Stored {
        let months = ["202203", "202204", "202306", "202307", "202308"];
        let by_month = [Table::Counts, Table::CaseCounts, Table::ItemCounts]
            .into_iter()
            .flat_map(|table| months.map(|month| (table, month)));
        let all = by_month.chain([(Table::Names, "tuple()")]);
        Stored::new(all.map(|at| (at.0, at.1.to_owned(), u64::from(changed == Some(at)))))
    }

    /// The partitions of which a change has an answer made anew.
    fn rests_on(resource: &Resource, representation: Representation) -> Vec<(Table, String)> {
        let reads = reads(resource, representation).expect("it rests on tables alone");
        let months = ["202203", "202204", "202306", "202307", "202308", "tuple()"];
        let all = Table::VARIANTS.iter().flat_map(|table| months.map(|month| (*table, month)));
        let unchanged = stored(None).fingerprint(&reads);
        let changes = |(table, partition): &(Table, &str)| {
            stored(Some((*table, partition))).fingerprint(&reads) != unchanged
        };
        let changes = all.filter(changes);
        changes.map(|(table, partition)| (table, partition.to_owned())).collect()
    }

    fn on<const N: usize>(partitions: [(Table, &str); N]) -> Vec<(Table, String)> {
        partitions.map(|(table, partition)| (table, partition.to_owned())).to_vec()
    }

    #[test]
    fn figures_rest_on_their_month_and_on_those_from_which_late_reviews_come() {
        let guangdong = Province::from_number(44).expect("a province");
        let figures = Resource::Figures(guangdong, "2023-07".parse().expect("a month"));
        let mut expected = on([
            (Table::Counts, "202204"),
            (Table::Counts, "202306"),
            (Table::Counts, "202307"),
            (Table::CaseCounts, "202307"),
        ]);
        assert_eq!(rests_on(&figures, Representation::Json), expected);
        assert_eq!(rests_on(&figures, Representation::Csv), expected);
        expected.extend(on([(Table::ItemCounts, "202307")]));
        assert_eq!(rests_on(&figures, Representation::Page(Language::En)), expected);
    }

    #[test]
    fn rows_rest_on_their_month_and_on_all_names() {
        let guangdong = Province::from_number(44).expect("a province");
        let month = "2023-07".parse().expect("a month");
        let rows = Resource::Rows(guangdong, month, Breakdown::Departments, Slice::FIRST);
        let expected = on([
            (Table::Counts, "202307"),
            (Table::ItemCounts, "202307"),
            (Table::Names, "tuple()"),
        ]);
        assert_eq!(rests_on(&rows, Representation::Json), expected);
    }

    #[test]
    fn lists_rest_on_all_months() {
        let months = ["202203", "202204", "202306", "202307", "202308"];
        let expected = on(months.map(|month| (Table::Counts, month)));
        assert_eq!(rests_on(&Resource::Provinces, Representation::Json), expected);
    }

    #[test]
    fn a_part_that_comes_or_goes_is_a_change_and_no_parts_are_nothing_to_rest_on() {
        let reads = reads(&Resource::Provinces, Representation::Json).expect("tables alone");
        let of = |parts: &[(&str, u64)]| {
            let parts = parts.iter().map(|(at, hash)| (Table::Counts, (*at).to_owned(), *hash));
            Stored::new(parts).fingerprint(&reads)
        };
        assert_eq!(of(&[]), None);
        assert_ne!(of(&[("202307", 1)]), of(&[("202307", 1), ("202308", 2)]));
        assert_ne!(of(&[("202307", 1)]), of(&[("202308", 1)]));
        assert_eq!(of(&[("202307", 1), ("202307", 2)]), of(&[("202307", 3)]), "hashes are joined");
    }
}
