//! What counts rest on: which records were counted, and whether two tables have counted the same.
//!
//! Tables of counts are written one after the other. While they differ, a whole and its parts are of
//! different moments, and must not be shown as if the parts added up to the whole.

use domain::{EpochSeconds, Rate};

/// The records of a month that a table has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Distinct records of services, reviews and dispositions.
    pub records: u64,
    /// When Kafka took the latest of them; nothing if there are none.
    pub through: Option<EpochSeconds>,
}

/// How the parts of a whole relate to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Both rest on the same number of records.
    Same,
    /// They differ by so little that the parts can be read, though not added up.
    Near(Rate),
    /// They differ by so much that parts and whole must not stand beside each other.
    Apart(Rate),
}

/// Parts that rest on 1 % fewer or more records than the whole are not shown beside it.
const APART_PERCENT: u64 = 1;

impl Coverage {
    /// Whether parts that rest on this can be shown beside a `whole`.
    pub fn beside(self, whole: Self) -> Agreement {
        let counted = Rate { numerator: self.records, denominator: whole.records };
        let apart = self.records.abs_diff(whole.records);
        if apart == 0 {
            Agreement::Same
        } else if apart.saturating_mul(100) < whole.records.saturating_mul(APART_PERCENT) {
            Agreement::Near(counted)
        } else {
            Agreement::Apart(counted)
        }
    }

    /// What parts of a `whole` rest on that were read after `before` was seen and before `after` was.
    ///
    /// If these differ, nobody knows which of the records the parts rest on. Then the parts must not look
    /// as if they were as many as the whole has, so the one that is further from it is told.
    pub fn between(before: Self, after: Self, whole: Self) -> Self {
        let apart = |coverage: Self| coverage.records.abs_diff(whole.records);
        let records = if apart(before) < apart(after) { after.records } else { before.records };
        Self { records, through: before.through }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_lag_by_a_hundredth_are_apart_from_the_whole() {
        let of = |records| Coverage { records, through: None };
        let rate = |numerator| Rate { numerator, denominator: 10_000 };
        assert_eq!(of(10_000).beside(of(10_000)), Agreement::Same);
        assert_eq!(of(9_901).beside(of(10_000)), Agreement::Near(rate(9_901)));
        assert_eq!(
            of(10_099).beside(of(10_000)),
            Agreement::Near(rate(10_099)),
            "they can be ahead"
        );
        assert_eq!(of(9_900).beside(of(10_000)), Agreement::Apart(rate(9_900)));
        assert_eq!(of(0).beside(of(10_000)), Agreement::Apart(rate(0)));
        assert_eq!(of(0).beside(of(0)), Agreement::Same);
    }

    #[test]
    fn parts_that_were_read_while_records_were_counted_are_not_the_same_as_the_whole() {
        let of = |records| Coverage { records, through: None };
        assert_eq!(Coverage::between(of(7), of(7), of(7)), of(7));
        for (before, after, whole) in [(7, 9, 9), (7, 9, 7), (9, 11, 9), (7, 9, 8)] {
            let between = Coverage::between(of(before), of(after), of(whole));
            assert_ne!(between.beside(of(whole)), Agreement::Same, "{before} {after} {whole}");
        }
        let at = |seconds| Coverage { records: 7, through: Some(EpochSeconds::new(seconds)) };
        assert_eq!(Coverage::between(at(1), at(2), at(2)), at(1), "what all parts have");
    }
}
