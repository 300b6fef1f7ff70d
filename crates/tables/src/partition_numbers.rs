//! A number for each partition of Kafka, as an expression over the rows of a table.

use std::collections::BTreeMap;

/// A partition by our number for its topic and its own number.
pub type Part = (u8, u16);

/// The number of the partition of a row; `otherwise` for rows of partitions without one.
pub(crate) fn number_of_partition(numbers: &BTreeMap<Part, u64>, otherwise: u64) -> String {
    let list = |numbers: &mut dyn Iterator<Item = u64>| {
        numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
    };
    let key = |&(topic, partition): &Part| u64::from(topic) << 16 | u64::from(partition);
    let keys = list(&mut numbers.keys().map(key));
    let values = list(&mut numbers.values().copied());
    format!(
        "transform(toUInt64(topic) * 65536 + partition, [{keys}]::Array(UInt64), \
         [{values}]::Array(UInt64), {otherwise}::UInt64)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_its_number_and_the_others_have_one_in_common() {
        let numbers = BTreeMap::from([((1, 0), 7), ((2, 3), 9)]);
        assert_eq!(
            number_of_partition(&numbers, u64::MAX),
            "transform(toUInt64(topic) * 65536 + partition, [65536, 131075]::Array(UInt64), \
             [7, 9]::Array(UInt64), 18446744073709551615::UInt64)"
        );
    }
}
