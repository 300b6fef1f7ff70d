//! Divides whole numbers in given proportions and keeps their sums exactly.

/// Divides `total` in proportion to the weights by largest remainder (Hamilton's method). Each
/// share is its quota rounded down, and the rest goes, one each, to the largest remainders, or to
/// the earlier of equal ones.
///
/// The shares add up to `total`. Each is its quota rounded down or up, a greater weight never has a
/// smaller share, and a weight of zero has none. If the total is the sum of the weights, the shares
/// are the weights. If all weights are zero, the total must be zero too.
pub fn apportion(total: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    assert!(total == 0 || sum > 0, "the weights must not all be zero");
    if total == 0 {
        return vec![0; weights.len()];
    }
    let quotas = weights.iter().map(|weight| u128::from(total) * u128::from(*weight));
    let mut remainders = Vec::with_capacity(weights.len());
    let mut shares = Vec::with_capacity(weights.len());
    for (index, quota) in quotas.enumerate() {
        remainders.push((quota % sum, index));
        shares.push(u64::try_from(quota / sum).expect("a share is at most the total"));
    }
    let left = total - shares.iter().sum::<u64>();
    remainders.sort_unstable_by_key(|(remainder, index)| (std::cmp::Reverse(*remainder), *index));
    for (_, index) in
        remainders.into_iter().take(usize::try_from(left).expect("less than one each"))
    {
        shares[index] += 1;
    }
    shares
}

/// Fills a table whose rows and columns have given sums: each row in turn is apportioned in
/// proportion to what the columns still need. A share is a quota rounded down or up, so it never
/// exceeds what its column needs, and the last row takes exactly the rest. Both margins must have
/// the same sum.
pub fn fill(rows: &[u64], columns: &[u64]) -> Vec<Vec<u64>> {
    assert_eq!(rows.iter().sum::<u64>(), columns.iter().sum::<u64>(), "margins of one table");
    let mut needed = columns.to_vec();
    let row = |sum: &u64| {
        let shares = apportion(*sum, &needed);
        for (needed, share) in needed.iter_mut().zip(&shares) {
            *needed -= share;
        }
        shares
    };
    rows.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_rest_goes_to_the_largest_remainders() {
        assert_eq!(apportion(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(apportion(7, &[53, 24, 23]), [4, 2, 1]); // quotas 3.71, 1.68, 1.61
        assert_eq!(apportion(0, &[0, 0]), [0, 0]);
        assert_eq!(apportion(u64::MAX, &[u64::MAX, 0]), [u64::MAX, 0]);
    }

    proptest! {
        #[test]
        fn shares_add_up_and_keep_the_order_of_the_weights(
            total in 0..1_000_000_000_u64,
            weights in prop::collection::vec(0..1_000_000_u64, 1..12),
        ) {
            prop_assume!(total == 0 || weights.iter().any(|weight| *weight > 0));
            let shares = apportion(total, &weights);
            let sum: u64 = weights.iter().sum();
            prop_assert_eq!(shares.iter().sum::<u64>(), total);
            for (share, weight) in shares.iter().zip(&weights) {
                let quota = u128::from(total) * u128::from(*weight);
                let low = quota.checked_div(sum.into()).unwrap_or(0);
                let is_whole = low * u128::from(sum) == quota;
                prop_assert!(u128::from(*share) == low || (!is_whole && u128::from(*share) == low + 1));
            }
            for one in 0..weights.len() {
                for other in 0..weights.len() {
                    prop_assert!(weights[one] <= weights[other] || shares[one] >= shares[other]);
                }
            }
        }

        #[test]
        fn a_table_keeps_both_of_its_margins(
            rows in prop::collection::vec(0..10_000_u64, 1..10),
            weights in prop::collection::vec(0..10_000_u64, 1..10),
        ) {
            let sum: u64 = rows.iter().sum();
            prop_assume!(sum == 0 || weights.iter().any(|weight| *weight > 0));
            let columns = apportion(sum, &weights);
            let table = fill(&rows, &columns);
            for (row, cells) in rows.iter().zip(&table) {
                prop_assert_eq!(cells.iter().sum::<u64>(), *row);
            }
            for (index, column) in columns.iter().enumerate() {
                prop_assert_eq!(table.iter().map(|cells| cells[index]).sum::<u64>(), *column);
            }
        }
    }
}
