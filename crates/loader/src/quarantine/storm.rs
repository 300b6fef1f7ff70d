//! Decides when so many records are quarantined that the loader is wrong, and not the data. No IO.
//!
//! One poison record never stops its partition. A storm of them does: a loader that can read nothing
//! would otherwise quarantine a whole month.

use std::collections::BTreeSet;

use domain::Position;

/// What to do with the quarantined records of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// They may be written.
    Admitted,
    /// By what is known here the limit would be passed: what the database knows decides.
    AskTheDatabase,
}

/// More is open than may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{open} records are open in the quarantine and {new} more cannot be loaded, but at most {max} may be \
     open: so many mean that this loader cannot read what others write. `haochaping quarantine list` \
     shows the first {max}; of the others nothing was written, and no offset was committed. Load them \
     with a version that can read them, or discard them with `haochaping quarantine discard`, or raise \
     --quarantine-open-max"
)]
pub(crate) struct StormError {
    open: usize,
    new: usize,
    max: usize,
}

/// A batch must not be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Why.
    pub(crate) error: StormError,
    /// Those of its quarantined records for which there is room. They may be written, without a
    /// commit, so that somebody can inspect them and decide.
    pub(crate) fitting: BTreeSet<Position>,
}

/// What is known of the quarantine: at most one more than the limit and a batch.
#[derive(Debug)]
pub(crate) struct Storm {
    max: usize,
    open: BTreeSet<Position>,
}

impl Storm {
    /// Nothing is open.
    pub(crate) fn new(max: usize) -> Self {
        Self { max, open: BTreeSet::new() }
    }

    /// A batch with quarantined records is about to be written.
    pub(crate) fn on_batch(&mut self, batch: &[Position]) -> Verdict {
        let new = batch.iter().filter(|position| !self.open.contains(position)).count();
        if self.open.len() + new > self.max {
            return Verdict::AskTheDatabase;
        }
        self.open.extend(batch);
        Verdict::Admitted
    }

    /// The database has returned which records are open, and which were quarantined and are settled.
    /// What was admitted here and is not stored yet counts as well.
    ///
    /// # Errors
    ///
    /// If the batch would nevertheless pass the limit.
    pub(crate) fn on_known(
        &mut self,
        open: &BTreeSet<Position>,
        settled: &BTreeSet<Position>,
        batch: &[Position],
    ) -> Result<(), Refused> {
        self.open.retain(|position| !settled.contains(position));
        self.open.extend(open);
        // A record that is read again and was settled before is still settled.
        let is_new =
            |position: &&Position| !settled.contains(*position) && !self.open.contains(*position);
        let new: BTreeSet<Position> = batch.iter().filter(is_new).copied().collect();
        let open = self.open.len();
        let fitting: BTreeSet<Position> =
            new.iter().take(self.max.saturating_sub(open)).copied().collect();
        self.open.extend(&fitting);
        if open + new.len() > self.max {
            let error = StormError { open, new: new.len(), max: self.max };
            return Err(Refused { error, fitting });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(offset: u64) -> Position {
        Position { topic: 1, partition: 0, offset }
    }

    fn all(offsets: std::ops::Range<u64>) -> Vec<Position> {
        offsets.map(at).collect()
    }

    fn set(offsets: std::ops::Range<u64>) -> BTreeSet<Position> {
        offsets.map(at).collect()
    }

    #[test]
    fn as_many_as_the_limit_are_admitted_and_not_one_more() {
        let mut storm = Storm::new(10);
        assert_eq!(storm.on_batch(&all(0..10)), Verdict::Admitted);
        assert_eq!(storm.on_batch(&all(0..10)), Verdict::Admitted, "they are the same records");
        assert_eq!(storm.on_batch(&all(10..11)), Verdict::AskTheDatabase);
        let stopped = storm.on_known(&set(0..10), &BTreeSet::new(), &all(10..11));
        let error = StormError { open: 10, new: 1, max: 10 };
        assert_eq!(stopped, Err(Refused { error, fitting: BTreeSet::new() }));
    }

    #[test]
    fn what_was_settled_meanwhile_makes_room() {
        let mut storm = Storm::new(10);
        assert_eq!(storm.on_batch(&all(0..10)), Verdict::Admitted);
        assert_eq!(storm.on_batch(&all(10..14)), Verdict::AskTheDatabase);
        assert_eq!(storm.on_known(&set(4..10), &set(0..4), &all(10..14)), Ok(()));
        assert_eq!(storm.on_batch(&all(14..15)), Verdict::AskTheDatabase);
    }

    #[test]
    fn what_was_admitted_and_is_not_stored_yet_counts() {
        let mut storm = Storm::new(10);
        assert_eq!(storm.on_batch(&all(0..8)), Verdict::Admitted);
        assert_eq!(storm.on_batch(&all(8..12)), Verdict::AskTheDatabase);
        let stopped = storm.on_known(&set(0..2), &BTreeSet::new(), &all(8..12));
        assert_eq!(stopped.expect_err("four more than eight").fitting, set(8..10));
    }

    #[test]
    fn settled_records_that_are_read_again_are_no_storm() {
        let mut storm = Storm::new(10);
        assert_eq!(storm.on_batch(&all(0..5000)), Verdict::AskTheDatabase);
        assert_eq!(storm.on_known(&BTreeSet::new(), &set(0..5000), &all(0..5000)), Ok(()));
    }

    #[derive(Clone, Debug)]
    enum Step {
        Batch(u64, u64),
        Settle(u64),
        Restart,
    }

    proptest! {
        /// Whatever is read again, settled, and forgotten in a restart: what is open never passes the limit.
        #[test]
        fn what_is_open_never_passes_the_limit(
            steps in prop::collection::vec(
                prop_oneof![
                    4 => (0..40_u64, 1..9_u64).prop_map(|(from, count)| Step::Batch(from, count)),
                    2 => (0..40_u64).prop_map(Step::Settle),
                    1 => Just(Step::Restart),
                ],
                0..60,
            ),
        ) {
            const MAX: usize = 10;
            let mut storm = Storm::new(MAX);
            let (mut open, mut settled) = (BTreeSet::new(), BTreeSet::new());
            for step in steps {
                match step {
                    Step::Batch(from, count) => {
                        let batch = all(from..from + count);
                        let unsettled: BTreeSet<Position> =
                            batch.iter().filter(|at| !settled.contains(*at)).copied().collect();
                        let after: BTreeSet<Position> = open.union(&unsettled).copied().collect();
                        let answer = match storm.on_batch(&batch) {
                            Verdict::Admitted => Ok(()),
                            Verdict::AskTheDatabase => storm.on_known(&open, &settled, &batch),
                        };
                        prop_assert_eq!(answer.is_ok(), after.len() <= MAX);
                        match answer {
                            Ok(()) => open = after,
                            Err(refused) => {
                                open.extend(refused.fitting);
                                prop_assert_eq!(open.len(), MAX, "there is something to decide on");
                            }
                        }
                    }
                    Step::Settle(offset) => if open.remove(&at(offset)) {
                        settled.insert(at(offset));
                    },
                    Step::Restart => {
                        storm = Storm::new(MAX);
                        prop_assert_eq!(storm.on_known(&open, &settled, &[]), Ok(()));
                    }
                }
            }
        }
    }
}
