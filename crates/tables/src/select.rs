//! Statements that read, each with the tables that its rows come from.
//!
//! Whoever keeps an answer learns from the statements it was made of when it may have changed. So a
//! statement must name every table that it reads; a test compares the names with its text.

use std::fmt;
use std::marker::PhantomData;

use clickhouse::query::Query;
use domain::Month;

/// A statement that reads rows of the type `R`.
pub struct Select<R> {
    name: &'static str,
    query: Query,
    reads: Vec<Read>,
    row: PhantomData<fn() -> R>,
}

impl<R> fmt::Debug for Select<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Select")
            .field("name", &self.name)
            .field("reads", &self.reads)
            .finish_non_exhaustive()
    }
}

/// A table, and the partitions of it that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Read {
    /// The table.
    pub table: &'static str,
    /// Of which months.
    pub months: Months,
}

/// Months of a table that is partitioned by month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Months {
    /// All of the table.
    All,
    /// A month and so many before it.
    Until {
        /// The last one.
        last: Month,
        /// How many before it.
        earlier: u8,
    },
}

impl Months {
    /// One month.
    pub fn only(month: Month) -> Self {
        Self::Until { last: month, earlier: 0 }
    }

    /// Whether rows of a partition are among them. A partition of no month always is.
    pub fn include(self, partition: Option<Month>) -> bool {
        match (self, partition) {
            (Self::All, _) | (_, None) => true,
            (Self::Until { last, earlier }, Some(month)) => {
                (0..=i32::from(earlier)).contains(&last.months_since(month))
            }
        }
    }
}

impl<R> Select<R> {
    /// A statement with everything bound that it asks for. `name` is its label in metrics and logs.
    pub(crate) fn new(name: &'static str, query: Query, reads: impl Into<Vec<Read>>) -> Self {
        Self { name, query, reads: reads.into(), row: PhantomData }
    }

    /// A statement that reads a few ten thousand rows, which one thread does as fast as two. The other
    /// cores are left to answering.
    pub(crate) fn small(mut self) -> Self {
        self.query = self.query.with_setting("max_threads", "1");
        self
    }

    /// Its label in metrics and logs.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The tables that its rows come from.
    pub fn reads(&self) -> &[Read] {
        &self.reads
    }

    /// The statement, ready to be sent.
    pub fn into_query(self) -> Query {
        self.query
    }

    /// The statement's text, for tests.
    #[cfg(test)]
    pub(crate) fn text(&self) -> String {
        self.query.sql_display().to_string()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What a statement says that it reads is what stands after `FROM` in its text.
    pub(crate) fn assert_names_its_tables<R>(select: &Select<R>) {
        let text = select.text();
        let words: Vec<_> = text.split_whitespace().collect();
        let after_from =
            words.windows(2).filter(|pair| matches!(pair[0], "FROM" | "JOIN" | "(FROM"));
        let tables: BTreeSet<_> =
            after_from.map(|pair| pair[1]).filter(|table| !table.starts_with('(')).collect();
        let named: BTreeSet<_> = select.reads.iter().map(|read| read.table).collect();
        assert_eq!(tables, named, "{text}");
    }

    fn month(text: &str) -> Month {
        text.parse().expect("a month")
    }

    #[test]
    fn a_month_and_some_before_it_are_told_from_others() {
        let months = Months::Until { last: month("2023-07"), earlier: 2 };
        let includes = |text| months.include(Some(month(text)));
        assert!(includes("2023-07") && includes("2023-05"));
        assert!(!includes("2023-04") && !includes("2023-08"));
        assert!(months.include(None), "a table that is not partitioned by month");
        assert!(Months::All.include(Some(month("2020-01"))));
        assert!(!Months::only(month("2023-07")).include(Some(month("2023-06"))));
    }
}
