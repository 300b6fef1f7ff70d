//! Which offsets of a partition are read, compared and carried over. No IO.

use std::collections::BTreeMap;
use std::fmt::Write;

/// A partition by our number of its topic and its own.
pub(crate) type Part = (u8, u16);

/// A row of offsets in a partition, as they were when the rebuild began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// The first that Kafka still has.
    pub(crate) first: u64,
    /// The next that it will give.
    pub(crate) end: u64,
    /// What the loader has not committed yet: from here on live rows may still be missing (D3).
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

    /// Rows that must be in both tables: whose records Kafka has and the loader has loaded for good.
    pub(crate) fn comparable(&self) -> String {
        format!(
            "offset >= {} AND offset < {}",
            self.per_partition(|span| span.first, 0),
            // What is of no partition is carried over, and so is the same by itself.
            self.per_partition(|span| span.committed.min(span.end), 0),
        )
    }

    /// Rows whose records Kafka no longer has, or never had under the topics of today.
    pub(crate) fn gone(&self) -> String {
        format!("offset < {}", self.per_partition(|span| span.first, u64::MAX))
    }

    /// What is new since these spans.
    pub(crate) fn since(&self, ends: &BTreeMap<Part, u64>) -> Self {
        let span = |(part, end): (&Part, &u64)| {
            let first = self.0.get(part).map_or(0, |span| span.end);
            (*part, Span { first, end: *end, committed: first })
        };
        Self(ends.iter().map(span).collect())
    }

    /// A number for the partition of a row, as an expression.
    fn per_partition(&self, number: impl Fn(&Span) -> u64, otherwise: u64) -> String {
        let mut parts = String::new();
        let mut numbers = String::new();
        for ((topic, partition), span) in &self.0 {
            let separator = if parts.is_empty() { "" } else { ", " };
            let part = u32::from(*topic) << 16 | u32::from(*partition);
            write!(parts, "{separator}{part}").expect("a String takes everything");
            write!(numbers, "{separator}{}", number(span)).expect("a String takes everything");
        }
        format!(
            "transform(toUInt32(topic) * 65536 + partition, CAST([{parts}], 'Array(UInt32)'), \
             CAST([{numbers}], 'Array(UInt64)'), toUInt64({otherwise}))"
        )
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
    fn rows_below_the_first_offset_are_gone_and_those_not_committed_are_not_compared() {
        let spans = Spans(BTreeMap::from([((2, 1), Span { first: 5, end: 9, committed: 8 })]));
        assert!(spans.comparable().contains("[131073]"), "{}", spans.comparable());
        assert!(spans.comparable().contains("CAST([8], 'Array(UInt64)'), toUInt64(0))"));
        assert!(
            spans.gone().contains("CAST([5], 'Array(UInt64)'), toUInt64(18446744073709551615))")
        );
    }
}
