//! Decides which offsets of a partition are read, compared and carried over. No IO.

use std::collections::BTreeMap;

use tables::Part;
use tables::rebuilt_records::Comparable;

/// A range of offsets of a partition, as it was when the rebuild began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// The first that Kafka still has.
    pub(crate) first: u64,
    /// The next that it will give out.
    pub(crate) end: u64,
    /// The first that the loader has not committed: from here on live rows may still be missing (D3).
    pub(crate) committed: u64,
}

/// All partitions of all topics of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spans(pub(crate) BTreeMap<Part, Span>);

impl Spans {
    /// How many records are read.
    pub(crate) fn len(&self) -> u64 {
        self.0.values().map(|span| span.end - span.first).sum()
    }

    /// The first offset of each partition that Kafka still has.
    pub(crate) fn firsts(&self) -> BTreeMap<Part, u64> {
        self.numbers(|span| span.first)
    }

    /// Rows that must be in both tables: Kafka has their records, and the loader has committed them.
    pub(crate) fn comparable(&self) -> Comparable {
        Comparable {
            firsts: self.firsts(),
            ends: self.numbers(|span| span.committed.min(span.end)),
        }
    }

    /// What is new since these spans.
    pub(crate) fn since(&self, ends: &BTreeMap<Part, u64>) -> Self {
        let span = |(part, end): (&Part, &u64)| {
            let first = self.0.get(part).map_or(0, |span| span.end);
            (*part, Span { first, end: *end, committed: first })
        };
        Self(ends.iter().map(span).collect())
    }

    fn numbers(&self, number: impl Fn(&Span) -> u64) -> BTreeMap<Part, u64> {
        self.0.iter().map(|(part, span)| (*part, number(span))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_begins_where_the_rebuild_ended() {
        let spans = Spans(BTreeMap::from([((1, 0), Span { first: 5, end: 9, committed: 8 })]));
        assert_eq!(spans.len(), 4);
        let since = spans.since(&BTreeMap::from([((1, 0), 11), ((1, 1), 3)]));
        let expected = [
            ((1, 0), Span { first: 9, end: 11, committed: 9 }),
            // A partition that was added meanwhile.
            ((1, 1), Span { first: 0, end: 3, committed: 0 }),
        ];
        assert_eq!(since, Spans(BTreeMap::from(expected)));
    }

    #[test]
    fn what_kafka_has_and_the_loader_has_committed_is_compared_and_no_more() {
        let span = |committed| Span { first: 5, end: 9, committed };
        let spans = Spans(BTreeMap::from([((2, 1), span(8)), ((2, 2), span(12))]));
        let firsts = BTreeMap::from([((2, 1), 5), ((2, 2), 5)]);
        assert_eq!(spans.firsts(), firsts);
        let ends = BTreeMap::from([((2, 1), 8), ((2, 2), 9)]);
        assert_eq!(spans.comparable(), Comparable { firsts, ends });
    }
}
