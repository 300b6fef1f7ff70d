//! A cut through Kafka: a vector of end offsets, and what lies below it.

use std::collections::BTreeMap;

use crate::partition_numbers::number_of_partition;

/// For each partition the offset at which it is cut. What is computed from the records below a cut is a
/// function of the cut alone, however much is loaded meanwhile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cut(BTreeMap<(u8, u16), u64>);

/// By our number of the topic and by partition: the first offset that does not lie below.
impl FromIterator<((u8, u16), u64)> for Cut {
    fn from_iter<I: IntoIterator<Item = ((u8, u16), u64)>>(ends: I) -> Self {
        Self(ends.into_iter().collect())
    }
}

impl Cut {
    /// A condition: the record lies below the cut. Nothing of a partition does that has no end.
    pub fn below(&self) -> String {
        format!("offset < {}", number_of_partition(&self.0, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_a_number_for_each_partition() {
        let cut: Cut = [((1, 0), 7), ((2, 3), 9)].into_iter().collect();
        assert_eq!(
            cut.below(),
            "offset < transform(toUInt64(topic) * 65536 + partition, \
             [65536, 131075]::Array(UInt64), [7, 9]::Array(UInt64), 0::UInt64)"
        );
    }
}
