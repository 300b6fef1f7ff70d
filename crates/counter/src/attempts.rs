//! Decides which statement of a round to try next, and which buckets are left at the end. No IO, no
//! clock.

use std::collections::VecDeque;

use domain::Cell;
use tables::buckets::Buckets;

use crate::schedule::add_all;
use crate::statements::Statement;

/// After this many refusals in a row, the cause is neither the size of a statement nor a single
/// day: the disk is full, or a proxy answers for a server that is down.
const REFUSALS_MAX: u32 = 16;

/// The statements of a round.
///
/// A refused statement is tried again in halves, after all waiting statements, down to single days
/// or cells. That helps if memory is short, or if one day cannot be counted at all. Without any
/// answer, a smaller statement would get none either, so nothing more is tried.
pub(crate) struct Attempts<F> {
    /// Turns buckets into statements.
    cut: F,
    waiting: VecDeque<Statement>,
    refusals: u32,
    left: Buckets,
}

impl<F: Fn(&Buckets) -> Vec<Statement>> Attempts<F> {
    pub(crate) fn new(buckets: &Buckets, cut: F) -> Self {
        let waiting = cut(buckets).into();
        Self { cut, waiting, refusals: 0, left: Buckets::new() }
    }

    /// The next statement to try.
    pub(crate) fn next(&mut self) -> Option<Statement> {
        self.waiting.pop_front()
    }

    /// It was counted.
    pub(crate) fn on_done(&mut self) {
        self.refusals = 0;
    }

    /// It was refused.
    pub(crate) fn on_refused(&mut self, buckets: &Buckets) {
        self.refusals += 1;
        if self.refusals >= REFUSALS_MAX {
            return self.give_up(buckets);
        }
        let halves: Option<Vec<_>> =
            halves(buckets).map(|halves| halves.iter().flat_map(&self.cut).collect());
        // Whole days are counted as a whole, even if only a few of their cells are wanted.
        match halves {
            Some(halves) if halves.iter().all(|half| half.buckets != *buckets) => {
                self.waiting.extend(halves);
            }
            _ => add_all(&mut self.left, buckets),
        }
    }

    /// There was no answer.
    pub(crate) fn on_no_answer(&mut self, buckets: &Buckets) {
        self.give_up(buckets);
    }

    /// Leaves these buckets and everything that waits.
    fn give_up(&mut self, buckets: &Buckets) {
        add_all(&mut self.left, buckets);
        for statement in self.waiting.drain(..) {
            add_all(&mut self.left, &statement.buckets);
        }
    }

    /// The buckets that are still to be recounted.
    pub(crate) fn into_left(self) -> Buckets {
        self.left
    }
}

/// Buckets in two halves: days, or the cells of a single day.
fn halves(buckets: &Buckets) -> Option<[Buckets; 2]> {
    let mut first = buckets.clone();
    if let Some(middle) = buckets.keys().nth(buckets.len() / 2).filter(|_| buckets.len() > 1) {
        let second = first.split_off(middle);
        return Some([first, second]);
    }
    let (day, cells) = buckets.first_key_value()?;
    let cells: Vec<Cell> = cells.iter().collect();
    let (low, high) = cells.split_at(cells.len() / 2);
    let half = |cells: &[Cell]| Buckets::from([(*day, cells.iter().copied().collect())]);
    (!low.is_empty()).then(|| [half(low), half(high)])
}

#[cfg(test)]
mod tests {
    use domain::{Province, ServedOn};
    use tables::Rule;
    use tables::counts::Table;
    use tables::records::DaySizes;
    use wire::CellSet;

    use super::*;
    use crate::statements::statements;

    fn days(count: u16, cells: u16) -> Buckets {
        let province = Province::from_number(44).expect("a province");
        let day = |day| ServedOn::from_days_since_epoch(19_000 + day).expect("a day");
        let set: CellSet = (0..cells).filter_map(Cell::from_number).collect();
        (0..count).map(|number| ((province, day(number)), set.clone())).collect()
    }

    /// Tries everything against a server that refuses what `is_refused` selects. Returns the
    /// buckets that are left, and the number of statements.
    fn ask(table: Table, all: &Buckets, is_refused: impl Fn(&Buckets) -> bool) -> (Buckets, u32) {
        let cut = |buckets: &Buckets| statements(table, Rule::FIRST, buckets, &DaySizes::new());
        let mut attempts = Attempts::new(all, cut);
        let mut asked = 0;
        while let Some(statement) = attempts.next() {
            asked += 1;
            if is_refused(&statement.buckets) {
                attempts.on_refused(&statement.buckets);
            } else {
                attempts.on_done();
            }
        }
        (attempts.into_left(), asked)
    }

    #[test]
    fn halves_are_all_of_it_down_to_single_cells() {
        for all in [days(2, 1), days(7, 3), days(1, 5), days(1, 2)] {
            let [first, second] = halves(&all).expect("more than one");
            let mut together = first.clone();
            add_all(&mut together, &second);
            assert_eq!(together, all);
            assert!(first != all && second != all);
        }
        assert_eq!(halves(&days(1, 1)), None);
        assert_eq!(halves(&Buckets::new()), None);
    }

    #[test]
    fn a_day_that_is_refused_is_all_that_is_left() {
        let all = days(31, 4);
        let (bad, cells) = all.iter().nth(20).expect("31 days");
        for table in [Table::Counts, Table::ItemCounts, Table::ClassCounts] {
            let (left, _) = ask(table, &all, |buckets| buckets.contains_key(bad));
            assert_eq!(left.keys().collect::<Vec<_>>(), [bad], "{table}");
            let is_whole = left[bad] == CellSet::ALL;
            assert!(left[bad] == *cells || is_whole && table != Table::Counts, "{table}");
        }
    }

    #[test]
    fn of_a_month_whose_quarters_share_a_key_every_cell_is_left_that_was_refused() {
        let all = days(1, 1_024);
        let month = all.keys().map(|(province, day)| (*province, day.month().first_served_on()));
        let expected: Buckets = month.map(|month| (month, CellSet::ALL)).collect();
        let (left, asked) = ask(Table::CaseCounts, &all, |_| true);
        assert_eq!(left, expected);
        assert!(asked <= REFUSALS_MAX, "{asked}");
        let bad = Cell::from_number(700).expect("a cell");
        let has_bad =
            |buckets: &Buckets| buckets.values().any(|cells| cells.iter().any(|cell| cell == bad));
        let (left, _) = ask(Table::CaseCounts, &all, has_bad);
        let cells: Vec<_> = left.values().flat_map(CellSet::iter).collect();
        assert_eq!(cells, [bad]);
    }

    #[test]
    fn a_server_that_refuses_everything_is_left_alone_soon() {
        let all = days(400, 1_024);
        for table in [Table::Counts, Table::ItemCounts] {
            let (left, asked) = ask(table, &all, |_| true);
            assert_eq!(left, all, "{table}");
            assert!(asked <= REFUSALS_MAX, "{table}: {asked}");
        }
    }

    #[test]
    fn where_there_is_no_answer_nothing_more_is_tried_and_everything_is_left() {
        let all = days(400, 1_024);
        let cut =
            |buckets: &Buckets| statements(Table::Counts, Rule::FIRST, buckets, &DaySizes::new());
        let mut attempts = Attempts::new(&all, cut);
        let first = attempts.next().expect("a statement");
        attempts.on_no_answer(&first.buckets);
        assert!(attempts.next().is_none());
        assert_eq!(attempts.into_left(), all);
    }
}
