//! Divides services among cases: every case has one service, some have a second, fewer a third.
//!
//! Services are numbered round by round: first the first service of every case, then the second
//! services, and so on. A case is identified by its rank, and the cases with another service are
//! those of the lowest ranks. So the number of services of a case and the number of each service
//! are known without a list.

/// The largest number of services of a case: they are numbered 1 to 99.
pub(crate) const SERVICES_PER_CASE_MAX: u64 = 99;

/// The percentage of the remaining services that are in the next round.
const NEXT_ROUND_PERCENT: u64 = 60;

/// The rounds of a plan.
pub(crate) struct Rounds {
    /// The number of cases with a service in each round. It never rises.
    cases: Vec<u64>,
    /// The number of the first service of each round.
    first: Vec<u64>,
}

impl Rounds {
    /// Divides services among cases. There must be at most as many cases as services, and at least
    /// a ninety-ninth as many.
    pub(crate) fn deal(cases: u64, services: u64) -> Self {
        assert!((cases..=cases * SERVICES_PER_CASE_MAX).contains(&services), "one to 99 a case");
        let mut rounds = Self { cases: Vec::new(), first: Vec::new() };
        let (mut left, mut last) = (services, cases);
        let mut rounds_left = SERVICES_PER_CASE_MAX;
        while left > 0 {
            rounds.first.push(services - left);
            let wanted = if rounds.cases.is_empty() { cases } else { wanted(left, rounds_left) };
            last = wanted.min(last);
            rounds.cases.push(last);
            left -= last;
            rounds_left -= 1;
        }
        rounds
    }

    /// All services.
    pub(crate) fn services(&self) -> u64 {
        self.cases.iter().sum()
    }

    /// The number of services of the case with this rank.
    pub(crate) fn services_of(&self, rank: u64) -> u8 {
        let rounds = self.cases.partition_point(|cases| rank < *cases);
        u8::try_from(rounds).expect("at most 99 rounds")
    }

    /// The number of a case's service in a round, both from zero.
    pub(crate) fn number(&self, rank: u64, round: u8) -> u64 {
        self.first[usize::from(round)] + rank
    }
}

/// A part of the rest, or more if the remaining rounds would not suffice.
fn wanted(left: u64, rounds_left: u64) -> u64 {
    (left * NEXT_ROUND_PERCENT).div_ceil(100).max(left.div_ceil(rounds_left))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_service_belongs_to_one_case(cases in 1..300_u64, share in 0..=1_000_u64) {
            let services = cases + share * cases * (SERVICES_PER_CASE_MAX - 1) / 1_000;
            let rounds = Rounds::deal(cases, services);
            prop_assert_eq!(rounds.services(), services);
            let mut numbers = BTreeSet::new();
            for rank in 0..cases {
                prop_assert!(rounds.services_of(rank) >= 1);
                numbers.extend((0..rounds.services_of(rank)).map(|round| rounds.number(rank, round)));
            }
            prop_assert!(numbers.into_iter().eq(0..services));
        }
    }
}
