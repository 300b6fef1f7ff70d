//! Decides how long a table rests between two rounds.

use std::time::Duration;

use tables::counts::Table;

/// The rest between two rounds.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// For the table that people look at first. A round is followed by a rest of a second, or of
    /// its own length after a round that took `even`. A longer round is followed by a
    /// proportionally longer rest, of at most twice its length. So figures are live under light
    /// load, and under heavy load much of the machine is left to the loader: what is touched
    /// meanwhile is nevertheless counted only once.
    Live {
        /// The length of a round whose rest is equally long.
        even: Duration,
        /// The longest rest.
        rest_max: Duration,
    },
    /// For tables that may wait. The rest is a multiple of the round.
    Share {
        /// The multiple.
        factor: u32,
        /// The longest rest.
        rest_max: Duration,
    },
}

/// The longest rest, as a multiple of the round. More would not leave much more to others, and the
/// touches of a long rest make the next round long in turn, which may never end on a busy machine.
const REST_FACTOR_MAX: u32 = 2;

/// The rest after rounds that are too short to hinder anybody.
const REST_MIN: Duration = Duration::from_secs(1);

impl Pace {
    /// How often a table is recounted: while little comes, figures of a day's cells follow within seconds,
    /// and of the time the others are at work for a tenth, a fifteenth and a twentieth. In a back-fill all
    /// wait for minutes.
    pub(crate) fn of(table: Table) -> Self {
        let [second, minute] = [Duration::from_secs(1), Duration::from_mins(1)];
        match table {
            Table::Counts => Self::Live { even: 3 * second, rest_max: 2 * minute },
            Table::CaseCounts => Self::Share { factor: 9, rest_max: 3 * minute },
            Table::ItemCounts => Self::Share { factor: 14, rest_max: 4 * minute },
            Table::ClassCounts => Self::Share { factor: 19, rest_max: 5 * minute },
        }
    }

    /// The length of the rest after a round.
    pub(crate) fn rest(self, took: Duration) -> Duration {
        match self {
            Self::Live { even, rest_max } => {
                let factor = took.div_duration_f64(even).min(REST_FACTOR_MAX.into());
                let by_square = took.mul_f64(factor);
                by_square.max(REST_MIN).min(took * REST_FACTOR_MAX).min(rest_max)
            }
            Self::Share { factor, rest_max } => (took * factor).min(rest_max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_long_round_does_not_make_all_that_follow_long() {
        // The lengths of rounds at 2,500 reviews a second on two cores, by how long touches were
        // gathered.
        let (pace, least) = (Pace::of(Table::Counts), Duration::from_millis(1_300));
        for per_second_gathered in [0.2, 0.25] {
            let next = |took, _| least + (took + pace.rest(took)).mul_f64(per_second_gathered);
            let took = (0..40).fold(Duration::from_secs(20), next);
            assert!(took < Duration::from_millis(2_500), "{took:?} at {per_second_gathered}");
        }
    }

    #[test]
    fn a_table_that_may_wait_rests_in_proportion() {
        let pace = Pace::Share { factor: 9, rest_max: Duration::from_mins(3) };
        assert_eq!(pace.rest(Duration::from_millis(50)), Duration::from_millis(450));
        assert_eq!(pace.rest(Duration::from_secs(10)), Duration::from_secs(90));
        assert_eq!(pace.rest(Duration::from_mins(1)), Duration::from_mins(3));
    }
}
