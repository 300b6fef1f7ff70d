//! What ClickHouse has stored of the tables that answers are read from, so that an answer need not be
//! made anew while none of them has changed.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::Month;
use domain::group::MONTHS_LATE_MAX;

use crate::resource::Resource;
use crate::store::{Fault, Store};

/// The parts of each table that answers are read from, by the month of what is in them: a hash of their
/// names, and of nothing else. A part never changes, and its name is given to no other one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stored(BTreeMap<(String, Option<Month>), u64>);

/// What was stored of all that an answer is read from, as it was at a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Basis {
    /// The same number, the same rows.
    pub(crate) parts: u64,
    /// The moment, or a little earlier.
    pub(crate) seen_at: Instant,
}

/// What an answer is read from. A table that is not parted by month is read whole.
struct Reads {
    tables: &'static [&'static str],
    /// Months of a table before and including this one; of all if there is none.
    months: Option<(Month, u8)>,
}

/// The tables that [`Reads`] names.
pub(crate) const TABLES: [&str; 4] = ["counts", "case_counts", "item_counts", "names"];

impl Reads {
    /// Nothing for what depends on more than on tables, or is asked too rarely to be worth a thought.
    fn of(resource: &Resource) -> Option<Self> {
        Some(match resource {
            Resource::Provinces | Resource::Months(_) => Self { tables: &["counts"], months: None },
            // Of earlier months it has the bad reviews that were received in this one. A page has
            // cities too.
            Resource::Figures(_, month) => Self {
                tables: &["counts", "case_counts", "item_counts"],
                months: Some((*month, MONTHS_LATE_MAX)),
            },
            Resource::Rows(_, month, ..) => {
                Self { tables: &["counts", "item_counts", "names"], months: Some((*month, 0)) }
            }
            // An audit that is too old says nothing, whether or not another one has come.
            Resource::Ledger(..) => return None,
        })
    }

    fn has(&self, table: &str, month: Option<Month>) -> bool {
        let is_in = |(last, earlier): (Month, u8), month: Month| {
            (0..=i32::from(earlier)).contains(&last.months_since(month))
        };
        self.tables.contains(&table)
            && self.months.zip(month).is_none_or(|(months, month)| is_in(months, month))
    }
}

impl Stored {
    /// From a table, a partition of it, and a hash of the names of its parts. Tables that are parted by
    /// month are so by `toYYYYMM`.
    pub(crate) fn new(parts: impl IntoIterator<Item = (String, String, u64)>) -> Self {
        let month = |partition: &str| {
            let (year, month) = partition.split_at_checked(4)?;
            format!("{year}-{month}").parse().ok()
        };
        let parts = parts.into_iter();
        Self(parts.map(|(table, partition, names)| ((table, month(&partition)), names)).collect())
    }

    fn parts(&self, resource: &Resource) -> Option<u64> {
        let reads = Reads::of(resource)?;
        let mut hasher = DefaultHasher::new();
        let read = self.0.iter().filter(|((table, month), _)| reads.has(table, *month));
        read.for_each(|part| part.hash(&mut hasher));
        Some(hasher.finish())
    }
}

/// Looks at what is stored when it is asked for, and not again for a moment.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    seen: moka::future::Cache<(), Arc<(Stored, Instant)>>,
}

impl Watch {
    pub(crate) fn new(moment: Duration) -> Self {
        Self { seen: moka::future::Cache::builder().max_capacity(1).time_to_live(moment).build() }
    }

    /// What is stored of all that a resource is read from. Nothing where that is not to be known: then
    /// an answer is not to be taken for one that still holds.
    pub(crate) async fn basis(&self, store: &Store, resource: &Resource) -> Option<Basis> {
        let look = async {
            // What is committed after this moment may be missing.
            let seen_at = Instant::now();
            Ok::<_, Fault>(Arc::new((store.stored().await?, seen_at)))
        };
        // That ClickHouse does not answer is told by who asks it for figures.
        let seen = self.seen.try_get_with((), look).await.ok()?;
        let (stored, seen_at) = &*seen;
        Some(Basis { parts: stored.parts(resource)?, seen_at: *seen_at })
    }
}

#[cfg(test)]
mod tests {
    use domain::Province;

    use super::*;
    use crate::resource::{Breakdown, Slice};

    fn stored(changed: Option<(&str, &str)>) -> Stored {
        let months = ["202201", "202204", "202306", "202307", "202308"];
        let by_month = ["counts", "case_counts", "item_counts"]
            .into_iter()
            .flat_map(|table| months.map(|month| (table, month)));
        let all = by_month.chain([("names", "tuple()")]);
        let parts =
            all.map(|at| (at.0.to_owned(), at.1.to_owned(), u64::from(changed == Some(at))));
        Stored::new(parts)
    }

    /// Whether an answer must be made anew when a partition of a table has changed.
    fn rests_on(resource: &Resource, table: &str, partition: &str) -> bool {
        stored(None).parts(resource) != stored(Some((table, partition))).parts(resource)
    }

    #[test]
    fn figures_rest_on_their_month_and_on_those_from_which_late_reviews_come() {
        let guangdong = Province::from_number(44).expect("a province");
        let figures = Resource::Figures(guangdong, "2023-07".parse().expect("a month"));
        for (table, partition, is_read) in [
            ("counts", "202307", true),
            ("case_counts", "202307", true),
            ("item_counts", "202307", true),
            ("counts", "202306", true),
            ("counts", "202204", true),
            ("counts", "202201", false),
            ("counts", "202308", false),
            ("names", "tuple()", false),
        ] {
            assert_eq!(rests_on(&figures, table, partition), is_read, "{table} {partition}");
        }
    }

    #[test]
    fn rows_rest_on_their_month_and_on_all_names() {
        let guangdong = Province::from_number(44).expect("a province");
        let month = "2023-07".parse().expect("a month");
        let rows = Resource::Rows(guangdong, month, Breakdown::Departments, Slice::FIRST);
        for (table, partition, is_read) in [
            ("item_counts", "202307", true),
            ("counts", "202307", true),
            ("names", "tuple()", true),
            ("item_counts", "202306", false),
            ("case_counts", "202307", false),
        ] {
            assert_eq!(rests_on(&rows, table, partition), is_read, "{table} {partition}");
        }
    }

    #[test]
    fn lists_rest_on_all_months_and_what_is_gone_is_a_change() {
        assert!(rests_on(&Resource::Provinces, "counts", "202201"));
        assert!(!rests_on(&Resource::Provinces, "item_counts", "202307"));
        let none = Stored::default().parts(&Resource::Provinces);
        assert_ne!(none, stored(None).parts(&Resource::Provinces));
    }
}
